# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Opening a weight file from elsewhere: memory-mapped, and without running what it may hold."""

from __future__ import annotations

import argparse
import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from diffperc_ros.checkpoints.account import CheckpointError


class _Inert:
    """Stands for an object that is dropped: takes whatever it is given and does nothing."""

    def __init__(self, *_arguments: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass


def _stand_in(name: str) -> type:
    """Return an inert class that passes for another one by its name."""
    module, _, own = name.rpartition('.')
    return type(own, (_Inert,), {'__module__': module})


# The only class from elsewhere that is really made: VPD's training script stores its arguments.
_HARMLESS = (argparse.Namespace,)
# OpenMMLab's files hold the training's log: smoothed scalars, which consist of NumPy arrays. What
# a file says of these is swallowed unread.
_DROPPED = tuple(
    _stand_in(name)
    for name in (
        'mmengine.logging.history_buffer.HistoryBuffer',
        'numpy.dtype',
        'numpy.ndarray',
        *(
            f'numpy.{package}.multiarray.{function}'
            for package in ('core', '_core')
            for function in ('_reconstruct', 'scalar')
        ),
    )
)

_ZIP = b'PK\x03\x04'
_NOT_CHECKPOINTS = {
    b'\x80': (
        'is in the format that PyTorch wrote before 1.6, which cannot be memory-mapped. Rewrite '
        "it once: python -c \"import torch; torch.save(torch.load('{path}', map_location='cpu',"
        " weights_only=True), '{path}.new')\""
    ),
    b'<': 'is a web page, not a checkpoint; download the file itself with a browser',
    b'version https://git-lfs': (
        'is a pointer to a file in Git LFS, not the file; fetch it with git lfs pull'
    ),
}


def read_checkpoint(path: Path) -> Any:
    """Return what a weight file holds, its tensors still on disk.

    Parameters
    ----------
    path
        Written by torch.save (PyTorch 1.6 or later), or a .safetensors file. Only tensors, plain
        Python values and argparse namespaces are read, a training's log is passed over, and
        nothing in it is executed.

    Returns
    -------
    Any
        Tensors are views of the mapped file: reading them costs pages that the system can drop.

    Raises
    ------
    CheckpointError
        When the file is missing, cut off, of another kind, or holds objects of other classes.
    """
    try:
        if path.suffix == '.safetensors':
            return load_file(path)
        with path.open('rb') as stream:
            head = stream.read(64).lstrip()
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f'{path}: cannot be read: {error}') from error
    if not head.startswith(_ZIP):
        raise CheckpointError(f'{path}: {_what_it_is(head).format(path=path)}')
    try:
        with torch.serialization.safe_globals([*_HARMLESS, *_DROPPED]):
            return torch.load(path, map_location='cpu', mmap=True, weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f'{path}: holds objects that may run code when opened ({_foreign_classes(path)}). If '
            'you trust it, open it once where it came from and save its tensors alone'
        ) from error
    except (RuntimeError, EOFError, OSError) as error:
        raise CheckpointError(
            f'{path}: cut off or damaged ({path.stat().st_size} bytes); download it again'
        ) from error


def _what_it_is(head: bytes) -> str:
    for beginning, meaning in _NOT_CHECKPOINTS.items():
        if head.startswith(beginning):
            return meaning
    return 'is empty' if not head else 'is no file of PyTorch or safetensors'


def _foreign_classes(path: Path) -> str:
    known = {f'{cls.__module__}.{cls.__qualname__}' for cls in (*_HARMLESS, *_DROPPED)}
    found = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    return ', '.join(sorted(set(found) - known)) or 'of a class that is not plain data'
