# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of an evaluation as rows of pictures: colour, recorded, predicted, errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.results import DepthImage
from diffperc_ros.evaluation.depth.results import DepthExhibit
from diffperc_ros.evaluation.depth.scores import MEDIAN_SCALED, METRIC, fit_to_truth
from diffperc_ros.evaluation.report.colours import (
    DEPTH_TABLE,
    ERROR_TABLE,
    Picture,
    colour_map,
    jpeg_uri,
    ramp_uri,
)

ERROR_LIMIT = 0.5
"""Relative error at which the error map's colours end."""

SHOWN_SHARE = (2.0, 98.0)
"""Percentiles of depth between which the depth map's colours lie."""

Depth = NDArray[np.float32]


@dataclass(frozen=True)
class ScaleBar:
    """The meaning of a map's colours.

    Parameters
    ----------
    ramp : data URI of the colours from left to right.
    labels : texts under the left end, the middle and the right end.
    """

    ramp: str
    labels: tuple[str, str, str]


@dataclass(frozen=True)
class Panel:
    """One picture of a row.

    Parameters
    ----------
    title : stands above it.
    picture : data URI.
    bar, legend : meaning of its colours; a legend is of (CSS colour, name).
    """

    title: str
    picture: str
    bar: ScaleBar | None = None
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Row:
    """All pictures of one frame, and its figures in words."""

    caption: str
    panels: tuple[Panel, ...]


def exhibit_row(exhibit: DepthExhibit, first_stamp: int) -> Row:
    """Return the pictures of one frame.

    Recorded and predicted depth share one scale of colours. A relative prediction is shown at the
    scale that fits the recorded depth best (median scaling), or as it is without recorded depth.

    Parameters
    ----------
    exhibit : the frame.
    first_stamp : nanoseconds; captions count seconds from it.
    """
    seconds = (exhibit.result.stamp - first_stamp) / 1e9
    colour = Panel('Colour', jpeg_uri(exhibit.image))
    panels = (
        (prediction_panel(exhibit.prediction),)
        if exhibit.truth is None
        else _beside_truth(exhibit, exhibit.truth.values)
    )
    return Row(f't = {seconds:.2f} s{_figures(exhibit)}', (colour, *panels))


def prediction_panel(depth: DepthImage) -> Panel:
    """Return the picture of predicted depth alone, on its own scale."""
    unit = 'm' if depth.kind == 'metric' else 'relative'
    limits = _depth_range([depth.values])
    return _depth_panel(f'Predicted depth ({unit})', depth.values, limits, unit)


def _beside_truth(exhibit: DepthExhibit, truth: Depth) -> tuple[Panel, ...]:
    known = np.where(np.isfinite(truth) & (truth > 0), truth, np.float32(np.nan))
    prediction = fit_to_truth(exhibit.prediction.values, truth.shape)
    scaled = None
    if exhibit.result.score is not None:
        scaled = prediction * np.float32(exhibit.result.score.scale)
    metric = exhibit.prediction.kind == 'metric'
    shown = prediction if metric or scaled is None else scaled
    limits = _depth_range([known, shown])
    title = 'Predicted' if metric else 'Predicted, scaled to the recorded median'
    panels = [
        _depth_panel('Recorded', known, limits, 'm'),
        _depth_panel(title, shown, limits, 'm'),
    ]
    if metric:
        panels.append(_error_panel('Error, metric', prediction, known))
    if scaled is not None:
        panels.append(_error_panel('Error, median-scaled', scaled, known))
    return tuple(panels)


def _depth_panel(title: str, values: Depth, limits: tuple[float, float], unit: str) -> Panel:
    low, high = limits
    labels = (f'{low:.1f}', f'{(low + high) / 2:.1f}', f'{high:.1f} {unit}')
    picture = colour_map(values, low, high, DEPTH_TABLE)
    return Panel(title, jpeg_uri(picture), ScaleBar(ramp_uri(DEPTH_TABLE), labels))


def _error_panel(title: str, prediction: Depth, truth: Depth) -> Panel:
    with np.errstate(invalid='ignore'):
        error = prediction / truth - 1
    picture: Picture = colour_map(error, -ERROR_LIMIT, ERROR_LIMIT, ERROR_TABLE)
    labels = (f'-{ERROR_LIMIT:.0%} near', '0', f'+{ERROR_LIMIT:.0%} far')
    return Panel(title, jpeg_uri(picture), ScaleBar(ramp_uri(ERROR_TABLE), labels))


def _depth_range(maps: Sequence[Depth]) -> tuple[float, float]:
    finite = np.concatenate([values[np.isfinite(values)] for values in maps])
    if finite.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(finite, SHOWN_SHARE)
    return float(low), float(high)


def _figures(exhibit: DepthExhibit) -> str:
    score = exhibit.result.score
    if score is None:
        return '' if exhibit.truth is None else ': no pixel to compare'
    titles = {METRIC: 'metric', MEDIAN_SCALED: 'median-scaled'}
    parts = [
        f'{titles[alignment]} AbsRel {errors.metrics.abs_rel:.3f}'
        for alignment, errors in score.errors.items()
    ]
    return f': {", ".join(parts)}, true / predicted median {score.scale:.2f}'
