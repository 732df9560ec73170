# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The depth node: images in, metric depth with its camera_info out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import diffperc_ros
from diffperc_ros.bundle.locate import find_bundle
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.results import DepthImage
from diffperc_ros.core.transforms import Size
from diffperc_ros.nodes.depth_outputs import DepthOutputs
from diffperc_ros.nodes.depth_settings import (
    DEPTH_SETTINGS,
    check_depth_values,
    depth_settings,
    output_transform,
)
from diffperc_ros.nodes.image_node import ImageNode, Picture, Values
from diffperc_ros.nodes.process import run_node
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.prepare import restore_map
from diffperc_ros.runtimes.protocol import Runtime
from diffperc_ros.runtimes.select import open_runtime

OpenRuntime = Callable[..., Runtime]


class DepthNode(ImageNode):
    """Publishes depth/image_rect, depth/camera_info and, lazily, depth/overlay.

    Where there is no metric scale (a relative bundle, focal_source none) it publishes
    depth/relative instead of the former two.

    Parameters
    ----------
    open_runtime : loads a bundle into an engine.
    options : of rclpy's Node.
    """

    def __init__(self, open_runtime: OpenRuntime = open_runtime, **options: Any) -> None:
        self._open_runtime = open_runtime
        self._runtime: Runtime | None = None
        self._estimator: DepthEstimator | None = None
        self._outputs: DepthOutputs | None = None
        self._focal_scale: float | None = None
        self._field_of_view = 'unknown'
        super().__init__('depth_node', DEPTH_SETTINGS, **options)

    def check(self, values: Values) -> None:
        """Judge parameters, with the bundle once there is one."""
        check_depth_values(values)
        if self._estimator is not None:
            depth_settings(values, self._estimator.bundle)

    def open_model(self, values: Values) -> None:
        """Verify the bundle, load it, run it once, and advertise the results."""
        bundle = find_bundle(values['model'])
        manifest = bundle.manifest
        settings = depth_settings(values, bundle)
        runtime = self._runtime = self._open_runtime(
            bundle,
            profile=values['profile'],
            backend=values['backend'],
            device=values['device'],
            threads=values['threads'],
        )
        # The first run of an engine is slower than the rest; nobody's frame should pay for it.
        blank = np.zeros((1, 3, manifest.input.height, manifest.input.width), np.uint8)
        runtime.run({manifest.input.name: blank})
        metric = bundle.depth.kind == 'metric' and values['focal_source'] != 'none'
        self._outputs = DepthOutputs(self, metric=metric, encoding=values['depth_encoding'])
        self._outputs.publish_provenance(
            {
                'bundle': manifest.name,
                'sha256': bundle.sha256,
                'method': manifest.method,
                'prompt': None if manifest.prompt is None else manifest.prompt.model_dump(),
                'engine': runtime.name,
                'engine_version': runtime.version,
                'device': runtime.device,
                'diffperc_ros': diffperc_ros.__version__,
                'numpy': np.__version__,
                'parameters': dict(values),
            }
        )
        self._estimator = DepthEstimator(bundle, runtime, settings)
        self.get_logger().info(
            f"model '{manifest.name}' on {runtime.name} {runtime.version} ({runtime.device})"
        )

    def close_model(self) -> None:
        """Withdraw the results and free the engine."""
        self._estimator = None
        if self._outputs is not None:
            self._outputs.close()
            self._outputs = None
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = None

    def needs_camera(self, values: Values) -> bool:
        """Whether the focal length comes from camera_info."""
        metric = self._outputs is not None and self._outputs.metric
        return metric and values['focal_source'] == 'camera_info'

    def listeners(self) -> int:
        """Count the subscribers of depth images and overlays."""
        return self._outputs.listeners() if self._outputs is not None else 0

    def outputs(self) -> list[str]:
        """Return the resolved topics of all results."""
        return self._outputs.topics if self._outputs is not None else []

    def perceive(self, picture: Picture, values: Values) -> None:
        """Compute the depth of one picture and publish it."""
        estimator, outputs = self._estimator, self._outputs
        if estimator is None or outputs is None:
            return
        frame = picture.frame
        if outputs.metric and values['focal_source'] == 'parameter':
            frame = replace(frame, camera=_camera_of_parameter(frame.size, values))
        manifest = estimator.bundle.manifest
        settings = estimator.settings = depth_settings(values, estimator.bundle)
        depth = estimator.perceive(frame)
        self._note(estimator, depth)
        transform = output_transform(values['output_size'], frame.size, manifest)
        pixels = depth.values
        if transform.target != transform.source:
            pixels = restore_map(pixels, transform.inverse())
        if depth.camera is not None:
            unrectified = picture.view.unrectified if picture.view else None
            outputs.publish_info(picture.header, depth.camera, transform, unrectified)
        outputs.publish_depth(picture.header, pixels)
        outputs.publish_overlay(picture.header, pixels, (settings.min_depth, settings.max_depth))

    def describe(self) -> dict[str, str]:
        """Return the keys of the diagnostics that speak of the model."""
        if self._estimator is None:
            return {'model': str(self.parameters.values()['model'])}
        bundle, runtime = self._estimator.bundle, self._estimator.runtime
        manifest = bundle.manifest
        scale = self._focal_scale
        return {
            'hardware_id': runtime.device,
            'model': manifest.name,
            'model_hash': bundle.sha256,
            'backend': runtime.name,
            'precision': bundle.graph(self.parameters.values()['profile']).dtype,
            'network_size': f'{manifest.input.width}x{manifest.input.height}',
            'focal_scale': 'none' if scale is None else f'{scale:.4f}',
            'field_of_view': self._field_of_view,
        }

    def _note(self, estimator: DepthEstimator, depth: DepthImage) -> None:
        """Remember for diagnostics what this frame showed."""
        if estimator.last_times is not None:
            self.statistics.sample('inference_ms', estimator.last_times.inference)
        self._focal_scale = depth.focal_scale
        trained = estimator.bundle.depth.field_of_view
        if depth.camera is None or trained is None:
            return
        angle = depth.camera.horizontal_field_of_view
        inside = trained[0] <= angle <= trained[1]
        if not inside and self._field_of_view != 'outside':
            self.get_logger().warning(
                f'the camera sees {angle:.0f} degrees, the model was trained for {trained[0]:.0f} '
                f'to {trained[1]:.0f}; depth may be off'
            )
        self._field_of_view = 'inside' if inside else 'outside'


def _camera_of_parameter(size: Size, values: Values) -> Camera:
    """Return a camera with the focal length of the parameter, its axis through the middle."""
    width, height = size
    focal = values['focal_length']
    return Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


def main() -> None:
    """Run the node as `ros2 run diffperc_ros depth_node`."""
    sys.exit(run_node(DepthNode))


if __name__ == '__main__':
    main()
