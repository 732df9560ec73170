# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.colour_bundles import TOKENS, write_query_bundle
from support.scripted_runtime import ScriptedRuntime, never

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError, CommandError, InferenceError, SettingError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.core.transforms import Box
from diffperc_ros.perception.query import Querier, QuerySettings, instances
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.select import open_runtime

STAMP = Stamp(3, 5)
SETTINGS = QuerySettings(0.5, 0.0)


@pytest.fixture(scope='module')
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_query_bundle(tmp_path_factory.mktemp('models') / 'things')


@pytest.fixture(scope='module')
def text(bundle: Bundle) -> TextEncoder:
    return TextEncoder(bundle, OnnxRuntime(bundle.file('text.onnx')))


@pytest.fixture
def querier(bundle: Bundle) -> Querier:
    return Querier(bundle, open_runtime(bundle))


def picture() -> Frame:
    """Return black with a red square at the left and two blue ones at the right."""
    image = np.zeros((96, 128, 3), np.uint8)
    image[20:40, 10:30, 0] = 255
    image[20:40, 80:100, 2] = 255
    image[60:84, 80:104, 2] = 255
    return Frame(image, STAMP, 'optical')


def test_words_choose_the_object(querier: Querier, text: TextEncoder) -> None:
    querier.queries = text.encode(['the red thing', 'blue'], revision=7)
    answer = querier.perceive(picture())
    assert answer.mask[30, 20] == 1
    assert answer.mask[30, 90] == answer.mask[70, 90] == 2
    assert answer.mask[5, 5] == 0
    assert (answer.revision, answer.phrases) == (7, ('the red thing', 'blue'))
    assert [found.phrase_id for found in answer.detections] == [1, 2, 2]
    red = answer.detections[0]
    assert abs(red.box.left - 10) <= 1
    assert abs(red.box.width - 20) <= 2
    assert 0.9 < red.score <= 1.0
    assert (answer.stamp, answer.frame_id) == (STAMP, 'optical')


def test_an_absent_object_gives_an_empty_answer(querier: Querier, text: TextEncoder) -> None:
    querier.queries = text.encode(['green'], revision=1)
    answer = querier.perceive(picture())
    assert not answer.mask.any()
    assert answer.detections == ()
    assert answer.phrases == ('green',)


def test_no_phrases_cost_no_inference(bundle: Bundle) -> None:
    runtime = ScriptedRuntime(never)
    answer = Querier(bundle, runtime).perceive(picture())
    assert not answer.mask.any()
    assert runtime.calls == 0


def test_where_phrases_overlap_the_more_probable_wins(querier: Querier, text: TextEncoder) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[...] = (150, 0, 0)
    image[:, 32:] = (255, 0, 0)
    querier.queries = text.encode(['red', 'the red thing', 'red red'], revision=1)
    answer = querier.perceive(Frame(image, STAMP, 'o'))
    # 'red red' weighs red twice, so it is the surest everywhere.
    assert set(np.unique(answer.mask)) == {3}
    assert {found.phrase_id for found in answer.detections} == {1, 2, 3}


@pytest.mark.parametrize(
    ('phrases', 'message'),
    [
        (['the red green blue thing'], f'has 5 tokens; the model reads {TOKENS}'),
        (['red unicorn'], "'red unicorn': the model has no word for 'unicorn'"),
        (['red'] * 255, 'a mask has room for 254'),
    ],
)
def test_phrases_that_cannot_be_read(text: TextEncoder, phrases: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        text.encode(phrases, revision=2)
    with pytest.raises(CommandError, match=message):
        text.check(phrases)


def test_a_tokenizer_that_is_none_is_named(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / 'tokenizer.json').write_text('{}')
    with pytest.raises(BundleError, match=r'tokenizer\.json: no tokenizer'):
        TextEncoder(Bundle(tmp_path, bundle.manifest, bundle.sha256), ScriptedRuntime(never))


def test_islands_become_instances_and_specks_do_not() -> None:
    probability = np.full((100, 100), 0.1, np.float32)
    probability[10:20, 10:30] = 0.8
    probability[50:60, 50:60] = 0.95
    probability[90, 90] = 1.0
    found, kept = instances(probability, 3, SETTINGS)
    assert [(item.box, item.pixels) for item in found] == [
        (Box(50, 50, 10, 10), 100),
        (Box(10, 10, 20, 10), 200),
    ]
    assert [item.score for item in found] == pytest.approx([0.95, 0.8], abs=1e-5)
    assert all(item.phrase_id == 3 for item in found)
    assert int(kept.sum()) == 300


def test_an_unsure_instance_is_no_answer() -> None:
    probability = np.full((50, 50), 0.0, np.float32)
    probability[:20, :20], probability[30:, 30:] = 0.6, 0.9
    found, kept = instances(probability, 1, QuerySettings(0.5, 0.7))
    assert [item.box.left for item in found] == [30]
    assert not kept[5, 5]


def test_a_blurred_rim_does_not_lower_a_score() -> None:
    probability = np.full((100, 100), 0.0, np.float32)
    probability[20:60, 20:60] = 0.6
    probability[30:40, 30:40] = 0.9
    ((sure,), _) = instances(probability, 1, SETTINGS)
    assert sure.score == pytest.approx(0.9, abs=1e-6)
    probability[35:40, 30:40] = 0.6
    ((less,), _) = instances(probability, 1, SETTINGS)
    assert less.score == pytest.approx(0.75, abs=1e-6)
    assert less.pixels == 1600


@pytest.mark.parametrize('values', [(-0.1, 0.5), (0.5, 1.1)])
def test_thresholds_have_a_range(values: tuple[float, float]) -> None:
    with pytest.raises(SettingError, match=r'must be 0\.\.1'):
        QuerySettings(*values)


def test_values_that_are_not_finite_are_no_answer(bundle: Bundle, text: TextEncoder) -> None:
    runtime = ScriptedRuntime(
        lambda _call, _inputs: {'logits': np.full((1, 1, 6, 8), np.nan, np.float32)}
    )
    querier = Querier(bundle, runtime)
    querier.queries = text.encode(['red'], revision=1)
    with pytest.raises(InferenceError, match='not finite'):
        querier.perceive(picture())
