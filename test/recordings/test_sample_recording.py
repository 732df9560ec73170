# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The repository's sample recording is what its README says, and its sensor obeys its laws."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rosbags.highlevel import AnyReader

from diffperc_ros.evaluation.sources.expressions import read_expressions
from diffperc_ros.scenes.classes import CLASSES, stored_id
from tools.sample_recording.sensor_model import (
    StereoSensor,
    correlated_noise,
    measure,
    shadow,
    viewing_angle,
)

ROOM = Path(__file__).parents[2] / 'samples/room'
COLOUR = '/camera/color/image_raw/compressed'
SENSOR = '/camera/aligned_depth_to_color/image_raw/compressedDepth'
TRUTH = '/ground_truth/depth/image_raw/compressedDepth'
INFOS = (
    '/camera/color/camera_info',
    '/camera/aligned_depth_to_color/camera_info',
    '/ground_truth/depth/camera_info',
)
LABELS = '/ground_truth/labels/mask'
LABEL_INFO = '/ground_truth/labels/label_info'
INSTANCES = '/ground_truth/instances/mask'
EXPRESSIONS = '/ground_truth/expressions'
LATCHED = (LABEL_INFO, EXPRESSIONS)
FRAMES = 30
FOCAL = 592.0


@pytest.fixture(scope='module')
def room() -> dict[str, list[tuple[int, Any]]]:
    """Every topic's (receive time, message) in the order of the file."""
    messages = defaultdict(list)
    with AnyReader([ROOM]) as reader:
        for connection, received, raw in reader.messages():
            messages[connection.topic].append(
                (received, reader.deserialize(raw, connection.msgtype))
            )
    return messages


@pytest.fixture(scope='module')
def depths(
    room: dict[str, list[tuple[int, Any]]],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Sensor and true depth of every frame in metres, NaN where there is none."""

    def decode(topic: str) -> np.ndarray[Any, Any]:
        images = []
        for _, message in room[topic]:
            assert message.format == '16UC1; compressedDepth png'
            assert not np.any(message.data[:12])
            image = cv2.imdecode(message.data[12:], cv2.IMREAD_UNCHANGED)
            assert image.dtype == np.uint16
            images.append(image)
        stack = np.stack(images).astype(np.float64)
        return np.where(stack > 0, stack / 1000.0, np.nan)

    return decode(SENSOR), decode(TRUTH)


def stamp_of(message: Any) -> int:
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def test_folder_is_small_and_complete() -> None:
    assert {'metadata.yaml', 'room.mcap', 'README.md', 'ATTRIBUTION.md'} <= {
        path.name for path in ROOM.iterdir()
    }
    assert sum(path.stat().st_size for path in ROOM.iterdir()) <= 8_000_000


def test_topics_and_counts(room: dict[str, list[tuple[int, Any]]]) -> None:
    assert {topic: len(messages) for topic, messages in room.items()} == {
        **dict.fromkeys((COLOUR, SENSOR, TRUTH, *INFOS, LABELS, INSTANCES), FRAMES),
        **dict.fromkeys(LATCHED, 1),
    }


def test_stamps(room: dict[str, list[tuple[int, Any]]]) -> None:
    stamps = [stamp_of(message) for _, message in room[COLOUR]]
    for topic, messages in room.items():
        if topic in LATCHED:
            assert [received for received, _ in messages] == [stamps[0] + 3_000_000]
            continue
        assert [stamp_of(message) for _, message in messages] == stamps
        assert [received - stamp_of(message) for received, message in messages] == (
            [3_000_000] * FRAMES
        )
        assert {m.header.frame_id for _, m in messages} == {'camera_color_optical_frame'}
    steps = np.diff(stamps)
    assert np.all(steps > 0)
    np.testing.assert_allclose(steps, 100e6, atol=1e6)
    assert len(set(steps.tolist())) > FRAMES // 2, 'a real clock jitters'
    assert abs(stamps[0] - 1_760_000_000_000_000_000) < 1e6


def test_pictures(room: dict[str, list[tuple[int, Any]]]) -> None:
    for _, message in room[COLOUR]:
        assert message.format == 'rgb8; jpeg compressed bgr8'
        picture = cv2.imdecode(message.data, cv2.IMREAD_COLOR)
        assert picture.shape == (480, 640, 3)
        assert 60 < picture.mean() < 190
        assert picture.std() > 30


def mask_of(message: Any) -> np.ndarray[Any, Any]:
    assert (message.encoding, message.step) == ('mono8', 640)
    return np.asarray(message.data).reshape(480, 640)


def test_classes(room: dict[str, list[tuple[int, Any]]]) -> None:
    ((_, info),) = room[LABEL_INFO]
    names = {entry.class_id: entry.class_name for entry in info.class_map}
    assert tuple(names[number] for number in sorted(names)) == CLASSES
    seen: set[str] = set()
    for _, message in room[LABELS]:
        mask = mask_of(message)
        seen |= {names[number] for number in np.unique(mask)}
        assert np.mean(mask[-120:] == stored_id('floor')) > 0.5, 'the camera looks ahead'
    assert {'floor', 'wall', 'ceiling', 'door', 'table', 'chair', 'sofa', 'cabinet'} <= seen


def test_things_have_one_class_each(room: dict[str, list[tuple[int, Any]]]) -> None:
    class_of: dict[int, int] = {}
    for (_, labels), (_, instances) in zip(room[LABELS], room[INSTANCES], strict=True):
        pairs = np.unique(
            np.stack([mask_of(instances).ravel(), mask_of(labels).ravel()]), axis=1
        ).T
        for thing, label in pairs.tolist():
            assert class_of.setdefault(thing, label) == label
    assert len(class_of) > 40


def test_phrases_speak_of_what_is_there(room: dict[str, list[tuple[int, Any]]]) -> None:
    ((_, message),) = room[EXPRESSIONS]
    expressions = {item.phrase: item.instances for item in read_expressions(message.data, 'room')}
    ids = set(np.unique(np.stack([mask_of(mask) for _, mask in room[INSTANCES]])).tolist())
    assert set().union(*expressions.values()) <= ids
    assert expressions['the bed'] == expressions['the toilet'] == ()
    (sofa,) = expressions['the sofa']
    labels = mask_of(room[LABELS][20][1])[mask_of(room[INSTANCES][20][1]) == sofa]
    assert labels.size > 10_000
    assert set(labels.tolist()) == {stored_id('sofa')}


@pytest.mark.parametrize('topic', INFOS)
def test_intrinsics(topic: str, room: dict[str, list[tuple[int, Any]]]) -> None:
    for _, info in room[topic]:
        assert (info.width, info.height) == (640, 480)
        assert info.distortion_model == 'plumb_bob'
        assert info.d.tolist() == [0.0] * 5
        assert info.k.tolist() == [FOCAL, 0, 319.5, 0, FOCAL, 239.5, 0, 0, 1]
        assert info.r.reshape(3, 3).tolist() == np.eye(3).tolist()
        assert info.p.reshape(3, 4)[:, :3].ravel().tolist() == info.k.tolist()


def test_depth_is_that_of_a_furnished_room(
    depths: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
) -> None:
    _, truth = depths
    assert truth.shape == (FRAMES, 480, 640)
    assert np.isfinite(truth).mean() > 0.99
    assert 0.5 < np.nanmin(truth) < 1.5
    assert 2.0 < np.nanmedian(truth) < 4.5
    assert 4.5 < np.nanpercentile(truth, 99) < 7.0


def test_depth_is_planar(depths: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]) -> None:
    """The floor close to the camera is a plane 0.74 m below it, to the millimetre of 16UC1."""
    _, truth = depths
    rows, columns = np.mgrid[440:480, 200:330]
    z = truth[0, 440:480, 200:330]
    points = np.stack([(columns - 319.5) / FOCAL * z, (rows - 239.5) / FOCAL * z, z], -1)
    tilt = np.radians(4.0)
    down = np.array([0.0, np.cos(tilt), np.sin(tilt)])
    np.testing.assert_allclose(points @ down, 0.74, atol=0.001)


def test_camera_moves_smoothly(
    depths: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
) -> None:
    _, truth = depths
    change = np.nanmedian(np.abs(np.diff(truth, axis=0)), axis=(1, 2))
    assert np.all(change > 0.001)
    assert np.all(change < 0.15)


def test_sensor_agrees_with_truth(
    depths: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
) -> None:
    sensor, truth = depths
    model = StereoSensor(focal=FOCAL)
    assert model.depth_noise(2.0) == pytest.approx(0.02, abs=0.002), 'about 1 % at 2 m'
    both = np.isfinite(sensor) & np.isfinite(truth)
    error = (sensor - truth)[both]
    spread = FOCAL * model.baseline * error / truth[both] ** 2
    assert abs(np.median(error)) < 0.01
    assert np.median(np.abs(spread)) / 0.6745 == pytest.approx(model.noise, rel=0.1)
    far, near = truth[both] > 4.0, truth[both] < 2.0
    assert np.std(error[far]) > 3 * np.std(error[near])


def test_sensor_has_holes(depths: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]) -> None:
    sensor, _ = depths
    holes = np.isnan(sensor).mean(axis=(1, 2))
    assert np.all((holes > 0.05) & (holes < 0.12))


def wall(depth: float) -> np.ndarray[Any, Any]:
    return np.full((48, 64), depth)


GREY = np.full((48, 64), 120.0)


@pytest.mark.parametrize(
    ('depth', 'luma', 'measured'),
    [
        (wall(2.0), GREY, True),
        (wall(0.2), GREY, False),
        (wall(12.0), GREY, False),
        (wall(np.inf), GREY, False),
        (wall(np.nan), GREY, False),
        (wall(0.0), GREY, False),
        (wall(2.0), GREY * 0, False),
        (wall(2.0), GREY * 0 + 255, False),
    ],
    ids=['plain', 'near', 'far', 'infinite', 'nan', 'zero', 'dark', 'bright'],
)
def test_what_the_sensor_sees(
    depth: np.ndarray[Any, Any], luma: np.ndarray[Any, Any], measured: bool
) -> None:
    image = measure(StereoSensor(focal=FOCAL), depth, luma, seed=1)
    assert image.dtype == np.uint16
    assert np.all((image > 0) == measured)


@settings(max_examples=20, deadline=None)
@given(depth=st.floats(0.5, 6.0), seed=st.integers(0, 1000))
def test_error_grows_with_the_square_of_the_depth(depth: float, seed: int) -> None:
    model = StereoSensor(focal=FOCAL)
    image = measure(model, np.full((120, 160), depth), np.full((120, 160), 120.0), seed)
    error = image / 1000.0 - depth
    step = depth**2 * model.step / (FOCAL * model.baseline)
    expected = np.hypot(model.depth_noise(depth), step / np.sqrt(12))
    # Disparity noise makes far errors a little larger than near ones: z^2 holds to first order.
    assert np.std(error) == pytest.approx(expected, rel=0.2)


def test_same_seed_same_noise() -> None:
    model = StereoSensor(focal=FOCAL)
    first, again, other = (measure(model, wall(2.0), GREY, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_noise_is_correlated_and_normed() -> None:
    noise = correlated_noise(np.random.default_rng(0), (200, 300), 15)
    assert np.std(noise) == pytest.approx(1.0)
    assert abs(np.mean(noise)) < 0.2
    assert np.mean(noise[:, 3:] * noise[:, :-3]) > 0.8
    assert abs(np.mean(noise[:, 60:] * noise[:, :-60])) < 0.2


def test_shadow_lies_left_of_a_near_object() -> None:
    """20 px disparity before 5 px: 15 columns of the wall left of the object are hidden."""
    disparity = np.full((4, 100), 5.0)
    disparity[:, 50:70] = 20.0
    expected = np.zeros((4, 100), bool)
    expected[:, 35:50] = True
    np.testing.assert_array_equal(shadow(disparity), expected)


@settings(max_examples=20, deadline=None)
@given(height=st.floats(0.3, 1.5))
def test_viewing_angle_of_a_floor(height: float) -> None:
    """A ray that falls by dy over a length of 1 meets a level floor at asin(dy)."""
    rows, columns = np.mgrid[0:480, 0:640]
    y, x = (rows - 239.5) / FOCAL, (columns - 319.5) / FOCAL
    depth = np.where(y > 0.02, height / np.maximum(y, 0.02), height / 0.02)
    expected = np.degrees(np.arcsin(y / np.sqrt(x**2 + y**2 + 1)))
    angle = viewing_angle(depth, FOCAL)
    np.testing.assert_allclose(angle[260:479, 1:-1], expected[260:479, 1:-1], rtol=0.02)
