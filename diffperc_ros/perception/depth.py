# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a frame: the perceiver that node, replay, evaluation and benchmark share."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import InferenceError
from diffperc_ros.core.frame import Frame
from diffperc_ros.core.results import DepthImage
from diffperc_ros.perception.depth_values import DepthSettings, apply_value_rules, focal_scale
from diffperc_ros.perception.inference import (
    Prepare,
    StageTimes,
    answer_grid,
    blank_picture,
    prepare,
    prompt_inputs,
)
from diffperc_ros.perception.prepare import restore_map
from diffperc_ros.runtimes.protocol import Runtime


class DepthEstimator:
    """A depth bundle loaded into a runtime.

    Parameters
    ----------
    bundle : what the numbers mean.
    runtime : what computes them; owned by the caller, who closes it.
    settings : value range and its like; by default as the bundle declares.
    scene : what the network is told of the scene: the exact name of a row of the bundle's prompt,
        or '' for what the bundle declares (the mean of all rows).

    Raises
    ------
    BundleError : a bundle of another task.
    SettingError : a scene that the bundle's prompt does not know.
    """

    def __init__(
        self,
        bundle: Bundle,
        runtime: Runtime,
        settings: DepthSettings | None = None,
        scene: str = '',
    ) -> None:
        self.bundle = bundle
        self.runtime = runtime
        self.settings = settings or DepthSettings.of(bundle.depth)
        self.scene = scene
        prompt_inputs(bundle.manifest.prompt, scene)  # refuse an unknown scene now, not per frame
        self.prepare: Prepare = prepare
        self.last_times: StageTimes | None = None

    def warm_up(self) -> None:
        """Run the graph once: the first run of an engine is slower than the rest."""
        manifest = self.bundle.manifest
        prompt = prompt_inputs(manifest.prompt, self.scene)
        self.runtime.run({manifest.input.name: blank_picture(manifest.input), **prompt})

    def perceive(self, frame: Frame) -> DepthImage:
        """Return the depth of every pixel of `frame`.

        With a camera and a metric bundle the result is metric; without a camera it is relative,
        because the scale of a picture cannot be known without its focal length.

        Raises
        ------
        InferenceError : the engine failed, or its answer has no valid pixel at all.
        """
        manifest = self.bundle.manifest
        start = perf_counter()
        image, transform = self.prepare(frame, manifest.input)
        inputs = {manifest.input.name: image, **prompt_inputs(manifest.prompt, self.scene)}
        prepared = perf_counter()
        outputs = self.runtime.run(inputs)
        answered = perf_counter()
        grid = answer_grid(outputs, self.bundle.depth.name, channels=1)[0]
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
