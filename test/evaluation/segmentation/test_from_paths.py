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
    LABELS_TOPIC,
    square_masks,
    squares,
    write_labelled_bag,
)
from support.colour_bundles import LABELS, write_segmentation_bundle

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import DiffpercError, EvaluationError, RecordingError, SettingError
from diffperc_ros.evaluation.depth.document import document_text
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.report.segmentation_page import (
    bundle_colours,
    render_segmentation_page,
)
from diffperc_ros.evaluation.segmentation.document import segmentation_document
from diffperc_ros.evaluation.segmentation.evaluate import SegmentationEvaluation
from diffperc_ros.evaluation.segmentation.from_paths import (
    evaluate_segmentation_bundle,
    evaluate_segmentation_replay,
)
from diffperc_ros.evaluation.sources.recording import TopicChoice
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.replay.replay import replay
from diffperc_ros.replay.tasks.open import Request, open_task
from diffperc_ros.runtimes.options import EngineOptions

OPTIONS = EvaluationOptions()


def run(recording: Path, bundle: Bundle, **options: Any) -> SegmentationEvaluation:
    return evaluate_segmentation_bundle(recording, bundle, EvaluationOptions(**options))


def replayed(bag: Path, output: Path, bundle: Bundle, **wishes: Any) -> Path:
    with (
        open_recording(bag) as recording,
        open_task(bundle, EngineOptions(), Request(**wishes)) as task,
    ):
        replay(recording, output, task)
    return output


def test_a_model_that_is_right_has_only_ones(tmp_path: Path, colours_bundle: Bundle) -> None:
    evaluation = run(write_labelled_bag(tmp_path / 'in'), colours_bundle)

    assert evaluation.scores is not None
    assert evaluation.scores.metrics.iou == (1.0, 1.0, 1.0)
    assert evaluation.scores.classes == ('red', 'green', 'blue')
    assert evaluation.counts.evaluated == 3
    assert evaluation.provenance['recording']['topics']['labels'] == LABELS_TOPIC
    assert len(evaluation.latencies_ms) == 3
    assert evaluation.notes == ()


def test_errors_are_counted_by_hand(tmp_path: Path, colours_bundle: Bundle) -> None:
    mask = square_masks()
    mask[:, :32] = 2  # what is recorded knows no red, and a tenth of it is not labelled
    mask[0] = 0
    evaluation = run(write_labelled_bag(tmp_path / 'in', [mask, mask]), colours_bundle)

    assert evaluation.scores is not None
    metrics = evaluation.scores.metrics
    red_pixels, blue_pixels, labelled = 16 * 16, 24 * 20, 64 * 47
    # The red square is missing from the second frame.
    assert metrics.iou[0] == 0.0
    assert metrics.iou[2] == 1.0
    green = 2 * (labelled - blue_pixels)
    assert metrics.iou[1] == pytest.approx((green - red_pixels) / green)
    assert metrics.pixel_accuracy == pytest.approx(1 - red_pixels / (2 * labelled))
    worst = min(evaluation.frames, key=lambda frame: frame.score.metrics.mean_iou)
    assert worst is evaluation.frames[0]


def test_what_was_replayed_and_what_runs_now_give_the_same_figures(
    tmp_path: Path, colours_bundle: Bundle
) -> None:
    bag = write_labelled_bag(tmp_path / 'in', [square_masks()] * 3)
    out = replayed(bag, tmp_path / 'out', colours_bundle)

    live = run(bag, colours_bundle)
    again = evaluate_segmentation_replay(bag, out, colours_bundle, OPTIONS)

    assert live.scores == again.scores
    assert again.counts == live.counts
    assert again.provenance['bundle']['sha256'] == colours_bundle.sha256
    assert again.protocol == live.protocol
    assert len(again.latencies_ms) == 3


@pytest.mark.parametrize('from_replay', [False, True])
def test_some_classes_alone(tmp_path: Path, colours_bundle: Bundle, from_replay: bool) -> None:
    bag = write_labelled_bag(tmp_path / 'in', names={1: 'red', 2: 'lawn', 3: 'pool'})
    if from_replay:
        out = replayed(bag, tmp_path / 'out', colours_bundle, classes=('red',))
        evaluation = evaluate_segmentation_replay(bag, out, None, OPTIONS)
    else:
        evaluation = run(bag, colours_bundle, request=Request(classes=('red',)))

    assert evaluation.scores is not None
    assert evaluation.scores.classes == ('red', 'other')
    assert evaluation.scores.metrics.iou == (1.0, 1.0)


def test_names_that_differ_are_mapped_or_noted(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag = write_labelled_bag(tmp_path / 'in', names={1: 'crimson', 2: 'lawn', 3: 'blue'})

    evaluation = run(bag, colours_bundle, label_map={'crimson': 'red'})

    assert evaluation.scores is not None
    assert evaluation.scores.shares[1] == 0
    assert any('do not count: lawn' in note for note in evaluation.notes)
    assert evaluation.protocol.label_map == 'by name, but crimson -> red'
    assert evaluation.provenance['label_map'] == {'crimson': 'red'}


def test_the_bundle_brings_its_baseline(tmp_path: Path) -> None:
    def write_more(folder: Path) -> None:
        np.save(folder / 'majority.npy', np.ones((3, 4), np.uint8))

    bundle = write_segmentation_bundle(
        tmp_path / 'bundle', write_more=write_more, baselines={'majority_map': 'majority.npy'}
    )

    evaluation = run(write_labelled_bag(tmp_path / 'in'), bundle)

    assert evaluation.scores is not None
    green = evaluation.scores.shares[1]
    assert evaluation.scores.baselines['majority_map'].pixel_accuracy == pytest.approx(green)


def write_pictures(folder: Path, columns: str = 'index,stamp_s,rgb,labels') -> Path:
    folder.mkdir()
    cv2.imwrite(str(folder / 'rgb.png'), squares()[:, :, ::-1])
    cv2.imwrite(str(folder / 'labels.png'), square_masks())
    (folder / 'frames.csv').write_text(f'{columns}\n0,,rgb.png,labels.png\n1,,rgb.png,\n')
    (folder / 'labels.yaml').write_text('1: red\n2: green\n3: blue\n')
    return folder


def test_a_folder_of_pictures(tmp_path: Path, colours_bundle: Bundle) -> None:
    evaluation = run(write_pictures(tmp_path / 'set'), colours_bundle)

    assert evaluation.scores is not None
    assert evaluation.scores.metrics.mean_iou == 1.0
    assert (evaluation.counts.evaluated, evaluation.counts.unmatched_prediction) == (1, 1)


@pytest.mark.parametrize(
    ('change', 'kind', 'message'),
    [
        (lambda f: (f / 'labels.yaml').unlink(), RecordingError, 'labels.yaml'),
        (lambda f: (f / 'labels.yaml').write_text('red'), RecordingError, 'list of classes'),
        (lambda f: (f / 'labels.png').write_bytes(b''), DiffpercError, 'one channel'),
        (
            lambda f: cv2.imwrite(str(f / 'labels.png'), squares()),
            DiffpercError,
            'one channel',
        ),
        (
            lambda f: (f / 'frames.csv').write_text('rgb\nrgb.png\n'),
            EvaluationError,
            'no recorded',
        ),
    ],
)
def test_a_folder_that_is_not_whole(
    tmp_path: Path,
    colours_bundle: Bundle,
    change: Any,
    kind: type[DiffpercError],
    message: str,
) -> None:
    folder = write_pictures(tmp_path / 'set')
    change(folder)

    with pytest.raises(kind, match=message):
        run(folder, colours_bundle)


@pytest.mark.parametrize(
    ('options', 'kind', 'message'),
    [
        ({'topics': TopicChoice(labels='/nowhere')}, RecordingError, '/nowhere carries no masks'),
        ({'label_map': {'red': 'purple'}}, SettingError, "no class 'purple'"),
        ({'request': Request(scene='kitchen')}, SettingError, 'scene belongs to task'),
    ],
)
def test_wishes_that_cannot_be_granted(
    tmp_path: Path,
    colours_bundle: Bundle,
    options: dict[str, Any],
    kind: type[DiffpercError],
    message: str,
) -> None:
    bag = write_labelled_bag(tmp_path / 'in')

    with pytest.raises(kind, match=message):
        run(bag, colours_bundle, **options)


def test_a_recording_without_masks(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag = write_bag(tmp_path / 'in', drive(2))

    with pytest.raises(EvaluationError, match='no recorded masks of classes'):
        run(bag, colours_bundle)
    evaluation = run(bag, colours_bundle, truth_required=False)

    assert evaluation.scores is None
    assert len(evaluation.exhibits) == 2
    document = segmentation_document(evaluation, 'x')
    assert document['segmentation'] is None
    assert 'no masks of classes to compare with' in render_segmentation_page(evaluation, document)


def test_another_model_than_the_replayed_is_refused(
    tmp_path: Path, colours_bundle: Bundle
) -> None:
    bag = write_labelled_bag(tmp_path / 'in')
    out = replayed(bag, tmp_path / 'out', colours_bundle)
    other = write_segmentation_bundle(tmp_path / 'other', LABELS, description='another')

    with pytest.raises(EvaluationError, match="made with 'colours'"):
        evaluate_segmentation_replay(bag, out, other, OPTIONS)


def test_a_bag_without_our_masks_is_no_replay(tmp_path: Path, colours_bundle: Bundle) -> None:
    bag = write_labelled_bag(tmp_path / 'in')

    with pytest.raises(RecordingError, match='no /segmentation/mask'):
        evaluate_segmentation_replay(bag, bag, colours_bundle, OPTIONS)


def test_the_document_and_the_page_say_it_all(tmp_path: Path, colours_bundle: Bundle) -> None:
    mask = square_masks()
    mask[:, :32] = 2
    evaluation = run(write_labelled_bag(tmp_path / 'in', [mask] * 8), colours_bundle)

    document = segmentation_document(evaluation, 'diffperc evaluate in')
    page = render_segmentation_page(evaluation, document, bundle_colours(colours_bundle))

    assert json.loads(document_text(document)) == document
    assert document['task'] == 'segmentation'
    assert set(document['segmentation']['iou']) == {'red', 'green', 'blue'}
    assert document['per_frame'][0]['mean_iou'] < document['per_frame'][7]['mean_iou']
    assert document['provenance']['protocol']['classes'] == 'red; green; blue'
    assert '</html>' in page
    assert f'{document["segmentation"]["mean_iou"]:.3f}' in page
    assert 'rgb(255,0,0)' in page  # red is drawn as its bundle says
    assert 'http' not in page


def test_the_worst_frames_are_shown(tmp_path: Path, colours_bundle: Bundle) -> None:
    masks = [square_masks()] * 40
    masks[13] = np.full_like(masks[0], 1)
    evaluation = run(write_labelled_bag(tmp_path / 'in', masks), colours_bundle)

    stamps = [exhibit.result.stamp for exhibit in evaluation.exhibits]
    assert evaluation.frames[13].stamp in stamps
    assert len(stamps) <= 9
    assert stamps == sorted(stamps)
