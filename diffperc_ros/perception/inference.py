# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What every perceiver does around its graph: prepare the picture, ask, take the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.manifest import ImageInput, Prompt
from diffperc_ros.core.errors import InferenceError, SettingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.transforms import ImageTransform
from diffperc_ros.perception.prepare import fit_transform, prepare_image


@dataclass(frozen=True)
class StageTimes:
    """Where the time of one frame went, milliseconds on the steady clock."""

    prepare: float
    inference: float
    interpret: float

    @property
    def total(self) -> float:
        """Sum of the stages."""
        return self.prepare + self.inference + self.interpret


Prepared: TypeAlias = tuple[NDArray[np.uint8], ImageTransform]
Prepare: TypeAlias = Callable[[Frame, ImageInput], Prepared]


def prepare(frame: Frame, wanted: ImageInput) -> Prepared:
    """Return a frame's picture as the graph takes it, and how it came there.

    A perceiver may be given a function that remembers its answers in place of this one, so that
    several perceivers of one frame share the work where their graphs take the same picture.
    """
    transform = fit_transform(frame.size, wanted)
    return prepare_image(frame.image, transform, wanted.padding), transform


def blank_picture(wanted: ImageInput) -> NDArray[np.uint8]:
    """Return a picture of nothing as the graph takes it, to warm an engine up with."""
    return np.full((1, 3, wanted.height, wanted.width), wanted.padding, np.uint8)


def prompt_inputs(prompt: Prompt | None, name: str) -> dict[str, NDArray[Any]]:
    """Return the graph's int32 input that chooses the prompt, where it has one.

    Parameters
    ----------
    prompt : of the bundle.
    name : exact name of a row; '' for what the bundle declares, which by default is the mean of
        all rows.

    Raises
    ------
    SettingError : no such row, or a prompt that cannot be chosen; the message lists the names.
    """
    if prompt is None or prompt.input is None:
        if not name:
            return {}
        raise SettingError(
            f"scene '{name}': this bundle's prompt is fixed; leave the scene empty, or export the "
            'bundle again from its network'
        )
    chosen = name or prompt.value
    if chosen and chosen not in prompt.names:
        raise SettingError(
            f"scene '{chosen}': no such row in this bundle's prompt; leave it empty for the mean "
            f'of all, or take one of: {", ".join(prompt.names)}'
        )
    index = prompt.names.index(chosen) if chosen else len(prompt.names)
    return {prompt.input: np.array([index], np.int32)}


def prompt_told(prompt: Prompt | None, name: str) -> dict[str, Any] | None:
    """Return what the U-Net was told, for provenance: source, and value where a row was chosen."""
    if prompt is None:
        return None
    value = name or prompt.value
    source = 'class_name' if value else prompt.source
    return {'source': source, **({'value': value} if value else {})}


def answer_grid(
    outputs: Mapping[str, NDArray[Any]], name: str, channels: int
) -> NDArray[np.float32]:
    """Return a graph's answer as float32 (channels, h, w).

    Raises
    ------
    InferenceError : there is no such output, or one of another shape.
    """
    if name not in outputs:
        raise InferenceError(f"the graph has no output '{name}'; it has {sorted(outputs)}")
    answer = outputs[name]
    if answer.ndim != 4 or answer.shape[:2] != (1, channels):
        raise InferenceError(
            f"output '{name}' has shape {answer.shape}, not (1, {channels}, h, w)"
        )
    return np.asarray(answer[0], np.float32)


def check_finite(answer: NDArray[np.float32], name: str) -> None:
    """Refuse an answer with values that are not finite.

    Raises
    ------
    InferenceError : there are such values; says how many.
    """
    broken = answer.size - int(np.isfinite(answer).sum())
    if broken:
        raise InferenceError(f"output '{name}': {broken} of {answer.size} values are not finite")
