# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published tensors into our state dict, with every key accounted for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffperc_ros.core.errors import DiffpercError


class CheckpointError(DiffpercError):
    """A published checkpoint is not what it was taken for."""


@dataclass(frozen=True, eq=False)
class ConvertedCheckpoint:
    """A published checkpoint in our names.

    Attributes
    ----------
    state
        Our name -> tensor; views of the published tensors, nothing is copied.
    used
        Published names that are in `state`.
    unused
        Published names that are known to be without effect and were left out.
    copies
        Published names that hold a used tensor once more and were left out.
    """

    state: dict[str, Tensor]
    used: tuple[str, ...]
    unused: tuple[str, ...]
    copies: tuple[str, ...]


def convert(
    published: Mapping[str, Tensor],
    names: Mapping[str, str],
    expected: Mapping[str, Tensor],
    known_unused: Collection[str],
    tied_copies: Collection[str] = (),
) -> ConvertedCheckpoint:
    """Rename a checkpoint's tensors and check that nothing is missing, extra or misshapen.

    Parameters
    ----------
    published
        Published name -> tensor; only names and shapes are read, so all may be on the meta
        device.
    names
        Our name -> published name, for every entry of `expected`.
    expected
        Our state dict; the shapes alone are read.
    known_unused
        Published names that may be present and have no effect. One that ends in a dot stands for
        everything below it.
    tied_copies
        Published names that may be present and hold a used tensor once more.

    Raises
    ------
    CheckpointError
        When keys are missing or unknown, or a shape does not fit.
    """
    wanted = set(names.values())
    folders = tuple(name for name in known_unused if name.endswith('.'))
    copies = tuple(name for name in published if name in tied_copies)
    unused = tuple(
        name
        for name in published
        if name not in wanted and (name in known_unused or name.startswith(folders))
    )
    missing = sorted(wanted - published.keys())
    unknown = sorted(published.keys() - wanted - {*unused, *copies})
    if missing or unknown:
        raise CheckpointError(
            f'the checkpoint does not fit: {list_names(missing)} missing, '
            f'{list_names(unknown)} unknown'
        )
    state = {}
    for ours, theirs in names.items():
        tensor, shape = published[theirs], expected[ours].shape
        # The original layout stores the encoder's attention as 1x1 convolutions.
        if tensor.ndim == len(shape) + 2 and tensor.shape[-2:] == (1, 1):
            tensor = tensor[..., 0, 0]
        if tensor.shape != shape:
            raise CheckpointError(
                f'{theirs} has shape {tuple(published[theirs].shape)}; this network needs '
                f'{tuple(shape)}. Was the checkpoint trained with other widths?'
            )
        state[ours] = tensor
    return ConvertedCheckpoint(state, tuple(names.values()), unused, copies)


def check_tied_copies(published: Mapping[str, Tensor], copies: Mapping[str, str]) -> None:
    """Check that tensors which are one in the network are equal in the file.

    Parameters
    ----------
    published
        Published name -> tensor.
    copies
        Published name of a copy -> published name of its original.

    Raises
    ------
    CheckpointError
        When a copy differs: the file was changed after training, and which of them is meant
        cannot be told.
    """
    differing = [
        copy
        for copy, original in copies.items()
        if copy in published and not torch.equal(published[copy], published[original])
    ]
    if differing:
        raise CheckpointError(
            f'{differing[0]} differs from {copies[differing[0]]}, of which it must be a copy '
            f'({list_names(differing)} do); the file was altered after training'
        )


def list_names(names: Sequence[str], shown: int = 3) -> str:
    """Return how many names there are and the first of them, for a message."""
    if not names:
        return 'no key'
    more = f' and {len(names) - shown} more' if len(names) > shown else ''
    return f'{len(names)} ({", ".join(names[:shown])}{more})'
