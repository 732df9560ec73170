# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published tensors into our state dict, with every key accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """

    state: dict[str, Tensor]
    used: tuple[str, ...]
    unused: tuple[str, ...]


def convert(
    published: Mapping[str, Tensor],
    names: Mapping[str, str],
    expected: Mapping[str, Tensor],
    known_unused: Sequence[str],
) -> ConvertedCheckpoint:
    """Rename a checkpoint's tensors and check that nothing is missing, extra or misshapen.

    Parameters
    ----------
    published
        Published name -> tensor.
    names
        Our name -> published name, for every entry of `expected`.
    expected
        Our state dict; the shapes alone are read, so it may be on the meta device.
    known_unused
        Published names that may be present and have no effect.

    Raises
    ------
    CheckpointError
        When keys are missing or unknown, or a shape does not fit.
    """
    missing = sorted(set(names.values()) - published.keys())
    unused = tuple(name for name in published if name in known_unused)
    unknown = sorted(published.keys() - set(names.values()) - set(unused))
    if missing or unknown:
        raise CheckpointError(
            f'the checkpoint does not fit: {_list(missing)} missing, {_list(unknown)} unknown'
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
    return ConvertedCheckpoint(state, tuple(names.values()), unused)


def _list(names: Sequence[str], shown: int = 3) -> str:
    if not names:
        return 'no key'
    more = f' and {len(names) - shown} more' if len(names) > shown else ''
    return f'{len(names)} ({", ".join(names[:shown])}{more})'
