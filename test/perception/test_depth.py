# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.bundles import FOCAL_LENGTH, MAX_DEPTH, MIN_DEPTH, expected_depth
from support.scripted_runtime import ScriptedRuntime, constant_depth

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import InferenceError, SettingError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.core.transforms import Box, crop
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.depth_values import DepthSettings, apply_value_rules
from diffperc_ros.runtimes.select import open_runtime

STAMP = Stamp(12, 4_000_000_001)


def frame(width: int, height: int, focal: float | None, grey: int = 100) -> Frame:
    camera = (
        Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2) if focal else None
    )
    return Frame(np.full((height, width, 3), grey, np.uint8), STAMP, 'camera_optical', camera)


def test_header_and_size_are_the_frames(brightness_bundle: Bundle) -> None:
    estimator = DepthEstimator(brightness_bundle, open_runtime(brightness_bundle))
    seen = frame(161, 97, 100.0)
    depth = estimator.perceive(seen)
    assert (depth.stamp, depth.frame_id, depth.camera) == (STAMP, 'camera_optical', seen.camera)
    assert (depth.values.shape, depth.values.dtype) == ((97, 161), np.float32)
    assert depth.kind == 'metric'
    assert estimator.last_times is not None
    assert estimator.last_times.total > 0


@pytest.mark.parametrize('scale', [0.5, 1.0, 2.0])
def test_depth_does_not_change_with_the_resolution(
    brightness_bundle: Bundle, scale: float
) -> None:
    """Promise R18: one scene, one lens, pictures of several sizes."""
    estimator = DepthEstimator(brightness_bundle, open_runtime(brightness_bundle))
    seen = frame(int(640 * scale), int(480 * scale), 600 * scale)
    expected = expected_depth(100) * 600 * 64 / 640 / FOCAL_LENGTH
    np.testing.assert_allclose(estimator.perceive(seen).values, expected, rtol=0.01)


def test_a_crop_counts_as_a_longer_lens(brightness_bundle: Bundle) -> None:
    """Cutting the middle out of a picture fills the network's input with half of the view."""
    estimator = DepthEstimator(brightness_bundle, open_runtime(brightness_bundle))
    whole = frame(640, 480, 600.0)
    assert whole.camera is not None
    middle = crop((640, 480), Box(160, 120, 320, 240))
    part = Frame(whole.image[120:360, 160:480], STAMP, 'c', middle.camera(whole.camera))
    ratio = estimator.perceive(part).focal_scale / estimator.perceive(whole).focal_scale
    assert ratio == pytest.approx(2.0)


def test_without_a_camera_depth_is_relative(brightness_bundle: Bundle) -> None:
    settings = DepthSettings(MIN_DEPTH, MAX_DEPTH, scale_correction=2.0)
    estimator = DepthEstimator(brightness_bundle, open_runtime(brightness_bundle), settings)
    depth = estimator.perceive(frame(64, 48, None))
    assert (depth.kind, depth.camera, depth.focal_scale) == ('relative', None, 1.0)
    np.testing.assert_allclose(depth.values, expected_depth(100), rtol=1e-5)


def test_the_scale_correction_is_a_factor(brightness_bundle: Bundle) -> None:
    settings = DepthSettings(MIN_DEPTH, MAX_DEPTH, scale_correction=1.5)
    runtime = open_runtime(brightness_bundle)
    corrected = DepthEstimator(brightness_bundle, runtime, settings).perceive(frame(64, 48, 60.0))
    np.testing.assert_allclose(corrected.values, 1.5 * expected_depth(100), rtol=1e-5)


@given(
    hnp.arrays(
        np.float32,
        (6, 8),
        elements=st.one_of(
            st.sampled_from([0.0, -0.0, -1.0, np.nan, np.inf, -np.inf, 0.125, 10.0, 10.0078125]),
            st.floats(-100, 100, width=32),
        ),
    ),
    st.sampled_from(['inf', 'nan']),
)
def test_values_are_in_range_or_nan_or_beyond(depth: np.ndarray, far: str) -> None:
    """Promise R9."""
    settings = DepthSettings(0.125, 10.0, far)  # type: ignore[arg-type]
    values = apply_value_rules(depth, settings)
    assert values.dtype == np.float32
    finite = values[np.isfinite(values)]
    assert ((finite >= 0.125) & (finite <= 10.0)).all()
    assert not np.isneginf(values).any()
    beyond = depth > 10.0
    assert (np.isposinf(values) == (beyond & (far == 'inf'))).all()
    np.testing.assert_array_equal(values[np.isfinite(values)], depth[np.isfinite(values)])


@pytest.mark.parametrize(
    ('answer', 'message'),
    [
        (lambda call, inputs: {'depth': np.full((1, 1, 48, 64), np.nan, np.float32)}, 'no valid'),
        (lambda call, inputs: {'depth': np.zeros((1, 1, 48, 64), np.float32)}, 'no valid'),
        (lambda call, inputs: {'depth': np.ones((48, 64), np.float32)}, r'shape \(48, 64\)'),
        (lambda call, inputs: {'disparity': np.ones((1, 1, 48, 64))}, "no output 'depth'"),
    ],
)
def test_an_answer_that_is_no_depth_is_an_error(
    brightness_bundle: Bundle, answer: object, message: str
) -> None:
    estimator = DepthEstimator(brightness_bundle, ScriptedRuntime(answer))  # type: ignore[arg-type]
    with pytest.raises(InferenceError, match=message):
        estimator.perceive(frame(64, 48, 60.0))


def test_a_single_bad_pixel_does_not_cost_the_frame(brightness_bundle: Bundle) -> None:
    def answer(call: int, inputs: object) -> dict[str, np.ndarray]:
        depth = constant_depth(2.0)(call, {})['depth']
        depth[0, 0, 5, 5] = np.nan
        return {'depth': depth}

    values = (
        DepthEstimator(brightness_bundle, ScriptedRuntime(answer))
        .perceive(frame(64, 48, 60.0))
        .values
    )
    assert np.isnan(values).sum() == 1


@pytest.mark.parametrize(
    'settings',
    [
        {'min_depth': 0.0},
        {'min_depth': 11.0},
        {'max_depth': float('inf')},
        {'far_value': 'zero'},
        {'scale_correction': 0.4},
        {'scale_correction': float('nan')},
    ],
)
def test_settings_that_cannot_be(settings: dict[str, float]) -> None:
    with pytest.raises(SettingError):
        DepthSettings(**{'min_depth': 0.1, 'max_depth': 10.0, **settings})  # type: ignore[arg-type]
