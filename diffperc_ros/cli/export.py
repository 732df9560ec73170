# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc export`: a network in, a bundle with graphs out."""

from __future__ import annotations

from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from diffperc_ros.cli.console import message_console
from diffperc_ros.cli.extras import need_networks
from diffperc_ros.core.errors import RuntimeUnavailableError


class Precision(str, Enum):
    """Types of arithmetic."""

    FP32 = 'fp32'
    FP16 = 'fp16'


class Float32Part(str, Enum):
    """What may keep float32 in the fp16 form."""

    ENCODER = 'encoder'
    SOFTMAX = 'softmax'
    NOTHING = 'nothing'


def export(
    bundle: Annotated[
        str, typer.Argument(help='Bundle with a network: installed name, or path of a folder.')
    ],
    output: Annotated[Path, typer.Option(help='Bundle folder to make; must not exist.')],
    width: Annotated[
        int | None, typer.Option(help="Of the graph's picture, pixels.", show_default='as it is')
    ] = None,
    height: Annotated[
        int | None, typer.Option(help="Of the graph's picture, pixels.", show_default='as it is')
    ] = None,
    precision: Annotated[
        list[Precision] | None,
        typer.Option(help='Type of the arithmetic; may be given twice.', show_default='fp32'),
    ] = None,
    float32: Annotated[
        list[Float32Part] | None,
        typer.Option(
            help='What keeps float32 in the fp16 graph; may be given twice.',
            show_default='encoder and softmax',
        ),
    ] = None,
    opset_17: Annotated[
        bool, typer.Option('--opset-17/--no-opset-17', help='Add twins that TensorRT 8.6 reads.')
    ] = True,
    compact_storage: Annotated[
        bool, typer.Option('--compact-storage', help='Store fp32 weights in fewer bytes.')
    ] = False,
    profile: Annotated[str, typer.Option(help='Name of the graph.')] = 'realtime',
    picture: Annotated[
        list[Path] | None,
        typer.Option(
            help='Picture to compare graphs on; may be given more than once.',
            show_default='the sample recording',
        ),
    ] = None,
    text_encoder: Annotated[
        Path | None,
        typer.Option(help="Folder of CLIP's text encoder (transformers), for queries."),
    ] = None,
    keep_network: Annotated[
        bool, typer.Option('--keep-network', help='Carry the network over, for PyTorch.')
    ] = False,
) -> None:
    """Turn a bundle's network into ONNX graphs, each compared with PyTorch on real pictures.

    What is constant is computed once, before the graph is traced (docs/export.md). The new bundle
    carries golden inputs with PyTorch's answers, to check any engine against.
    """
    need_networks('exporting a network')
    if find_spec('onnxscript') is None:
        raise RuntimeUnavailableError(
            'exporting a network needs onnxscript; install with: '
            "pip install 'diffperc_ros[export]'"
        )
    from diffperc_ros.bundle.locate import find_bundle
    from diffperc_ros.export.bundle import ExportSettings, export_bundle
    from diffperc_ros.export.forms import FormSettings
    from diffperc_ros.export.half import CAREFUL
    from diffperc_ros.export.pictures import load_pictures

    source = find_bundle(bundle)
    chosen = [part.value for part in float32 or [] if part is not Float32Part.NOTHING]
    forms = FormSettings(
        width=width or source.manifest.input.width,
        height=height or source.manifest.input.height,
        precisions=tuple(item.value for item in precision or [Precision.FP32]),
        opset_17=opset_17,
        compact_storage=compact_storage,
        float32=frozenset(chosen) if float32 else CAREFUL,
    )
    settings = ExportSettings(forms, profile, keep_network, text_encoder)
    pictures = load_pictures(picture or [])
    done = export_bundle(source, output, settings, pictures, message_console().print)
    graph = done.graph(profile)
    for form in graph.forms:
        size = sum(done.file(name).stat().st_size for name in (form.file, *form.data))
        typer.echo(
            f'{done.file(form.file)}: {form.dtype}, opset {form.opset}, {size / 1e6:.1f} MB'
        )
