# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write a file with exactly the keys and shapes of an official one, to measure an import with.

PYTHONPATH=test python -m checkpoints.full_width vpd_depth FILE
"""

from __future__ import annotations

import sys

import torch

from checkpoints.synthetic import key_lists


def write(name: str, file: str) -> None:
    listed = key_lists()[name]
    state = {key: torch.zeros(shape) for key, shape in listed.shapes.items()}
    state |= {copy: state[original] for copy, original in listed.copies.items()}
    torch.save({'model': state}, file)


if __name__ == '__main__':
    write(*sys.argv[1:])
