# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From what a training script saved to the state dict inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from diffperc_ros.checkpoints.account import CheckpointError

_WRAPPERS = ('model', 'state_dict')
_PARALLEL = 'module.'


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """A state dict, and what stood around it.

    Attributes
    ----------
    state
        Published name -> tensor.
    dropped
        Names of what lay beside it: optimizer, epoch, arguments.
    """

    state: dict[str, Tensor]
    dropped: tuple[str, ...]


def unwrap(content: Any) -> Unwrapped:
    """Return the state dict of a checkpoint: its entry 'model' or 'state_dict', or all of it.

    The beginning 'module.', which data-parallel training puts before every name, is taken off.

    Raises
    ------
    CheckpointError
        When there is no state dict inside.
    """
    dropped: list[str] = []
    while isinstance(content, Mapping):
        wrapper = next(
            (name for name in _WRAPPERS if isinstance(content.get(name), Mapping)), None
        )
        if wrapper is None:
            break
        dropped += [str(name) for name in content if name != wrapper]
        content = content[wrapper]
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(f'holds no weights by name, but {_describe(content)}')
    others = {name: value for name, value in content.items() if not isinstance(value, Tensor)}
    if others:
        found = ', '.join(
            f'{name} ({_describe(value)})' for name, value in list(others.items())[:5]
        )
        raise CheckpointError(
            f"has no entry 'model' or 'state_dict'; among its {len(content)} entries: {found}"
        )
    state = {str(name): tensor.detach() for name, tensor in content.items()}
    if all(name.startswith(_PARALLEL) for name in state):
        state = {name.removeprefix(_PARALLEL): tensor for name, tensor in state.items()}
    return Unwrapped(state, tuple(dropped))


def _describe(value: Any) -> str:
    if isinstance(value, Tensor):
        return f'a single tensor {tuple(value.shape)}'
    return f'a {type(value).__name__}'
