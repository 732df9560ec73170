# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation needs of a recording or a folder of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.frame import Frame, Stamp

Reference_co = TypeVar('Reference_co', covariant=True)


@dataclass(frozen=True, eq=False)
class Truth:
    """A depth image to compare with.

    Parameters
    ----------
    values : float32 (h, w) metres along the optical axis; what is not finite is not known.
    stamp, frame_id : of its header.
    """

    values: NDArray[np.float32]
    stamp: Stamp
    frame_id: str


class Source(Protocol[Reference_co]):
    """Colour frames and what was recorded of them: depth, classes or named objects.

    Each in stamp order, as often as they are asked for.
    """

    @property
    def name(self) -> str:
        """Short name for tables."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the figures must know about this source."""

    def frame_stamps(self) -> Sequence[int]:
        """Return the stamps of `frames`, nanoseconds."""

    def truth_stamps(self) -> Sequence[int]:
        """Return the stamps of `truths`, nanoseconds; empty where nothing was recorded."""

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Read the colour frames that are readable, with their places in `frame_stamps`."""

    def truths(self) -> Iterator[tuple[int, Reference_co]]:
        """Read the references that are readable, with their places in `truth_stamps`."""

    def provenance(self) -> dict[str, Any]:
        """Return what identifies the source: path, sha256, topics."""
