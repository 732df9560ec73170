# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Options that the commands which train a network have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option(help='Folder of shards from diffperc_ros.scenes.render.')]
Output = Annotated[Path, typer.Option(help='Folder for checkpoint and weights.')]
Validation = Annotated[
    Path | None, typer.Option(help='Shard that is never trained on; else one of --data.')
]
Threads = Annotated[int, typer.Option(help='CPU threads of the network.')]
Workers = Annotated[int, typer.Option(help='Processes that prepare pictures.')]
