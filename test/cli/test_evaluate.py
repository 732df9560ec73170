# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bags import drive, write_bag
from support.bundles import write_brightness_bundle
from support.colour_bags import write_labelled_bag

from diffperc_ros.bundle.bundle import Bundle

Diffperc = Callable[..., tuple[int, str, str]]


def test_an_evaluation_prints_protocol_figures_and_counts(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))

    status, output, errors = diffperc('evaluate', bag, '--bundle', brightness_bundle.path)

    assert (status, errors) == (0, '')
    for part in (
        'Protocol: dataset: drive',
        'abs_rel',
        'mean_map',
        '3 images evaluated',
        'latency',
    ):
        assert part in output


def test_figures_and_page_are_written_where_they_were_asked_for(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    figures, report = tmp_path / 'new' / 'figures.json', tmp_path / 'report'

    status, _, errors = diffperc(
        'evaluate', bag, '--bundle', brightness_bundle.path, '--json', figures, '--report', report
    )  # fmt: skip

    assert status == 0
    assert errors.splitlines() == [f'wrote {figures}', f'wrote {report / "index.html"}']
    document = json.loads(figures.read_text())
    assert document['frames']['evaluated'] == 3
    assert document['provenance']['command'].startswith(f'diffperc evaluate {bag}')
    assert json.loads((report / 'evaluation.json').read_text()).keys() == document.keys()
    assert sorted(path.name for path in report.iterdir()) == ['evaluation.json', 'index.html']


def test_a_replay_is_evaluated_without_running_a_model(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag, out = write_bag(tmp_path / 'in', drive(3)), tmp_path / 'out'
    diffperc('replay', bag, '--output', out, '--bundle', brightness_bundle.path)

    status, output, _ = diffperc('evaluate', bag, '--replay', out)

    assert status == 0
    assert '3 images evaluated (3 metric)' in output


@pytest.mark.parametrize(
    ('arguments', 'status', 'message'),
    [
        (['--cap', '0'], 1, 'Error: cap must be'),
        (['--tolerance-ms', '-1'], 1, 'Error: tolerance must be'),
        (['--depth-topic', '/nowhere'], 1, 'Error: topic /nowhere'),
        (['--profile', 'nightly'], 1, "Error: .*no profile 'nightly'"),
        (['--max-frames', '0'], 2, 'max-frames'),
    ],
)
def test_settings_that_cannot_be_are_refused_in_a_line(
    tmp_path: Path,
    diffperc: Diffperc,
    brightness_bundle: Bundle,
    arguments: list[str],
    status: int,
    message: str,
) -> None:
    bag = write_bag(tmp_path / 'in', drive(2))
    figures = tmp_path / 'figures.json'

    found, output, errors = diffperc(
        'evaluate', bag, '--bundle', brightness_bundle.path, '--json', figures, *arguments
    )

    assert (found, output) == (status, '')
    assert re.search(message, errors)
    assert 'Traceback' not in errors
    assert not figures.exists()


def test_a_recording_without_depth_is_an_error_that_says_what_to_do(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(2, depth=False))

    status, _, errors = diffperc('evaluate', bag, '--bundle', brightness_bundle.path)

    assert status == 1
    assert '--depth-topic' in errors


def test_two_models_are_compared(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    other = write_brightness_bundle(tmp_path / 'other', description='the same again')
    figures = tmp_path / 'figures.json'

    status, output, _ = diffperc(
        'compare', bag, '--bundle', brightness_bundle.path, '--bundle', other.path,
        '--json', figures,
    )  # fmt: skip

    assert status == 0
    assert 'not settled' in output
    document = json.loads(figures.read_text())
    assert document['images'] == 3
    assert len(document['evaluations']) == 2


@pytest.mark.parametrize('count', [1, 3])
def test_a_comparison_is_of_two(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle, count: int
) -> None:
    status, _, errors = diffperc(
        'compare', tmp_path, *['--bundle', brightness_bundle.path] * count
    )

    assert status == 2
    assert 'twice' in errors


@pytest.mark.parametrize('replayed', [False, True])
@pytest.mark.parametrize('task', ['segmentation', 'query'])
def test_masks_and_phrases(
    tmp_path: Path,
    diffperc: Diffperc,
    colours_bundle: Bundle,
    things_bundle: Bundle,
    task: str,
    replayed: bool,
) -> None:
    bag, report = write_labelled_bag(tmp_path / 'in'), tmp_path / 'report'
    bundle = {'segmentation': colours_bundle, 'query': things_bundle}[task]
    arguments = ['--bundle', bundle.path]
    if replayed:
        phrases = ['--phrase', 'the red thing'] if task == 'query' else []
        diffperc('replay', bag, '--output', tmp_path / 'out', *arguments, *phrases)
        arguments = ['--replay', tmp_path / 'out']

    status, output, errors = diffperc('evaluate', bag, *arguments, '--report', report)

    assert (status, errors) == (0, f'wrote {report / "index.html"}\n')
    wanted = {'segmentation': 'iou green', 'query': 'the red thing'}[task]
    for part in ('Protocol: dataset: in', 'mean_iou', wanted, '3 images evaluated', 'latency'):
        assert part in output
    document = json.loads((report / 'evaluation.json').read_text())
    assert document['task'] == task
    assert document[task]['mean_iou'] == 1.0
    assert wanted.split()[-1] in (report / 'index.html').read_text()


def test_a_label_map_is_read(tmp_path: Path, diffperc: Diffperc, colours_bundle: Bundle) -> None:
    bag = write_labelled_bag(tmp_path / 'in', names={1: 'crimson', 2: 'green', 3: 'blue'})
    (tmp_path / 'map.yaml').write_text('crimson: red\n')

    status, output, _ = diffperc(
        'evaluate', bag, '--bundle', colours_bundle.path, '--label-map', tmp_path / 'map.yaml'
    )

    assert status == 0
    assert 'crimson -> red' in output


def test_the_scene_stands_in_the_protocol(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))

    _, output, _ = diffperc('evaluate', bag, '--bundle', brightness_bundle.path)
    status, _, errors = diffperc(
        'evaluate', bag, '--bundle', brightness_bundle.path, '--scene', 'kitchen'
    )

    assert 'prompt source: learned' in output
    assert (status, "scene 'kitchen'" in errors) == (1, True)
