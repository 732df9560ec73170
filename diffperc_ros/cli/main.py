# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The `diffperc` command: its subcommands, and how their errors reach a person."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from diffperc_ros import __version__
from diffperc_ros.cli.benchmark import benchmark
from diffperc_ros.cli.build import build
from diffperc_ros.cli.compare import compare
from diffperc_ros.cli.console import message_console
from diffperc_ros.cli.demo import demo
from diffperc_ros.cli.doctor import doctor
from diffperc_ros.cli.embed_classes import embed_classes
from diffperc_ros.cli.evaluate import evaluate
from diffperc_ros.cli.export import export
from diffperc_ros.cli.import_checkpoint import import_checkpoint
from diffperc_ros.cli.replay import replay
from diffperc_ros.core.errors import DiffpercError
from diffperc_ros.replay.errors import NothingUsableError

FAILED = 1
NOTHING_USABLE = 3
DEBUG_OPTION = '--debug'

app = typer.Typer(
    name='diffperc',
    help='Depth, classes and named objects from single images, on recordings and robots.',
    no_args_is_help=True,
    rich_markup_mode='markdown',
    add_completion=False,
    pretty_exceptions_enable=False,
)

# One line a command. Modules of commands import what is heavy inside their function, so that
# --help answers at once and a command needs only what it uses.
app.command('replay')(replay)
app.command('evaluate')(evaluate)
app.command('compare')(compare)
app.command('demo')(demo)
app.command('import')(import_checkpoint)
app.command('embed-classes')(embed_classes)
app.command('doctor')(doctor)
app.command('build')(build)
app.command('benchmark')(benchmark)
app.command('export')(export)


def main() -> None:
    """Run the command line; the entry point of the `diffperc` script.

    Exit status: 0 done, 1 failed, 2 used wrongly or done in part, 3 nothing usable in the input,
    130 interrupted.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG_OPTION]
    try:
        app(args=arguments, prog_name='diffperc')
    except Exception as error:
        if DEBUG_OPTION in sys.argv:
            raise
        message_console().print(f'Error: {_in_one_line(error)}')
        sys.exit(NOTHING_USABLE if isinstance(error, NothingUsableError) else FAILED)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f'diffperc {__version__}')
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            '--version', help='Print the version.', callback=_print_version, is_eager=True
        ),
    ] = False,
    _debug: Annotated[
        bool, typer.Option(DEBUG_OPTION, help='Show where in the code an error came from.')
    ] = False,
) -> None:
    """Options of every command; `main` looks for --debug anywhere on the line."""


def _in_one_line(error: Exception) -> str:
    text = ' '.join(str(error).split())
    if isinstance(error, DiffpercError):
        return text
    return f'{type(error).__name__}: {text} (not expected; {DEBUG_OPTION} shows where)'


if __name__ == '__main__':
    main()
