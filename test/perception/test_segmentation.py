# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.colour_bundles import LABELS, write_segmentation_bundle
from support.scripted_runtime import ScriptedRuntime, never

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.core.errors import BundleError, InferenceError, SettingError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.core.labels import Label, LabelSet
from diffperc_ros.core.transforms import letterbox
from diffperc_ros.perception.segmentation import (
    SegmentationSettings,
    Segmenter,
    id_table,
    published_names,
    winning_class,
)
from diffperc_ros.runtimes.select import open_runtime

STAMP = Stamp(3, 5)


@pytest.fixture(scope='module')
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_segmentation_bundle(tmp_path_factory.mktemp('models') / 'colours')


def thirds(width: int = 120, height: int = 90, value: int = 255) -> Frame:
    """Return a picture of three upright stripes: red, green, blue."""
    image = np.zeros((height, width, 3), np.uint8)
    for channel in range(3):
        image[:, channel * width // 3 : (channel + 1) * width // 3, channel] = value
    return Frame(image, STAMP, 'optical')


@pytest.mark.parametrize('size', [(120, 90), (90, 120), (333, 47), (64, 48)])
def test_ids_lie_on_the_pixels_of_the_picture(bundle: Bundle, size: tuple[int, int]) -> None:
    width, height = size
    seen = Segmenter(bundle, open_runtime(bundle)).perceive(thirds(width, height))
    assert seen.class_ids.shape == seen.confidence.shape == (height, width)
    assert seen.class_ids.dtype == seen.confidence.dtype == np.uint8
    assert seen.class_ids[height // 2, [width // 6, width // 2, 5 * width // 6]].tolist() == [
        1,
        2,
        3,
    ]
    assert seen.names == {1: 'red', 2: 'green', 3: 'blue'}
    assert (seen.stamp, seen.frame_id) == (STAMP, 'optical')


@pytest.mark.parametrize(
    ('settings', 'expected'),
    [
        (SegmentationSettings(), [1, 2, 3]),
        (SegmentationSettings(class_id_offset=0), [0, 1, 2]),
        (SegmentationSettings(classes=('green',)), [0, 2, 0]),
        (SegmentationSettings(classes=('blue', 'red')), [1, 0, 3]),
        (SegmentationSettings(confidence_threshold=1.0), [255, 255, 255]),
        (SegmentationSettings(classes=('green',), confidence_threshold=1.0), [0, 255, 0]),
    ],
)
def test_settings(bundle: Bundle, settings: SegmentationSettings, expected: list[int]) -> None:
    segmenter = Segmenter(bundle, open_runtime(bundle))
    segmenter.settings = settings
    assert segmenter.perceive(thirds(value=50)).class_ids[45, [20, 60, 100]].tolist() == expected


def test_confidence_is_the_probability_of_the_winner(bundle: Bundle) -> None:
    frame = Frame(np.full((48, 64, 3), (51, 0, 0), np.uint8), STAMP, 'o')
    seen = Segmenter(bundle, open_runtime(bundle)).perceive(frame)
    expected = np.exp(2) / (np.exp(2) + 2)
    assert abs(int(seen.confidence[20, 20]) - 255 * expected) <= 1


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'classes': ('mauve',)}, "no label is called 'mauve'"),
        ({'class_id_offset': 2}, '0 or 1'),
        ({'confidence_threshold': 1.5}, 'confidence_threshold'),
    ],
)
def test_impossible_settings(bundle: Bundle, settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Segmenter(bundle, ScriptedRuntime(never), SegmentationSettings(**settings))  # type: ignore[arg-type]


def test_a_label_file_of_another_length_is_refused(tmp_path: Path) -> None:
    short = write_segmentation_bundle(tmp_path / 'short', LABELS[:2])
    with pytest.raises(InferenceError, match=r'not \(1, 2, h, w\)'):
        Segmenter(short, open_runtime(short)).perceive(thirds())


@pytest.mark.parametrize(
    'text',
    ['red', '- name: red', '- {name: red, colour: [1, 2]}', '- {name: a, colour: [0, 0, 256]}',
     '- {name: a, colour: [0, 0, 0]}\n- {name: a, colour: [0, 0, 0]}', '[', '[]', '\xff'],
)  # fmt: skip
def test_a_label_file_that_is_none_is_named(bundle: Bundle, tmp_path: Path, text: str) -> None:
    (tmp_path / 'labels.yaml').write_text(text, encoding='latin-1')
    with pytest.raises(BundleError, match=r'labels\.yaml: not a label file'):
        read_labels(Bundle(tmp_path, bundle.manifest, bundle.sha256))


def test_more_classes_than_ids_are_refused_not_cut() -> None:
    labels = LabelSet.from_names([f'class {n}' for n in range(255)])
    with pytest.raises(SettingError, match='255 classes do not fit'):
        published_names(labels, SegmentationSettings())


def test_every_id_has_its_name_back() -> None:
    labels = LabelSet((*LABELS, Label(3, 'grey', (9, 9, 9))))
    settings = SegmentationSettings(classes=('grey', 'red'))
    names = published_names(labels, settings)
    table = id_table(labels, settings)
    assert names == {1: 'red', 4: 'grey'}
    assert [names.get(int(number)) for number in table] == ['red', None, None, 'grey']


def test_scores_are_enlarged_before_they_are_compared() -> None:
    """Between a strong and a weak cell the border lies nearer the weak one."""
    logits = np.zeros((2, 1, 2), np.float32)
    logits[0, 0, 0], logits[1, 0, 1] = 3.0, 1.0
    winner = winning_class(logits, letterbox((200, 100), (2, 1)))
    border = int((winner[50] == 0).sum())
    assert border == pytest.approx(125, abs=1)


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_values_that_are_not_finite_are_no_answer(bundle: Bundle, value: float) -> None:
    def answer(_call: int, _inputs: object) -> dict[str, np.ndarray]:
        logits = np.zeros((1, 3, 6, 8), np.float32)
        logits[0, 1, 2, 3] = value
        return {'logits': logits}

    runtime = ScriptedRuntime(answer)
    with pytest.raises(InferenceError, match='1 of 144 values are not finite'):
        Segmenter(bundle, runtime).perceive(thirds())
