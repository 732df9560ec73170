# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc doctor`: what is here, what is missing, and what that costs."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from diffperc_ros.cli.console import message_console

DEPTH_DOES_NOT_RUN = 1


def doctor(
    as_json: Annotated[
        bool, typer.Option('--json', help='Print JSON instead of a table.')
    ] = False,
) -> None:
    """Say what this machine can run: libraries, GPU, engines, installed models.

    Each library is imported in a process of its own, so that a broken one is told, not suffered.
    Exit status 1 when depth cannot run here.
    """
    from diffperc_ros.cli.examination import examine

    message_console().print('importing every library, each in a process of its own ...')
    examination = examine()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(examination), indent=2, ensure_ascii=False))
    else:
        width = max(len(finding.subject) for finding in examination.findings)
        for finding in examination.findings:
            typer.echo(f'{finding.state:8} {finding.subject:{width}} {finding.detail}')
            if finding.costs:
                typer.echo(f'{"":8} {"":{width}} without it: {finding.costs}')
        typer.echo(f'depth {"runs" if examination.depth_runs else "does not run"} on this machine')
    if not examination.depth_runs:
        raise typer.Exit(DEPTH_DOES_NOT_RUN)
