# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.core.camera import Camera
from diffperc_ros.evaluation.segmentation.matching import read_label_map
from diffperc_ros.evaluation.sources.image_set import LabelledPictures, PicturesOfObjects
from tools.measure_masks.ade20k_classes import model_class
from tools.measure_masks.floor_plane import FLOOR, OTHER, floor_labels
from tools.measure_masks.sets import ade20k_set, floor_set, picking_bin_set

CAMERA = Camera(160, 120, 140.0, 140.0, 79.5, 59.5)


def room(
    pitch: float, height: float = 1.2, wall: float = 4.0
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return depth of a floor and a wall for a camera that looks down, and where the floor is."""
    rows, columns = np.indices((120, 160))
    rays = np.stack([(columns - 79.5) / 140, (rows - 59.5) / 140, np.ones(rows.shape)], -1)
    down = np.array([0, np.cos(pitch), np.sin(pitch)])
    ahead = np.array([0, -np.sin(pitch), np.cos(pitch)])
    with np.errstate(divide='ignore'):
        to_floor = np.where(rays @ down > 0, height / (rays @ down), np.inf)
    to_wall = wall / (rays @ ahead)
    return np.minimum(to_floor, to_wall).astype(np.float32), to_floor < to_wall


@pytest.mark.parametrize('degrees', [10, 20, 30])
def test_the_floor_of_a_room_is_found_however_the_camera_looks_down(degrees: int) -> None:
    depth, floor = room(np.radians(degrees), wall=2.5)
    depth += np.random.default_rng(0).normal(0, 0.005, depth.shape).astype(np.float32)
    depth[:10] = np.nan

    labels = floor_labels(depth, CAMERA)

    assert labels is not None
    assert not labels[:10].any()
    assert (labels[floor & (labels > 0)] == FLOOR).mean() > 0.98
    # The foot of the wall lies within the tolerance of the floor's plane.
    assert (labels[~floor & (labels > 0)] == OTHER).mean() > 0.93
    assert (labels[10:] > 0).mean() > 0.85


def test_a_table_above_the_floor_is_none() -> None:
    depth, floor = room(np.radians(30))
    # A table of 0.5 m height fills the middle: more of its pixels than of the floor around it.
    table = room(np.radians(30), height=0.7)[0]
    depth[60:, 30:130] = table[60:, 30:130]

    labels = floor_labels(depth, CAMERA)

    assert labels is not None
    assert (labels[70:, 40:120] == OTHER).all()
    assert (labels[100:, :20][floor[100:, :20]] == FLOOR).all()


@pytest.mark.parametrize('depth', [np.nan, 2.0])
def test_where_there_is_no_floor_none_is_found(depth: float) -> None:
    assert floor_labels(np.full((120, 160), depth, np.float32), CAMERA) is None


def test_a_set_of_depth_becomes_a_set_of_floors(tmp_path: Path) -> None:
    source = tmp_path / 'depth'
    source.mkdir()
    depth, _ = room(0.4)
    cv2.imwrite(str(source / 'rgb.png'), np.zeros((120, 160, 3), np.uint8))
    cv2.imwrite(str(source / 'depth.png'), (depth * 1000).astype(np.uint16))
    (source / 'frames.csv').write_text('rgb,depth\nrgb.png,depth.png\nrgb.png,\n')
    (source / 'intrinsics.json').write_text(
        json.dumps(
            {'fx': 140, 'fy': 140, 'cx': 79.5, 'cy': 59.5, 'width': 160, 'height': 120}
            | {'depth_unit_m': 0.001}
        )
    )

    assert floor_set(source, tmp_path / 'floor') == 1

    pictures = LabelledPictures(tmp_path / 'floor')
    assert pictures.label_names == {1: 'floor', 2: 'other'}
    ((_, image),) = pictures.truths()
    assert set(np.unique(image.values)) >= {FLOOR, OTHER}


@pytest.mark.parametrize(
    ('name', 'ours'),
    [
        ('floor, flooring', 'floor'),
        ('windowpane, window ', 'window'),
        ('chest of drawers, chest, bureau, dresser', 'cabinet'),
        ('sofa, couch, lounge', 'sofa'),
        ('vase', 'object'),
        ('sky', None),
        ('airplane, aeroplane, plane', None),
    ],
)
def test_classes_of_ade20k(name: str, ours: str | None) -> None:
    assert model_class(name) == ours


def test_labels_of_ade20k_come_with_their_map(tmp_path: Path) -> None:
    source = tmp_path / 'ade'
    (source / 'frames').mkdir(parents=True)
    cv2.imwrite(str(source / 'frames' / 'rgb_0.jpg'), np.zeros((8, 8, 3), np.uint8))
    cv2.imwrite(str(source / 'frames' / 'labels_0.png'), np.full((8, 8), 2, np.uint8))
    (source / 'objectInfo150.txt').write_text(
        'Idx\tRatio\tTrain\tVal\tName\n1\t0\t0\t0\twall\n2\t0\t0\t0\tsky\n'
    )

    label_map = read_label_map(ade20k_set(source, tmp_path / 'out'))

    assert label_map == {'wall': 'wall', 'sky': None}
    assert LabelledPictures(tmp_path / 'out').label_names == {1: 'wall', 2: 'sky'}


def test_names_of_the_picking_bin_become_phrases(tmp_path: Path) -> None:
    frames = tmp_path / 'bin' / 'frames'
    frames.mkdir(parents=True)
    cv2.imwrite(str(frames / 'rgb_0.jpg'), np.zeros((8, 8, 3), np.uint8))
    cv2.imwrite(str(frames / 'instances_0.png'), np.full((8, 8), 7, np.uint8))
    (frames / 'instances_0.json').write_text('[{"id": 7, "name": "ice cube tray", "pixels": 64}]')

    picking_bin_set(tmp_path / 'bin', tmp_path / 'out')

    pictures = PicturesOfObjects(tmp_path / 'out')
    ((_, named),) = pictures.truths()
    (expression,) = named.expressions
    assert expression.phrase == 'the ice cube tray'
    assert named.mask(expression).all()
