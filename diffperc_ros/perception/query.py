# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Objects that phrases speak of: the perceiver that node, replay and evaluation share."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.manifest import QueryOutput
from diffperc_ros.core.errors import SettingError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import NONE, Detection, QueryAnswer
from diffperc_ros.core.transforms import Box
from diffperc_ros.perception.inference import (
    Prepare,
    StageTimes,
    answer_grid,
    blank_picture,
    check_finite,
    prepare,
)
from diffperc_ros.perception.prepare import restore_map
from diffperc_ros.perception.text import NOTHING, Queries
from diffperc_ros.runtimes.protocol import Runtime

SMALLEST_SHARE = 2e-4
"""Share of the picture below which an island is no object: 8 x 8 pixels of 640 x 480."""
SCORED_SHARE = 0.01
"""Share of the picture's pixels whose mean probability is an island's score, the surest ones: a
blurred rim says nothing of whether the thing is there. Found things and wrong ones are told apart
better by it than by the mean over the island."""


@dataclass(frozen=True)
class QuerySettings:
    """What a user may choose about answers.

    Parameters
    ----------
    mask_threshold : probability, 0..1, from which a pixel belongs to an object.
    score_threshold : score, 0..1, from which an instance is an answer.

    Raises
    ------
    SettingError : a value outside its range.
    """

    mask_threshold: float
    score_threshold: float

    def __post_init__(self) -> None:
        for name in ('mask_threshold', 'score_threshold'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingError(f'{name} must be 0..1, not {getattr(self, name)}')

    @classmethod
    def of(cls, output: QueryOutput) -> QuerySettings:
        """Return the settings that a bundle declares."""
        return cls(output.mask_threshold, output.score_threshold)


class Querier:
    """A query bundle's image graph loaded into a runtime.

    Parameters
    ----------
    bundle : what the numbers mean.
    runtime : what computes them; owned by the caller, who closes it.
    settings : thresholds; by default as the bundle declares.
    """

    def __init__(
        self, bundle: Bundle, runtime: Runtime, settings: QuerySettings | None = None
    ) -> None:
        self.bundle = bundle
        self.runtime = runtime
        self.settings = settings or QuerySettings.of(bundle.query)
        self.queries: Queries = NOTHING
        """What is looked for. Exchanged as a whole, from any thread: one answer, one set."""
        self.prepare: Prepare = prepare
        self.last_times: StageTimes | None = None

    def warm_up(self, context: NDArray[np.float32]) -> None:
        """Run the graph once: the first run of an engine is slower than the rest.

        Parameters
        ----------
        context : of any phrase, such as `TextEncoder.warm_up` returns.
        """
        wanted = self.bundle.manifest.input
        self.runtime.run({wanted.name: blank_picture(wanted), self.bundle.text.context: context})

    def perceive(self, frame: Frame) -> QueryAnswer:
        """Return where the objects of the present phrases are in `frame`.

        Without phrases, and where nothing is found, the mask is all zero and there are no
        detections: an answer too.

        Raises
        ------
        InferenceError : the engine failed, or gave values that are not finite.
        """
        queries, settings = self.queries, self.settings
        manifest, output = self.bundle.manifest, self.bundle.query
        start = perf_counter()
        image, transform = self.prepare(frame, manifest.input)
        prepared = perf_counter()
        grids = []
        for context in queries.contexts:
            outputs = self.runtime.run(
                {manifest.input.name: image, self.bundle.text.context: context}
            )
            grid = answer_grid(outputs, output.name, channels=1)
            check_finite(grid, output.name)
            grids.append(grid[0])
        answered = perf_counter()
        best = np.zeros((frame.height, frame.width), np.float32)
        mask = np.full(best.shape, NONE, np.uint8)
        detections: list[Detection] = []
        for phrase_id, grid in enumerate(grids, start=1):
            probability = restore_map(_sigmoid(grid), transform)
            found, kept = instances(probability, phrase_id, settings)
            detections += found
            claimed = kept & (probability > best)
            mask[claimed] = phrase_id
            np.maximum(best, probability, out=best)
        answer = QueryAnswer(
            mask=mask,
            confidence=np.rint(255 * best).astype(np.uint8),
            detections=tuple(detections),
            phrases=queries.phrases,
            revision=queries.revision,
            stamp=frame.stamp,
            frame_id=frame.frame_id,
            camera=frame.camera,
        )
        self.last_times = StageTimes(
            prepare=1000 * (prepared - start),
            inference=1000 * (answered - prepared),
            interpret=1000 * (perf_counter() - answered),
        )
        return answer


def instances(
    probability: NDArray[np.float32], phrase_id: int, settings: QuerySettings
) -> tuple[list[Detection], NDArray[np.bool_]]:
    """Return the instances in a map of probabilities, by falling score, and their pixels.

    An instance is an 8-connected island of pixels above the mask threshold, large enough to be
    an object, whose score reaches the score threshold. Its score is the mean probability of its
    surest pixels, at most SCORED_SHARE of the picture.

    Parameters
    ----------
    probability : float32 (height, width), 0..1.
    phrase_id : 1-based place of the phrase.
    settings : thresholds.
    """
    above = (probability >= settings.mask_threshold).astype(np.uint8)
    count, islands, boxes, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    scored = max(1, round(SCORED_SHARE * probability.size))
    smallest = SMALLEST_SHARE * probability.size
    kept = np.zeros(count, bool)
    found = []
    for island in range(1, count):
        left, top, width, height, pixels = (int(number) for number in boxes[island])
        if pixels < smallest:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        values = probability[window][islands[window] == island]
        surest = values if pixels <= scored else np.partition(values, -scored)[-scored:]
        score = float(surest.mean())
        if score < settings.score_threshold:
            continue
        kept[island] = True
        found.append(Detection(phrase_id, min(score, 1.0), Box(left, top, width, height), pixels))
    found.sort(key=lambda detection: -detection.score)
    return found, kept[islands]


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    # In this form neither branch overflows.
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), np.float32)
