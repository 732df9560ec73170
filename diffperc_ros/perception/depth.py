# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a frame: the perceiver that node, replay, evaluation and benchmark share."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.perception.interpret import DepthSettings, apply_value_rules, focal_scale
from diffperc_ros.perception.prepare import fit_transform, prepare_image, restore_map
from diffperc_ros.runtimes.protocol import Runtime


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


class DepthEstimator:
    """A depth bundle loaded into a runtime.

    Parameters
    ----------
    bundle : what the numbers mean.
    runtime : what computes them; owned by the caller, who closes it.
    settings : value range and its like; by default as the bundle declares.
    """

    def __init__(
        self, bundle: Bundle, runtime: Runtime, settings: DepthSettings | None = None
    ) -> None:
        self.bundle = bundle
        self.runtime = runtime
        self.settings = settings or DepthSettings.of(bundle.depth)
        self.last_times: StageTimes | None = None

    def estimate(self, frame: Frame) -> DepthImage:
        """Return the depth of every pixel of `frame`.

        With a camera and a metric bundle the result is metric; without a camera it is relative,
        because the scale of a picture cannot be known without its focal length.

        Raises
        ------
        InferenceError : the engine failed, or its answer has no valid pixel at all.
        """
        manifest = self.bundle.manifest
        start = perf_counter()
        transform = fit_transform(frame.size, manifest.input)
        image = prepare_image(frame.image, transform, manifest.input.padding)
        prepared = perf_counter()
        outputs = self.runtime.run({manifest.input.name: image})
        answered = perf_counter()
        grid = self._depth_grid(outputs)
        scale, correction = 1.0, 1.0
        metric = frame.camera is not None and self.bundle.depth.kind == 'metric'
        if metric and frame.camera is not None:
            scale = focal_scale(self.bundle.depth, transform.camera(frame.camera))
            correction = self.settings.scale_correction
        depth = restore_map(grid * np.float32(scale * correction), transform)
        values = apply_value_rules(depth, self.settings)
        if np.isnan(values).all():
            raise InferenceError('the network gave no valid depth for this frame')
        self.last_times = StageTimes(
            prepare=1000 * (prepared - start),
            inference=1000 * (answered - prepared),
            interpret=1000 * (perf_counter() - answered),
        )
        return DepthImage(
            values=values,
            kind='metric' if metric else 'relative',
            stamp=frame.stamp,
            frame_id=frame.frame_id,
            camera=frame.camera,
            focal_scale=scale,
        )

    def _depth_grid(self, outputs: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        name = self.bundle.depth.name
        if name not in outputs:
            raise InferenceError(f"the graph has no output '{name}'; it has {sorted(outputs)}")
        depth = outputs[name]
        if depth.ndim != 4 or depth.shape[:2] != (1, 1):
            raise InferenceError(f"output '{name}' has shape {depth.shape}, not (1, 1, h, w)")
        return np.asarray(depth[0, 0], np.float32)
