# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from diffperc_ros.core.errors import CameraError, DiffpercError, FrameError, RecordingError
from diffperc_ros.evaluation.sources.image_set import ImageSet, is_image_set

INTRINSICS = {
    'fx': 60.0, 'fy': 60.0, 'cx': 3.5, 'cy': 2.5, 'width': 8, 'height': 6,
    'depth_unit_m': 0.0002, 'invalid_value': [0, 65535], 'distortion': 'none',
}  # fmt: skip
COUNTS = np.array([[0, 5000, 65535] + [10000] * 5] * 6, np.uint16)


def write_set(
    folder: Path,
    rows: str = '0,,a.png,d.png\n1,,a.png,\n',
    **changes: Any,
) -> Path:
    folder.mkdir(exist_ok=True)
    picture = np.zeros((6, 8, 3), np.uint8)
    picture[:, :, 2] = 200  # OpenCV writes blue first, so this is red.
    cv2.imwrite(str(folder / 'a.png'), picture)
    cv2.imwrite(str(folder / 'd.png'), COUNTS)
    (folder / 'frames.csv').write_text(f'index,stamp_s,rgb,depth\n{rows}')
    (folder / 'intrinsics.json').write_text(json.dumps({**INTRINSICS, **changes}))
    return folder


def test_pictures_depth_and_camera_come_out(tmp_path: Path) -> None:
    images = ImageSet(write_set(tmp_path / 'set'))

    (index, frame), (second, _) = images.frames()
    ((place, truth),) = images.truths()

    assert (index, second, place) == (0, 1, 0)
    assert frame.image[0, 0].tolist() == [200, 0, 0]
    assert frame.camera is not None
    assert (frame.camera.fx, frame.camera.width) == (60.0, 8)
    np.testing.assert_allclose(truth.values[0], [np.nan, 1.0, np.nan] + [2.0] * 5, rtol=1e-6)
    assert images.frame_stamps() == [0, 1_000_000_000]
    assert images.truth_stamps() == [0]
    assert (images.name, images.notes) == ('set', ())
    assert len(images.provenance()['sha256']) == 64


def test_stamps_keep_their_last_digit_and_rule_the_order(tmp_path: Path) -> None:
    rows = '0,1341841280.123456789,a.png,d.png\n1,1341841278.8427,a.png,d.png\n'

    stamps = ImageSet(write_set(tmp_path, rows)).frame_stamps()

    assert stamps == [1341841278_842700000, 1341841280_123456789]


@pytest.mark.parametrize('invalid', [0, 7, [7, 8]])
def test_zero_is_no_depth_whatever_else_is_none(tmp_path: Path, invalid: Any) -> None:
    ((_, truth), *_) = ImageSet(write_set(tmp_path, invalid_value=invalid)).truths()

    assert np.isnan(truth.values[0, 0])


def test_depth_that_is_not_registered_is_said(tmp_path: Path) -> None:
    images = ImageSet(write_set(tmp_path, depth_registered_to_colour=False))

    assert 'not registered' in images.notes[0]


def read_all(folder: Path) -> None:
    images = ImageSet(folder)
    list(images.frames())
    list(images.truths())


def edit(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content)


@pytest.mark.parametrize(
    ('damage', 'error', 'message'),
    [
        (edit('frames.csv', ''), RecordingError, 'frames.csv: lists no frames'),
        (edit('frames.csv', 'index,depth\n0,d.png\n'), RecordingError, "line 2 .*'rgb'"),
        (edit('frames.csv', 'rgb,stamp_s\na.png,noon\n'), RecordingError, "'noon'"),
        (edit('frames.csv', 'rgb,stamp_s\na.png,NaN\n'), RecordingError, "'NaN'"),
        (edit('frames.csv', 'rgb,depth\nmissing.png,d.png\n'), FrameError, 'missing.png'),
        (edit('frames.csv', 'rgb,depth\na.png,a.png\n'), FrameError, 'a.png: not a 16-bit'),
        (edit('intrinsics.json', '{'), RecordingError, 'intrinsics.json'),
        (edit('intrinsics.json', '{}'), RecordingError, 'fx: Field required'),
        (
            edit('intrinsics.json', json.dumps({**INTRINSICS, 'depth_unit_m': 0})),
            RecordingError,
            'depth_unit_m',
        ),
        (edit('intrinsics.json', json.dumps({**INTRINSICS, 'fx': 0})), CameraError, 'positive'),
        (edit('intrinsics.json', json.dumps({**INTRINSICS, 'width': 9})), CameraError, '9x6'),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, damage: Callable[[Path], object], error: type[DiffpercError], message: str
) -> None:
    damage(write_set(tmp_path))

    with pytest.raises(error, match=message):
        read_all(tmp_path)


def test_a_bag_is_no_image_set(tmp_path: Path) -> None:
    (tmp_path / 'metadata.yaml').touch()

    assert not is_image_set(tmp_path)
    assert is_image_set(write_set(tmp_path / 'set'))


DATA = Path(__file__).parents[3].parent / 'shared' / 'data'


@pytest.mark.parametrize(
    ('name', 'frames', 'median'),
    [
        ('realsense_bedroom', 11, (0.5, 1.5)),
        ('nyu_basement', 3, (1.0, 5.0)),
        ('tum_fr3_cabinet', 20, (1.0, 4.0)),
        ('ycb_tabletop', 5, (0.7, 2.0)),
        ('sevenscenes_redkitchen', 12, (0.8, 3.2)),
    ],
)
def test_the_development_sets_are_read(
    name: str, frames: int, median: tuple[float, float]
) -> None:
    if not (DATA / name).is_dir():
        pytest.skip(f'{name} of the shared sample data is not here')
    images = ImageSet(DATA / name)

    truths = [truth for _, truth in images.truths()]

    assert len(list(images.frames())) == len(truths) == frames
    assert median[0] < np.nanmedian([np.nanmedian(truth.values) for truth in truths]) < median[1]
