# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation of depth finds."""

from __future__ import annotations

from dataclasses import dataclass

from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.depth.accumulate import DepthScores
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.depth.scores import ImageScore
from diffperc_ros.evaluation.outcome import Exhibit, FrameCounts, FrameResult, Outcome
from diffperc_ros.evaluation.sources.source import Truth

DepthExhibit = Exhibit[DepthImage, Truth, ImageScore]


@dataclass(frozen=True)
class DepthCounts(FrameCounts):
    """What became of every stamp.

    Parameters
    ----------
    without_answer : pairs without an answer where there is ground truth.
    metric : images behind the figures that have metric depth.
    """

    without_answer: int
    metric: int


@dataclass(frozen=True, eq=False)
class Evaluation(Outcome):
    """All that is known after an evaluation.

    Parameters
    ----------
    protocol : the rules it went by.
    counts : what became of the frames.
    depth : the figures, or None when the source has no recorded depth.
    exhibits : a few frames spread over the recording.
    """

    protocol: Protocol
    counts: DepthCounts
    depth: DepthScores | None
    frames: tuple[FrameResult[ImageScore], ...]
    exhibits: tuple[DepthExhibit, ...]
