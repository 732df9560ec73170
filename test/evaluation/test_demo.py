# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.bags import drive, write_bag
from support.colour_bags import write_labelled_bag

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import CommandError, OutputError, RecordingError
from diffperc_ros.evaluation.demo import run_demo
from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.sources.recording import TopicChoice
from diffperc_ros.recordings.reader import open_recording

CONTENT = ['.diffperc-demo', 'depth', 'index.html']
PART = ['evaluation.json', 'index.html', 'replay']


@contextmanager
def no_bar(_title: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda done, total: None


def demo(
    recording: Path, output: Path, bundle: Bundle, topics: TopicChoice | None = None
) -> Evaluation:
    topics = topics or TopicChoice()
    (result,) = run_demo(recording, output, [bundle], topics, 'diffperc demo', no_bar)
    assert isinstance(result.outcome, Evaluation)
    return result.outcome


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_demo_makes_bag_figures_and_page(tmp_path: Path, brightness_bundle: Bundle) -> None:
    bag, output = write_bag(tmp_path / 'in', drive(3)), tmp_path / 'out' / 'demo'

    evaluation = demo(bag, output, brightness_bundle)

    assert evaluation.counts.evaluated == 3
    assert names(output) == CONTENT
    assert names(output / 'depth') == PART
    assert names(output.parent) == ['demo']
    with open_recording(output / 'depth' / 'replay') as recording:
        assert [topic.name for topic in recording.topics] == [
            '/depth/camera_info',
            '/depth/image_rect',
        ]
    document = json.loads((output / 'depth' / 'evaluation.json').read_text())
    assert document['latency_ms']['frames'] == 3
    assert set(document['baselines']) == {'median_depth', 'mean_map'}
    assert '</html>' in (output / 'index.html').read_text()
    assert '</html>' in (output / 'depth' / 'index.html').read_text()


def test_every_task_on_the_same_frames(
    tmp_path: Path, brightness_bundle: Bundle, colours_bundle: Bundle, things_bundle: Bundle
) -> None:
    bag, output = write_labelled_bag(tmp_path / 'in'), tmp_path / 'demo'
    models = [brightness_bundle, colours_bundle, things_bundle]

    results = run_demo(bag, output, models, TopicChoice(), 'diffperc demo', no_bar)

    assert [result.task for result in results] == ['depth', 'segmentation', 'query']
    assert names(output) == ['.diffperc-demo', 'depth', 'index.html', 'query', 'segmentation']
    for task in ('segmentation', 'query'):
        assert names(output / task) == PART
    _, classes, phrases = results
    assert classes.document['segmentation']['mean_iou'] == 1.0
    # Two phrases of the recording, since none were given.
    assert list(phrases.document['query']['by_phrase']) == ['the blue thing', 'the red thing']
    page = (output / 'index.html').read_text()
    for text in ('Predicted depth', 'the red thing, IoU 1.00', '>green</span>', 'href="query/'):
        assert text in page
    assert page.count('<div class="frame">') == 3


def test_phrases_may_be_given_and_are_needed_where_nothing_is_recorded(
    tmp_path: Path, things_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(2))

    with pytest.raises(CommandError, match="no word for 'chair'"):
        run_demo(bag, tmp_path / 'a', [things_bundle], TopicChoice(), '', no_bar)
    (result,) = run_demo(
        bag, tmp_path / 'b', [things_bundle], TopicChoice(), '', no_bar, phrases=['go to the red']
    )

    assert result.document['query'] is None
    assert names(tmp_path) == ['b', 'in']


def test_what_is_missing_is_said_on_the_page(tmp_path: Path, brightness_bundle: Bundle) -> None:
    bag, output = write_bag(tmp_path / 'in', drive(1)), tmp_path / 'demo'

    run_demo(
        bag,
        output,
        [brightness_bundle],
        TopicChoice(),
        '',
        no_bar,
        missing={'query': 'No model is installed.'},
    )

    page = (output / 'index.html').read_text()
    assert 'Phrases: not shown' in page
    assert 'No model is installed.' in page


def test_a_recording_without_depth_gets_pictures_alone(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    bag, output = write_bag(tmp_path / 'in', drive(2, depth=False)), tmp_path / 'demo'

    assert demo(bag, output, brightness_bundle).depth is None
    assert 'holds no depth to compare with' in (output / 'index.html').read_text()


def test_a_second_demo_replaces_the_first(tmp_path: Path, brightness_bundle: Bundle) -> None:
    output = tmp_path / 'demo'
    demo(write_bag(tmp_path / 'first', drive(2)), output, brightness_bundle)
    (output / 'left over').touch()

    evaluation = demo(write_bag(tmp_path / 'second', drive(3)), output, brightness_bundle)

    assert evaluation.counts.evaluated == 3
    assert names(output) == CONTENT
    assert names(tmp_path) == ['demo', 'first', 'second']


def test_an_empty_folder_may_be_used(tmp_path: Path, brightness_bundle: Bundle) -> None:
    (tmp_path / 'demo').mkdir()

    demo(write_bag(tmp_path / 'in', drive(1)), tmp_path / 'demo', brightness_bundle)

    assert names(tmp_path / 'demo') == CONTENT


@pytest.mark.parametrize('content', ['file', 'folder'])
def test_what_the_demo_did_not_write_is_never_replaced(
    tmp_path: Path, brightness_bundle: Bundle, content: str
) -> None:
    bag, output = write_bag(tmp_path / 'in', drive(1)), tmp_path / 'mine'
    if content == 'folder':
        output.mkdir()
        (output / 'thesis.txt').write_text('years of work')
    else:
        output.write_text('years of work')

    with pytest.raises(OutputError, match='not written by the demo'):
        demo(bag, output, brightness_bundle)

    kept = output / 'thesis.txt' if content == 'folder' else output
    assert kept.read_text() == 'years of work'


def test_a_demo_that_fails_leaves_the_one_before(
    tmp_path: Path, brightness_bundle: Bundle
) -> None:
    output = tmp_path / 'demo'
    demo(write_bag(tmp_path / 'in', drive(2)), output, brightness_bundle)
    before = (output / 'index.html').read_text()
    unreadable = drive(2)
    for message in unreadable:
        message.fields.update(encoding='unheard_of') if 'encoding' in message.fields else None
    bag = write_bag(tmp_path / 'unreadable', unreadable)

    with pytest.raises(RecordingError):
        demo(bag, output, brightness_bundle)

    assert (output / 'index.html').read_text() == before
    assert names(tmp_path) == ['demo', 'in', 'unreadable']


def test_topics_are_judged_before_the_long_part(
    tmp_path: Path, brightness_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))
    monkeypatch.setattr('diffperc_ros.evaluation.demo.replay', None)

    with pytest.raises(RecordingError, match='/nowhere'):
        demo(bag, tmp_path / 'demo', brightness_bundle, TopicChoice(depth='/nowhere'))
