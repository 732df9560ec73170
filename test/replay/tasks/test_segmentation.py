# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bags import packed, stamp, write_bag
from support.colour_bags import colour_drive, square_masks

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import SettingError
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.recordings.vision_messages import names_of_label_info
from diffperc_ros.replay.replay import replay
from diffperc_ros.replay.tasks.open import Request, open_task
from diffperc_ros.replay.tasks.segmentation import (
    CAMERA_INFO_TOPIC,
    CONFIDENCE_TOPIC,
    LABEL_INFO_TOPIC,
    MASK_TOPIC,
)
from diffperc_ros.runtimes.options import EngineOptions


def run(bag: Path, output: Path, bundle: Bundle, **wishes: Any) -> dict[str, Any]:
    with (
        open_recording(bag) as recording,
        open_task(bundle, EngineOptions(), Request(**wishes)) as task,
    ):
        replay(recording, output, task)
    content: dict[str, Any] = json.loads((output / 'run.json').read_text())
    return content


def test_masks_with_names_that_stand_before_them(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag, out = write_bag(tmp_path / 'in', colour_drive(3)), tmp_path / 'out'

    content = run(bag, out, colours_bundle)

    with open_recording(out) as recording:
        counts = {topic.name: (topic.encoding, topic.count) for topic in recording.topics}
        masks = list(recording.masks(MASK_TOPIC))
        (label_info,) = recording.messages(LABEL_INFO_TOPIC)
        assert recording.stamps(CAMERA_INFO_TOPIC) == recording.stamps(MASK_TOPIC)
    assert counts == {
        MASK_TOPIC: ('mono8', 3),
        CONFIDENCE_TOPIC: ('mono8', 3),
        CAMERA_INFO_TOPIC: ('', 3),
        LABEL_INFO_TOPIC: ('', 1),
    }
    assert [mask.stamp.nanoseconds for mask in masks] == [stamp(0.1 * i) for i in range(3)]
    for index, mask in enumerate(masks):
        np.testing.assert_array_equal(mask.values, square_masks(red=index < 2))
    assert names_of_label_info(label_info) == {1: 'red', 2: 'green', 3: 'blue'}
    assert label_info.header.stamp.sec == masks[0].stamp.sec
    assert content['task'] == 'segmentation'
    assert content['labels'] == {'1': 'red', '2': 'green', '3': 'blue'}
    assert content['counts']['mask'] == 3


def test_label_info_reaches_those_who_come_later(tmp_path: Path, colours_bundle: Bundle) -> None:
    run(write_bag(tmp_path / 'in', colour_drive(1)), tmp_path / 'out', colours_bundle)

    metadata = (tmp_path / 'out' / 'metadata.yaml').read_text()
    _, _, latched = metadata.partition(LABEL_INFO_TOPIC)
    assert 'transient_local' in latched[:1500]
    assert metadata.count('transient_local') == 1


def test_two_runs_give_the_same_bytes(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(3))

    first, second = (run(bag, tmp_path / name / 'out', colours_bundle) for name in 'ab')

    assert first['output'] == second['output']
    assert len({(tmp_path / name / 'out' / 'out.mcap').read_bytes() for name in 'ab'}) == 1


def test_shares_of_classes_stand_in_the_table(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(2))

    run(bag, tmp_path / 'out', colours_bundle, classes=('blue', 'red'))

    with (tmp_path / 'out' / 'frames.csv').open() as stream:
        first, second = csv.DictReader(stream)
    assert (first['kind'], first['width']) == ('mask', '64')
    assert float(first['share_red']) == pytest.approx(16 * 16 / (64 * 48), rel=1e-4)
    assert float(first['share_blue']) == pytest.approx(24 * 20 / (64 * 48), rel=1e-4)
    assert 'share_green' not in first
    shares = float(first['share_red']) + float(first['share_blue'])
    assert float(first['labelled_ratio']) == pytest.approx(shares, rel=1e-4)
    assert second['share_red'] == '0'
    assert float(first['inference_ms']) > 0


def test_a_camera_is_not_needed(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(2, camera=False))

    content = run(bag, tmp_path / 'out', colours_bundle)

    assert content['output']['messages'] == {
        LABEL_INFO_TOPIC: 1,
        MASK_TOPIC: 2,
        CONFIDENCE_TOPIC: 2,
    }


def test_names_stand_before_the_first_mask_where_the_first_frame_is_lost(
    tmp_path: Path, colours_bundle: Bundle
) -> None:
    messages = colour_drive(3)
    messages[0].fields.update(packed(np.zeros((48, 64, 3), np.uint8), 'rgb8'), encoding='hsv')

    run(write_bag(tmp_path / 'in', messages), tmp_path / 'out', colours_bundle)

    with open_recording(tmp_path / 'out') as recording:
        (label_info,) = recording.messages(LABEL_INFO_TOPIC)
    found = label_info.header.stamp.sec * 10**9 + label_info.header.stamp.nanosec
    assert found == stamp(0.1)


@pytest.mark.parametrize(
    ('wishes', 'error'),
    [
        ({'classes': ('purple',)}, "no label is called 'purple'"),
        ({'phrases': ('the red thing',)}, "phrases belongs to task 'query'"),
        ({'scene': 'kitchen'}, "scene belongs to task 'depth'"),
        ({'confidence_threshold': 1.5}, 'confidence_threshold must be 0..1'),
    ],
)
def test_wishes_that_cannot_be_granted(
    tmp_path: Path, colours_bundle: Bundle, wishes: dict[str, Any], error: str
) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(1))

    with pytest.raises(SettingError, match=error):
        run(bag, tmp_path / 'out', colours_bundle, **wishes)

    assert not (tmp_path / 'out').exists()
