# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc build`: a TensorRT engine, made and checked before a robot needs it."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffperc_ros.cli.console import INTERRUPTED, interruption, message_console
from diffperc_ros.cli.options import JsonFile, Profile

if TYPE_CHECKING:
    from diffperc_ros.runtimes.options import Notice


class Precision(str, Enum):
    """What an engine may compute in."""

    AUTO = 'auto'
    FP32 = 'fp32'
    FP16 = 'fp16'


def build(
    bundle: Annotated[str, typer.Argument(help='Installed model, or path of a bundle.')],
    profile: Profile = 'realtime',
    precision: Annotated[
        Precision, typer.Option(help='auto: fp16 where the bundle has such a graph, else fp32.')
    ] = Precision.AUTO,
    cache_dir: Annotated[
        Path | None, typer.Option(help='Where engines are kept.', show_default='user cache')
    ] = None,
    workspace: Annotated[
        int, typer.Option(min=0, help='Most scratch memory of the engine, MiB; 0: no limit.')
    ] = 0,
    timeout: Annotated[
        float, typer.Option(min=60, max=14400, help='Longest build, seconds.')
    ] = 3600.0,
    force: Annotated[
        bool, typer.Option('--force', help='Build though an engine is there.')
    ] = False,
    json: JsonFile = None,
) -> None:
    """Build the TensorRT engine of a model for this machine's GPU and check what it computes.

    An engine that is there already is checked again. It serves every node, replay and benchmark
    that names the same cache folder; a robot with `engine_policy: require_prebuilt` builds none
    itself.
    """
    from json import dumps

    from diffperc_ros.bundle.locate import find_bundle
    from diffperc_ros.core.files import write_whole
    from diffperc_ros.runtimes.options import EngineOptions
    from diffperc_ros.runtimes.select import open_runtime
    from diffperc_ros.runtimes.tensorrt.errors import BuildCancelledError

    options = EngineOptions(
        profile=profile,
        backend='tensorrt',
        device='cuda',
        precision=precision.value,
        engine_policy='force_rebuild' if force else 'build_if_missing',
        engine_cache_dir=cache_dir,
        engine_build_timeout_s=timeout,
        engine_workspace_mib=workspace,
    )
    try:
        with interruption() as stopped:
            runtime = open_runtime(
                find_bundle(bundle), options, announce=_announce, cancelled=stopped
            )
    except BuildCancelledError:
        message_console().print('interrupted; the cache is as before')
        raise typer.Exit(INTERRUPTED) from None
    choice = runtime.choice
    runtime.close()
    typer.echo(f'{choice.engine_file} ({choice.engine_source}, {choice.precision})')
    if json is not None:
        facts = {'tensorrt': runtime.version, 'device': runtime.device, **asdict(choice)}
        write_whole(json, f'{dumps(facts, indent=2)}\n')


def _announce(notice: Notice) -> None:
    prefix = 'warning: ' if notice.level == 'warning' else ''
    message_console().print(f'{prefix}{notice.text}')
