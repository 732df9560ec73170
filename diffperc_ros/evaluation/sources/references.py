# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What masks are compared with: classes of pixels, and objects that phrases mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.frame import Stamp
from diffperc_ros.evaluation.sources.expressions import Expression
from diffperc_ros.evaluation.sources.source import Source


@dataclass(frozen=True, eq=False)
class LabelledImage:
    """The true class of every pixel.

    Parameters
    ----------
    values : uint16 (h, w), keys of the source's `label_names`; any other value is not labelled.
    stamp, frame_id : of its header.
    """

    values: NDArray[np.uint16]
    stamp: Stamp
    frame_id: str


@dataclass(frozen=True, eq=False)
class NamedObjects:
    """The instances in an image, and phrases that mean them.

    Parameters
    ----------
    instances : uint16 (h, w), 0 where there is none.
    expressions : those that hold for this image.
    stamp, frame_id : of the header of the instances.
    """

    instances: NDArray[np.uint16]
    expressions: tuple[Expression, ...]
    stamp: Stamp
    frame_id: str

    def mask(self, expression: Expression) -> NDArray[np.bool_]:
        """Return where the objects of an expression are, bool (h, w)."""
        return np.isin(self.instances, expression.instances)


class LabelSource(Source[LabelledImage], Protocol):
    """A source with classes."""

    @property
    def label_names(self) -> Mapping[int, str]:
        """Value of a labelled pixel -> name of its class."""


class ExpressionSource(Source[NamedObjects], Protocol):
    """A source with phrases."""

    def expressions_at(self, stamp_ns: int, tolerance_ns: int) -> Sequence[Expression]:
        """Return the expressions that hold for the image of a stamp, nanoseconds."""
