# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc import`: an official checkpoint into a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffperc_ros.cli.extras import need_networks


def import_checkpoint(
    file: Annotated[Path, typer.Argument(help="Checkpoint as its authors publish it, '.pth'.")],
    output: Annotated[Path, typer.Option(help='Bundle folder to make.')],
    name: Annotated[
        str | None,
        typer.Option(
            '--as', help='Published checkpoint that it is.', show_default='what its tensors say'
        ),
    ] = None,
) -> None:
    """Turn an official checkpoint of VPD or MetaPrompts into a bundle.

    Every tensor is accounted for. Only plain data is read; nothing in the file is executed.
    docs/checkpoints.md lists the names, where the files are, and their terms.
    """
    from rich.console import Console

    need_networks('importing a checkpoint')
    from diffperc_ros.checkpoints.importing import import_checkpoint as run_import

    done = run_import(file, output, name)
    account = done.account
    console = Console(markup=False, highlight=False, soft_wrap=True)
    console.print(f'{done.bundle.manifest.name}: {done.bundle.path}')
    console.print(f'  {len(account.used)} tensors used')
    console.print(f'  {len(account.unused)} known to be unused, left out')
    if account.copies:
        console.print(f'  {len(account.copies)} copies of used ones, equal, left out')
    if done.dropped:
        console.print(f'  beside them, left out: {", ".join(done.dropped)}')
    console.print(f'  licence: {done.bundle.manifest.licence}')
