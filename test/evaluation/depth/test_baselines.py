# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import BundleError
from diffperc_ros.evaluation.depth.baselines import Baselines, bundle_baselines

CAMERA = Camera(640, 480, 320.0, 320.0, 319.5, 239.5)


def test_the_median_is_everywhere_and_the_map_follows_the_focal_length() -> None:
    baselines = Baselines(1.7, np.array([[2.0, 4.0]], np.float32))

    maps = baselines.maps(CAMERA, (2, 1))

    np.testing.assert_allclose(maps['median_depth'], [[1.7, 1.7]])
    np.testing.assert_allclose(maps['mean_map'], [[1.0, 2.0]])  # f / width = 0.5


def test_without_a_camera_the_map_is_right_up_to_scale() -> None:
    baselines = Baselines(1.7, np.array([[2.0, 4.0]], np.float32))

    np.testing.assert_allclose(baselines.maps(None, (2, 1))['mean_map'], [[2.0, 4.0]])


def test_the_map_is_stretched_over_the_picture() -> None:
    maps = Baselines(1.7, np.array([[1.0, 3.0]], np.float32)).maps(None, (8, 3))

    assert maps['mean_map'].shape == maps['median_depth'].shape == (3, 8)
    assert maps['mean_map'][0, 0] == 1.0
    assert maps['mean_map'][2, 7] == 3.0


def test_a_bundle_brings_its_baselines(brightness_bundle: Bundle) -> None:
    baselines = bundle_baselines(brightness_bundle)

    assert baselines is not None
    assert baselines.median_depth == 1.7
    assert baselines.mean_map.shape == (12, 16)


def test_a_bundle_without_baselines_brings_none(brightness_bundle: Bundle) -> None:
    manifest = brightness_bundle.manifest.model_copy(update={'baselines': None})

    assert bundle_baselines(replace(brightness_bundle, manifest=manifest)) is None


@pytest.mark.parametrize(
    'write',
    [
        lambda path: np.save(path, np.ones((2, 2), np.float64)),
        lambda path: np.save(path, np.ones((2, 2, 1), np.float32)),
        lambda path: np.save(path, np.array([[1.0, np.nan]], np.float32)),
        lambda path: np.save(path, np.zeros((2, 2), np.float32)),
        lambda path: path.write_bytes(b'no array'),
        lambda path: path.write_bytes(b''),
    ],
    ids=['float64', 'three axes', 'NaN', 'zero', 'no array', 'empty'],
)
def test_a_map_that_is_none_is_refused(
    write: Callable[[Path], None], brightness_bundle: Bundle, tmp_path: Path
) -> None:
    write(tmp_path / 'mean_depth.npy')

    with pytest.raises(BundleError, match=r'mean_depth\.npy'):
        bundle_baselines(replace(brightness_bundle, path=tmp_path))
