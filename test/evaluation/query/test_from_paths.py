# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.bags import drive, write_bag
from support.colour_bags import (
    EXPRESSIONS,
    EXPRESSIONS_TOPIC,
    INSTANCES_TOPIC,
    square_masks,
    squares,
    write_labelled_bag,
)
from support.colour_bundles import write_query_bundle

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError, DiffpercError, EvaluationError, RecordingError
from diffperc_ros.evaluation.depth.document import document_text
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.query.document import query_document
from diffperc_ros.evaluation.query.evaluate import QueryEvaluation
from diffperc_ros.evaluation.query.from_paths import evaluate_query_bundle, evaluate_query_replay
from diffperc_ros.evaluation.report.query_page import render_query_page
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.replay import replay
from diffperc_ros.replay.tasks.open import Request, open_task
from diffperc_ros.runtimes.options import EngineOptions

OPTIONS = EvaluationOptions()
PHRASES = ('the red thing', 'the blue thing')


def run(recording: Path, bundle: Bundle, **options: Any) -> QueryEvaluation:
    return evaluate_query_bundle(recording, bundle, EvaluationOptions(**options))


def replayed(bag: Path, output: Path, bundle: Bundle, *phrases: str) -> Path:
    with (
        open_recording(bag) as recording,
        open_task(bundle, EngineOptions(), Request(phrases=phrases)) as task,
    ):
        replay(recording, output, task)
    return output


def test_objects_that_are_found_and_one_that_is_gone(
    tmp_path: Path, things_bundle: Bundle
) -> None:
    evaluation = run(write_labelled_bag(tmp_path / 'in'), things_bundle)

    scores = evaluation.scores
    assert scores is not None
    # The red square is missing from the last of three frames, and is rightly not found there.
    assert (scores.present, scores.absent, scores.absent_correct) == (5, 1, 1.0)
    assert scores.metrics is not None
    assert scores.metrics.overall_iou == 1.0
    assert scores.metrics.precision == (1.0,) * 5
    assert list(scores.by_phrase) == ['the blue thing', 'the red thing']
    topics = evaluation.provenance['recording']['topics']
    assert (topics['instances'], topics['expressions']) == (INSTANCES_TOPIC, EXPRESSIONS_TOPIC)
    assert evaluation.protocol.mask_threshold == 0.5
    assert len(evaluation.latencies_ms) == 3


def test_what_was_replayed_and_what_runs_now_give_the_same_figures(
    tmp_path: Path, things_bundle: Bundle
) -> None:
    bag = write_labelled_bag(tmp_path / 'in', [square_masks()] * 3)
    out = replayed(bag, tmp_path / 'out', things_bundle, *PHRASES)

    live = run(bag, things_bundle)
    again = evaluate_query_replay(bag, out, things_bundle, OPTIONS)

    assert live.scores == again.scores
    assert live.scores is not None
    assert live.scores.missed == pytest.approx(1 / 6)  # recorded as there, but not in the picture
    assert 'at once' in again.protocol.phrases


def test_phrases_that_were_not_replayed_do_not_count(
    tmp_path: Path, things_bundle: Bundle
) -> None:
    bag = write_labelled_bag(tmp_path / 'in')
    out = replayed(bag, tmp_path / 'out', things_bundle, 'the blue thing')

    scores = evaluate_query_replay(bag, out, None, OPTIONS).scores

    assert scores is not None
    assert list(scores.by_phrase) == ['the blue thing']


def test_an_expression_counts_for_its_images_alone(tmp_path: Path, things_bundle: Bundle) -> None:
    with open_recording(write_labelled_bag(tmp_path / 'all')) as recording:
        stamps = [entry.stamp.nanoseconds for entry in recording.stamps(INSTANCES_TOPIC).entries]
    some = [{**EXPRESSIONS[0], 'stamps_ns': stamps[:1]}, EXPRESSIONS[1]]

    scores = run(write_labelled_bag(tmp_path / 'in', expressions=some), things_bundle).scores

    assert scores is not None
    assert scores.by_phrase['the red thing'].present == 1
    assert scores.by_phrase['the blue thing'].present == 3


def test_a_phrase_that_the_model_cannot_read_counts_as_not_found(
    tmp_path: Path, things_bundle: Bundle
) -> None:
    expressions = [*EXPRESSIONS, {'phrase': 'the purple thing', 'instances': [3]}]

    evaluation = run(write_labelled_bag(tmp_path / 'in', expressions=expressions), things_bundle)

    assert evaluation.scores is not None
    assert evaluation.scores.by_phrase['the purple thing'].mean_iou == 0.0
    assert any("no word for 'purple'" in note for note in evaluation.notes)


def test_the_bundle_brings_its_baseline(tmp_path: Path) -> None:
    def write_more(folder: Path) -> None:
        np.save(folder / 'mean_mask.npy', np.full((3, 4), 0.6, np.float32))

    bundle = write_query_bundle(
        tmp_path / 'bundle',
        write_more=write_more,
        baselines={'mean_mask': 'mean_mask.npy', 'threshold': 0.5},
    )

    scores = run(write_labelled_bag(tmp_path / 'in'), bundle).scores

    assert scores is not None
    share = (2 * 16 * 16 + 3 * 24 * 20) / (5 * 64 * 48)
    assert scores.baselines['mean_mask'].overall_iou == pytest.approx(share)


def test_a_baseline_of_another_form_is_refused(tmp_path: Path) -> None:
    def write_more(folder: Path) -> None:
        np.save(folder / 'mean_mask.npy', np.full((3, 4), 60, np.uint8))

    bundle = write_query_bundle(
        tmp_path / 'bundle',
        write_more=write_more,
        baselines={'mean_mask': 'mean_mask.npy', 'threshold': 0.5},
    )

    with pytest.raises(BundleError, match='must be float32'):
        run(write_labelled_bag(tmp_path / 'in'), bundle)


def test_a_folder_of_pictures(tmp_path: Path, things_bundle: Bundle) -> None:
    folder = tmp_path / 'set'
    folder.mkdir()
    cv2.imwrite(str(folder / 'rgb.png'), squares()[:, :, ::-1])
    cv2.imwrite(str(folder / 'instances.png'), square_masks())
    (folder / 'named.json').write_text(json.dumps({'expressions': EXPRESSIONS}))
    (folder / 'frames.csv').write_text(
        'rgb,instances,expressions\nrgb.png,instances.png,named.json\nrgb.png,instances.png,\n'
    )

    evaluation = run(folder, things_bundle)

    assert evaluation.scores is not None
    assert (evaluation.scores.present, evaluation.counts.evaluated) == (2, 1)
    (folder / 'named.json').write_text('{}')
    with pytest.raises(RecordingError, match=r'named\.json: expressions: Field required'):
        run(folder, things_bundle)


@pytest.mark.parametrize(
    ('options', 'kind', 'message'),
    [
        ({'request': Request(phrases=('x',))}, DiffpercError, 'phrases that the recording holds'),
        ({'request': Request(classes=('x',))}, DiffpercError, 'classes belongs to task'),
    ],
)
def test_wishes_that_cannot_be_granted(
    tmp_path: Path,
    things_bundle: Bundle,
    options: dict[str, Any],
    kind: type[DiffpercError],
    message: str,
) -> None:
    bag = write_labelled_bag(tmp_path / 'in')

    with pytest.raises(kind, match=message):
        run(bag, things_bundle, **options)


def test_a_recording_without_objects(tmp_path: Path, things_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', drive(2))

    with pytest.raises(EvaluationError, match='no recorded objects with phrases'):
        run(bag, things_bundle)
    out = replayed(bag, tmp_path / 'out', things_bundle, *PHRASES)
    evaluation = evaluate_query_replay(
        bag, out, things_bundle, EvaluationOptions(truth_required=False)
    )

    assert evaluation.scores is None
    page = render_query_page(evaluation, query_document(evaluation, 'x'))
    assert 'no named objects to compare with' in page
    assert 'the red thing' in page


def test_the_document_and_the_page_say_it_all(tmp_path: Path, things_bundle: Bundle) -> None:
    evaluation = run(write_labelled_bag(tmp_path / 'in', [square_masks()] * 3), things_bundle)

    document = query_document(evaluation, 'diffperc evaluate in')
    page = render_query_page(evaluation, document)

    assert json.loads(document_text(document)) == document
    assert document['task'] == 'query'
    assert document['query']['by_phrase']['the red thing']['present'] == 3
    assert document['per_frame'][2]['samples'][0] == {
        'phrase': 'the red thing',
        'present': True,
        'answered': False,
        'iou': 0.0,
    }
    assert '</html>' in page
    assert 'the blue thing, IoU 1.00' in page
    assert 'http' not in page
