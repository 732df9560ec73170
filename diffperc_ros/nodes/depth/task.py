# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of each picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.results import DepthImage
from diffperc_ros.core.transforms import Size
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.depth.outputs import DepthOutputs
from diffperc_ros.nodes.depth.settings import DEPTH_SETTINGS, check_depth_values, depth_settings
from diffperc_ros.nodes.settings.output_size import output_transform
from diffperc_ros.nodes.task import Task
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.perception.prepare import restore_map
from diffperc_ros.runtimes.chosen import ChosenRuntime


class DepthTask(Task[DepthOutputs]):
    """Publishes depth/image_rect, depth/camera_info and, lazily, depth/overlay.

    Where there is no metric scale (a relative bundle, focal_source none) it publishes
    depth/relative instead of the former two.
    """

    name = 'depth'
    default_model = DEFAULT_DEPTH_BUNDLE
    settings = DEPTH_SETTINGS
    _estimator: DepthEstimator | None = None
    _metric = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._seen: dict[str, dict[str, str]] = {}
        """Camera -> keys of the diagnostics."""

    def check(self, values: Values) -> None:
        """Judge parameters, with the bundle once there is one."""
        check_depth_values(values)
        if self._estimator is not None:
            depth_settings(values, self._estimator.bundle)

    def load(self, bundle: Bundle, runtime: ChosenRuntime, values: Values) -> None:
        """Make the estimator."""
        settings = depth_settings(values, bundle)
        estimator = DepthEstimator(bundle, runtime, settings, values['scene'])
        estimator.prepare = self.prepare
        estimator.warm_up()
        self._metric = bundle.depth.kind == 'metric' and values['focal_source'] != 'none'
        self._estimator = estimator

    def advertise(self, camera: str, _bundle: Bundle, values: Values) -> DepthOutputs:
        """Make the topics of a camera."""
        encoding = values['depth_encoding']
        return DepthOutputs(self.node, camera, metric=self._metric, encoding=encoding)

    def told(self, values: Values) -> str:
        """Return the scene that the network is told."""
        return str(values['scene'])

    def unload(self) -> None:
        """Give back the estimator."""
        self._estimator = None
        self._seen = {}

    @property
    def last_times(self) -> StageTimes | None:
        """Where the time of the last frame went."""
        return self._estimator.last_times if self._estimator else None

    def wants_camera(self, values: Values) -> bool:
        """Whether the focal length comes from camera_info."""
        return self._metric and values['focal_source'] == 'camera_info'

    def perceive(self, picture: Picture, values: Values) -> Picture:
        """Compute the depth of one picture, publish it, and leave it in the picture.

        Raises
        ------
        CameraError : there is no camera, and without it no metric depth.
        InferenceError : as `DepthEstimator.perceive`.
        """
        estimator, outputs = self._estimator, self.outputs.get(picture.camera)
        if estimator is None or outputs is None:
            return picture
        frame = picture.frame
        if self.wants_camera(values):
            if picture.camera_problem is not None:
                raise picture.camera_problem
        elif frame.camera is not None:
            frame = replace(frame, camera=None)
        if self._metric and values['focal_source'] == 'parameter':
            frame = replace(frame, camera=_camera_of_parameter(frame.size, values))
        settings = estimator.settings = depth_settings(values, estimator.bundle)
        depth = estimator.perceive(frame)
        self._note(picture.camera, estimator, depth)
        graph = estimator.bundle.manifest.input
        transform = output_transform(values['output_size'], frame.size, graph)
        pixels = depth.values
        if transform.target != transform.source:
            pixels = restore_map(pixels, transform.inverse())
        if depth.camera is not None:
            unrectified = picture.view.unrectified if picture.view else None
            outputs.publish_info(picture.header, depth.camera, transform, unrectified)
        outputs.publish_depth(picture.header, pixels)
        outputs.publish_overlay(picture.header, pixels, (settings.min_depth, settings.max_depth))
        return replace(picture, depth=depth) if depth.kind == 'metric' else picture

    def describe_camera(self, camera: str) -> dict[str, str]:
        """Return the keys of the diagnostics that speak of the scale of a camera's depth."""
        if self._estimator is None:
            return {}
        return {'focal_scale': 'none', 'field_of_view': 'unknown', **self._seen.get(camera, {})}

    def _note(self, camera: str, estimator: DepthEstimator, depth: DepthImage) -> None:
        """Remember for diagnostics what this frame showed."""
        scale = depth.focal_scale
        seen = self._seen.setdefault(camera, {})
        seen['focal_scale'] = 'none' if scale is None else f'{scale:.4f}'
        trained = estimator.bundle.depth.field_of_view
        if depth.camera is None or trained is None:
            return
        angle = depth.camera.horizontal_field_of_view
        inside = trained[0] <= angle <= trained[1]
        if not inside and seen.get('field_of_view') != 'outside':
            self.node.get_logger().warning(
                f'the camera {camera}'.rstrip()
                + f' sees {angle:.0f} degrees, the model was trained for {trained[0]:.0f} '
                f'to {trained[1]:.0f}; depth may be off'
            )
        seen['field_of_view'] = 'inside' if inside else 'outside'


def _camera_of_parameter(size: Size, values: Values) -> Camera:
    """Return a camera with the focal length of the parameter, its axis through the middle."""
    width, height = size
    focal = values['focal_length']
    return Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)
