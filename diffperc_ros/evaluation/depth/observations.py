# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Circumstances that change how the figures must be read, gathered frame by frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from diffperc_ros.core.results import DepthImage
from diffperc_ros.core.transforms import Size
from diffperc_ros.evaluation.sources.source import Truth

ASPECT_TOLERANCE = 0.01
"""Relative difference between two aspect ratios that rounding to whole pixels may make."""

NOTEWORTHY_SHARE = 0.01
"""Share of recorded depth beyond the cap from which on it is said."""


class Observations:
    """What was noticed about pairs of prediction and ground truth.

    Parameters
    ----------
    cap : deepest ground truth that counts, metres.
    field_of_view : smallest and largest horizontal opening angle the model was trained for,
        degrees; None when not known.
    """

    def __init__(self, cap: float, field_of_view: tuple[float, float] | None = None) -> None:
        self._cap = cap
        self._known_pixels = 0
        self._pixels_beyond = 0
        self._trained = field_of_view
        self._seen: set[int] = set()
        self._largest_difference_ns = 0
        self._images = 0
        self._relative = 0
        self._sizes: set[tuple[Size, Size]] = set()
        self._frame_ids: set[tuple[str, str]] = set()

    def look(self, prediction: DepthImage, truth: Truth) -> None:
        """Take notice of one pair."""
        self._images += 1
        self._relative += prediction.kind == 'relative'
        height, width = prediction.values.shape
        true_height, true_width = truth.values.shape
        self._sizes.add(((width, height), (true_width, true_height)))
        known = np.isfinite(truth.values) & (truth.values > 0)
        self._known_pixels += int(known.sum())
        self._pixels_beyond += int((known & (truth.values >= self._cap)).sum())
        self._frame_ids.add((prediction.frame_id, truth.frame_id))
        if prediction.camera is not None:
            self._seen.add(round(prediction.camera.horizontal_field_of_view))
        difference = abs(prediction.stamp.nanoseconds - truth.stamp.nanoseconds)
        self._largest_difference_ns = max(self._largest_difference_ns, difference)

    def notes(self) -> Iterator[str]:
        """Say it in sentences."""
        if self._relative:
            yield (
                f'{self._relative} of {self._images} predictions are relative (no usable '
                'camera_info, or a relative model): they count for the median-scaled figures only.'
            )
        if self._pixels_beyond > NOTEWORTHY_SHARE * self._known_pixels:
            yield (
                f'{self._pixels_beyond / self._known_pixels:.0%} of the recorded depth lies '
                f'beyond the cap of {self._cap:g} m and does not count.'
            )
        if self._trained is not None:
            low, high = self._trained
            for angle in sorted(self._seen):
                if not low - 0.5 <= angle <= high + 0.5:
                    yield (
                        f'The camera sees {angle} degrees, the model was trained for {low:g} to '
                        f'{high:g}: expect worse figures than its own.'
                    )
        if self._largest_difference_ns:
            yield (
                'Prediction and ground truth are stamped up to '
                f'{self._largest_difference_ns / 1e6:.3f} ms apart.'
            )
        for (width, height), (true_width, true_height) in sorted(self._sizes):
            if (width, height) == (true_width, true_height):
                continue
            yield (
                f'Predictions of {width}x{height} pixels were resized to the ground truth of '
                f'{true_width}x{true_height}.'
            )
            if abs(width * true_height / (height * true_width) - 1) > ASPECT_TOLERANCE:
                yield (
                    'Their shapes differ, so the two do not see the same: use depth that is '
                    'registered to the colour image.'
                )
        for frame_id, true_frame_id in sorted(self._frame_ids):
            if frame_id != true_frame_id:
                yield (
                    f"The ground truth is in frame '{true_frame_id}', the prediction in "
                    f"'{frame_id}': unless the depth is registered to the colour image, the "
                    'distance between the two cameras counts as error.'
                )
