# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Under which rules a pose figure was measured. Figures of different rules are not compared."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class PoseProtocol:
    """The rules of a top-down pose evaluation, to be printed with every figure.

    Parameters
    ----------
    dataset : name and part, such as 'COCO val2017'.
    boxes : where the people's boxes come from, with the detector's name and AP. A figure with
        boxes of the ground truth does not compare with one of detected boxes.
    crop : width and height that the network sees, pixels.
    padding : factor on the box.
    flip : whether heat maps are averaged with those of the mirrored crop.
    shift_flipped : whether mirrored maps are moved by one cell.
    decoding : how a heat map becomes a point.
    duplicates : OKS above which the lower-ranked of two persons is dropped.
    score : what persons are ranked by.
    """

    dataset: str
    boxes: str
    crop: tuple[int, int] = (192, 256)
    padding: float = 1.25
    flip: bool = True
    shift_flipped: bool = False
    decoding: str = 'highest cell, a quarter towards the higher neighbour'
    duplicates: float = 0.9
    score: str = 'box score x mean keypoint score'

    def line(self) -> str:
        """Return the protocol as one line to stand above a table."""
        return ', '.join(
            f'{name.replace("_", " ")}: {value}' for name, value in asdict(self).items()
        )
