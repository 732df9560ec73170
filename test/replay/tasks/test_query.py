# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from support.bags import write_bag
from support.colour_bags import BLUE_SQUARE, RED_SQUARE, colour_drive

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import CommandError, DiffpercError, SettingError
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.recordings.vision_messages import names_of_label_info
from diffperc_ros.replay.replay import replay
from diffperc_ros.replay.tasks.open import Request, open_task
from diffperc_ros.replay.tasks.query import (
    DETECTIONS_TOPIC,
    LABEL_INFO_TOPIC,
    MASK_TOPIC,
    STATUS_TOPIC,
)
from diffperc_ros.runtimes.options import EngineOptions

PHRASES = ('go to the red thing', 'the blue thing')


def run(bag: Path, output: Path, bundle: Bundle, **wishes: Any) -> dict[str, Any]:
    with (
        open_recording(bag) as recording,
        open_task(bundle, EngineOptions(), Request(**wishes)) as task,
    ):
        replay(recording, output, task)
    content: dict[str, Any] = json.loads((output / 'run.json').read_text())
    return content


def test_masks_detections_and_key(tmp_path: Path, things_bundle: Bundle) -> None:
    bag, out = write_bag(tmp_path / 'in', colour_drive(2)), tmp_path / 'out'

    content = run(bag, out, things_bundle, phrases=PHRASES)

    with open_recording(out) as recording:
        first, second = recording.masks(MASK_TOPIC)
        found, later = recording.messages(DETECTIONS_TOPIC)
        (label_info,) = recording.messages(LABEL_INFO_TOPIC)
        (status,) = recording.messages(STATUS_TOPIC)
    assert (first.values[RED_SQUARE] == 1).all()
    assert (first.values[BLUE_SQUARE] == 2).all()
    assert (first.values > 0).sum() == 16 * 16 + 24 * 20
    assert set(second.values.ravel()) == {0, 2}
    assert names_of_label_info(label_info) == {1: 'the red thing', 2: 'the blue thing'}
    red, blue = found.detections
    assert [one.results[0].hypothesis.class_id for one in found.detections] == ['1', '2']
    assert (red.bbox.center.position.x, red.bbox.center.position.y) == (16.0, 16.0)
    assert (blue.bbox.size_x, blue.bbox.size_y, blue.bbox.center.theta) == (24.0, 20.0, 0.0)
    assert 0.9 < red.results[0].hypothesis.score <= 1.0
    assert red.header == found.header
    assert found.header.stamp.nanosec == first.stamp.nanosec
    assert len(later.detections) == 1
    values = {pair.key: pair.value for pair in status.values}
    assert values['accepted'] == 'the red thing; the blue thing'
    assert (values['revision'], values['tokens'], values['token_limit']) == ('1', '3; 3', '4')
    assert content['queries']['phrases'] == ['the red thing', 'the blue thing']
    assert content['parameters']['mask_threshold'] == 0.5
    assert (content['counts']['found'], content['counts']['nothing']) == (2, 0)


def test_an_object_that_is_not_there_is_an_empty_answer(
    tmp_path: Path, things_bundle: Bundle
) -> None:
    bag, out = write_bag(tmp_path / 'in', colour_drive(2)), tmp_path / 'out'

    content = run(bag, out, things_bundle, phrases=('the red thing',))

    assert (content['counts']['found'], content['counts']['nothing']) == (1, 1)
    with open_recording(out) as recording:
        masks = [mask.values.any() for mask in recording.masks(MASK_TOPIC)]
        arrays = [len(array.detections) for array in recording.messages(DETECTIONS_TOPIC)]
    assert (masks, arrays) == ([True, False], [1, 0])
    with (out / 'frames.csv').open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row['detections'] for row in rows] == ['1', '0']
    assert float(rows[0]['score_1']) > 0.9
    assert rows[1]['score_1'] == ''


def test_two_runs_give_the_same_bytes(tmp_path: Path, things_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(3))

    first, second = (
        run(bag, tmp_path / name / 'out', things_bundle, phrases=PHRASES) for name in 'ab'
    )

    assert first['output'] == second['output']


def test_thresholds_are_kept(tmp_path: Path, things_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(1))

    content = run(bag, tmp_path / 'out', things_bundle, phrases=PHRASES, score_threshold=1.0)

    assert content['parameters'] == {'mask_threshold': 0.5, 'score_threshold': 1.0}
    assert content['counts']['nothing'] == 1


@pytest.mark.parametrize(
    ('wishes', 'kind', 'error'),
    [
        ({}, SettingError, 'a query needs a phrase'),
        ({'phrases': ('  ',)}, SettingError, 'a query needs a phrase'),
        ({'phrases': ('go to',)}, CommandError, 'names no object'),
        ({'phrases': ('the purple thing',)}, CommandError, "no word for 'purple'"),
        ({'phrases': PHRASES, 'classes': ('red',)}, SettingError, "classes belongs to task 's"),
        ({'phrases': PHRASES, 'mask_threshold': -1.0}, SettingError, 'mask_threshold must be'),
    ],
)
def test_wishes_that_cannot_be_granted(
    tmp_path: Path,
    things_bundle: Bundle,
    wishes: dict[str, Any],
    kind: type[DiffpercError],
    error: str,
) -> None:
    bag = write_bag(tmp_path / 'in', colour_drive(1))

    with pytest.raises(kind, match=error):
        run(bag, tmp_path / 'out', things_bundle, **wishes)

    assert not (tmp_path / 'out').exists()
