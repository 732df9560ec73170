# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.bags import FOCAL, camera_info

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.recordings.camera_info import camera_of_message
from diffperc_ros.recordings.messages import camera_info_message

ZEROS = {'k': np.zeros(9), 'p': np.zeros(12)}


def info(ros1: bool = False, **changes: Any) -> SimpleNamespace:
    fields = camera_info(**changes)
    left, top, width, height = fields.pop('roi')
    region = SimpleNamespace(x_offset=left, y_offset=top, width=width, height=height)
    if ros1:
        fields = {name.upper() if name in 'dkrp' else name: fields[name] for name in fields}
    return SimpleNamespace(**fields, roi=region)


def with_first(name: str, value: float) -> dict[str, Any]:
    return {**ZEROS, name: np.where(np.arange(len(ZEROS[name])) == 0, value, camera_info()[name])}


@pytest.mark.parametrize('ros1', [False, True])
@pytest.mark.parametrize(
    'changes',
    [{}, {'k': ZEROS['k']}, {'p': ZEROS['p']}, {'k': np.full(9, np.nan)}, {'d': np.zeros(0)}],
)
def test_one_valid_matrix_is_enough(ros1: bool, changes: dict[str, Any]) -> None:
    camera = camera_of_message(info(ros1, **changes))

    assert (camera.width, camera.height) == (64, 48)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (FOCAL, FOCAL, 31.5, 23.5)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (ZEROS, 'no usable intrinsics'),
        (with_first('k', 0.0), r'K\[0\]=0'),
        (with_first('k', np.nan), r'K\[0\]=nan'),
        (with_first('p', np.inf), r'P\[0\]=inf'),
        ({'width': 0}, '0x48'),
        ({'d': np.array([np.nan])}, 'not finite'),
        ({'roi': (60, 0, 30, 48)}, 'roi or binning'),
        ({'binning_x': 100}, 'roi or binning'),
    ],
)
def test_unusable_intrinsics_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CameraError, match=message):
        camera_of_message(info(**changes))


@pytest.mark.parametrize(
    ('changes', 'size', 'pixel'),
    [
        pytest.param({'roi': (10, 4, 40, 20)}, (40, 20), (21.5, 19.5), id='region'),
        pytest.param({'binning_x': 2, 'binning_y': 2}, (32, 24), (15.5, 11.5), id='binning'),
        pytest.param({'binning_x': 1, 'binning_y': 4}, (64, 12), (31.5, 5.5), id='one axis'),
        pytest.param({'binning_x': 5, 'binning_y': 5}, (12, 9), (5.9, 4.3), id='not whole'),
        pytest.param({'roi': (0, 0, 64, 48)}, (64, 48), (31.5, 23.5), id='whole region'),
        pytest.param(
            {'roi': (10, 4, 40, 20), 'binning_x': 2, 'binning_y': 2}, (20, 10), (10.5, 9.5),
            id='region, then binning',
        ),
    ],
)  # fmt: skip
def test_region_and_binning_are_applied(
    changes: dict[str, Any], size: tuple[int, int], pixel: tuple[float, float]
) -> None:
    """The optical axis, at (31.5, 23.5) of the sensor, falls on `pixel` of the image."""
    camera = camera_of_message(info(**changes))

    assert (camera.width, camera.height) == size
    assert camera.project(np.array([0.0, 0.0, 1.0])) == pytest.approx(np.array(pixel))
    edge = camera.project(np.array([1.0, 1.0, 1.0])) - camera.project(np.array([0.0, 0.0, 1.0]))
    bins = max(changes.get('binning_x', 1), 1), max(changes.get('binning_y', 1), 1)
    assert edge == pytest.approx(FOCAL / np.array(bins))


@pytest.mark.parametrize(
    ('distortion', 'written', 'model'),
    [
        ((), (0.0,) * 5, 'plumb_bob'),
        ((0.0,) * 8, (0.0,) * 5, 'plumb_bob'),
        ((0.1, -0.2, 0.0, 0.0, 0.01), (0.1, -0.2, 0.0, 0.0, 0.01), 'plumb_bob'),
        ((0.1, 0.2, 0.3, 0.4), (0.1, 0.2, 0.3, 0.4), 'equidistant'),
        ((0.1,) * 8, (0.1,) * 8, 'rational_polynomial'),
    ],
)
def test_a_written_camera_info_reads_back(
    distortion: tuple[float, ...], written: tuple[float, ...], model: str
) -> None:
    camera = Camera(640, 480, 500.0, 510.0, 310.5, 250.25, -50.0, distortion)

    message = camera_info_message(camera, Stamp(5, 7), 'optical')

    assert camera_of_message(message) == Camera(640, 480, 500, 510, 310.5, 250.25, -50, written)
    assert message.distortion_model == model
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (5, 7)
    assert message.header.frame_id == 'optical'
    assert list(message.r) == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert (message.k[0], message.k[2], message.k[4], message.k[5]) == (500, 310.5, 510, 250.25)
