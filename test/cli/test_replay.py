# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bags import COLOUR_TOPIC, IMAGE, Message, drive, grey, packed, stamp, write_bag
from support.bundles import write_brightness_bundle
from support.colour_bags import write_labelled_bag

from diffperc_ros import __version__
from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.cli.main import main
from diffperc_ros.core.errors import DiffpercError
from diffperc_ros.recordings.reader import open_recording

FRAMES = 300

Diffperc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def diffperc(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Diffperc:
    """Run the command line here; return exit status, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', ['diffperc', *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        output, errors = capfd.readouterr()
        return int(caught.value.code or 0), output, errors

    return run


def test_a_replay_says_what_it_wrote(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(3))
    out = tmp_path / 'out'

    status, _, errors = diffperc(
        'replay', bag, '--output', out, '--bundle', brightness_bundle.path
    )

    assert status == 0
    assert errors == f'{out}: 3 metric and 0 relative depth images of 3 frames\n'
    with open_recording(out) as recording:
        assert [topic.count for topic in recording.topics] == [3, 3]


def test_frames_that_were_lost_are_said_and_change_the_status(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    messages = [
        Message(COLOUR_TOPIC, IMAGE, stamp(0), packed(grey(0), 'rgb8')),
        Message(COLOUR_TOPIC, IMAGE, stamp(1), {**packed(grey(0), 'rgb8'), 'encoding': 'hsv'}),
    ]
    bag = write_bag(tmp_path / 'in', messages)

    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', brightness_bundle.path
    )

    assert status == 2
    assert '1 relative depth images of 2 frames' in errors
    assert '1 frames without camera_info: no camera_info topic' in errors
    assert f'1 frames without a result: {COLOUR_TOPIC}: encoding' in errors


def test_a_damaged_recording_is_replayed_in_part_and_says_so(
    tmp_path: Path, diffperc: Diffperc, brightness_bundle: Bundle
) -> None:
    bag = write_bag(tmp_path / 'in', drive(200, depth=False), 'mcap_lone')
    data = bag.read_bytes()
    bag.write_bytes(data[: int(len(data) * 0.8)])

    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', brightness_bundle.path
    )

    assert status == 2
    assert 'damaged' in errors
    (loss,) = json.loads((tmp_path / 'out' / 'run.json').read_text())['input']['losses']
    assert loss in errors


def test_a_second_interruption_leaves_nothing(
    tmp_path: Path,
    diffperc: Diffperc,
    brightness_bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted_twice(*_arguments: Any) -> None:
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr('diffperc_ros.perception.depth.DepthEstimator.perceive', interrupted_twice)
    bag = write_bag(tmp_path / 'in', drive(1))

    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', brightness_bundle.path
    )

    assert (status, errors) == (130, 'interrupted; nothing was written\n')
    assert [path.name for path in tmp_path.iterdir()] == ['in']


@pytest.mark.parametrize(
    ('make', 'options', 'status', 'error'),
    [
        pytest.param(
            lambda folder: folder / 'nowhere', [], 1, 'nowhere: no such file', id='missing path'
        ),
        pytest.param(
            lambda folder: write_bag(folder, []), [], 1, 'holds no messages', id='empty bag'
        ),
        pytest.param(
            lambda folder: write_bag(folder, drive(1)[2:]), [], 1, 'no topic with a colour image',
            id='no images',
        ),
        pytest.param(
            lambda folder: write_bag(folder, drive(1)), ['--image-topic', '/x'], 1,
            'topic /x is not in the recording', id='no such topic',
        ),
        pytest.param(
            lambda folder: write_bag(folder, drive(1)), ['--profile', 'paper'], 1,
            "no profile 'paper'", id='no such profile',
        ),
        pytest.param(
            lambda folder: write_bag(folder, drive(1)), ['--backend', 'abacus'], 1,
            "unknown backend 'abacus'; there are", id='no such backend',
        ),
        pytest.param(
            lambda folder: write_bag(
                folder,
                [Message(COLOUR_TOPIC, IMAGE, stamp(0), {**packed(grey(0), 'rgb8'), 'width': 0})],
            ),
            [], 3, 'no frame gave a result', id='nothing usable',
        ),
        pytest.param(
            lambda folder: write_bag(folder, drive(1)), ['--start', '2', '--end', '1'], 1,
            '0 <= start <= end', id='times that cannot be',
        ),
    ],
)  # fmt: skip
def test_an_error_is_one_line(
    tmp_path: Path,
    diffperc: Diffperc,
    brightness_bundle: Bundle,
    make: Callable[[Path], Path],
    options: list[str],
    status: int,
    error: str,
) -> None:
    bag = make(tmp_path / 'in')

    found, output, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', brightness_bundle.path, *options
    )

    assert (found, output) == (status, '')
    assert errors.startswith('Error: ')
    assert error in errors
    assert errors.count('\n') == 1
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ([], 'masks for 3 of 3 frames'),
        (['--task', 'segmentation', '--classes', 'red'], 'masks for 3 of 3 frames'),
    ],
)
def test_classes(
    tmp_path: Path, diffperc: Diffperc, colours_bundle: Bundle, options: list[str], said: str
) -> None:
    bag, out = write_labelled_bag(tmp_path / 'in'), tmp_path / 'out'

    status, _, errors = diffperc(
        'replay', bag, '--output', out, '--bundle', colours_bundle.path, *options
    )

    assert status == 0
    assert f'{out}: {said}\n' in errors


def test_phrases(tmp_path: Path, diffperc: Diffperc, things_bundle: Bundle) -> None:
    bag, out = write_labelled_bag(tmp_path / 'in'), tmp_path / 'out'
    model = ['--bundle', things_bundle.path]

    status, _, errors = diffperc(
        'replay', bag, '--output', out, *model, '--phrase', 'find the red thing'
    )

    assert status == 0
    assert 'something found in 2 and nothing in 1 of 3 frames' in errors


@pytest.mark.parametrize(
    ('options', 'error'),
    [
        (['--task', 'depth'], "a bundle for query, but --task says 'depth'"),
        ([], 'a query needs a phrase'),
        (['--phrase', 'the red thing', '--scene', 'kitchen'], "scene belongs to task 'depth'"),
        (['--phrase', 'the purple thing'], "no word for 'purple'"),
    ],
)
def test_what_does_not_fit_the_model_is_said(
    tmp_path: Path, diffperc: Diffperc, things_bundle: Bundle, options: list[str], error: str
) -> None:
    bag = write_labelled_bag(tmp_path / 'in')

    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', things_bundle.path, *options
    )

    assert status == 1
    assert error in errors
    assert errors.count('\n') == 1


def test_a_scene_is_told_and_noted(tmp_path: Path, diffperc: Diffperc) -> None:
    bundle = write_brightness_bundle(
        tmp_path / 'bundle',
        prompt={'source': 'class_name', 'names': ['kitchen', 'hall'], 'value': 'hall'},
    )
    bag = write_bag(tmp_path / 'in', drive(1))
    model = ['--bundle', bundle.path]

    assert diffperc('replay', bag, '--output', tmp_path / 'out', *model)[0] == 0
    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'no', *model, '--scene', 'kitchen'
    )

    content = json.loads((tmp_path / 'out' / 'run.json').read_text())
    assert content['prompt'] == {'source': 'class_name', 'value': 'hall'}
    assert status == 1
    assert "this bundle's prompt is fixed" in errors


def test_a_missing_bundle_is_named(tmp_path: Path, diffperc: Diffperc) -> None:
    bag = write_bag(tmp_path / 'in', drive(1))

    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', 'nowhere'
    )

    assert status == 1
    assert "no bundle is called 'nowhere'" in errors


@pytest.mark.parametrize('place', [0, 4])
def test_debug_shows_the_trace_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    arguments = ['replay', str(tmp_path / 'x'), '--output', str(tmp_path / 'out')]
    arguments.insert(place, '--debug')
    monkeypatch.setattr(sys, 'argv', ['diffperc', *arguments])

    with pytest.raises(DiffpercError):
        main()


def test_an_unexpected_error_is_one_line_too(
    tmp_path: Path,
    diffperc: Diffperc,
    brightness_bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError('two\nlines')

    monkeypatch.setattr('diffperc_ros.replay.replay.replay', broken)
    bag = write_bag(tmp_path / 'in', drive(1))

    status, _, errors = diffperc(
        'replay', bag, '--output', tmp_path / 'out', '--bundle', brightness_bundle.path
    )

    assert status == 1
    assert errors == 'Error: RuntimeError: two lines (not expected; --debug shows where)\n'


@pytest.mark.parametrize(
    'arguments',
    [[], ['replay'], ['replay', 'x'], ['nonsense'], ['replay', 'x', '--output', 'y', '--wrong']],
)
def test_wrong_usage_has_its_own_status(diffperc: Diffperc, arguments: list[str]) -> None:
    assert diffperc(*arguments)[0] == 2


def test_version(diffperc: Diffperc) -> None:
    assert diffperc('--version')[:2] == (0, f'diffperc {__version__}\n')


def test_help_loads_nothing_heavy() -> None:
    code = (
        'import sys\n'
        'from diffperc_ros.cli.main import app\n'
        "app(args=['--help'], standalone_mode=False)\n"
        "heavy = {'numpy', 'cv2', 'rosbags', 'onnxruntime', 'torch', 'pydantic'}\n"
        'assert not heavy & set(sys.modules), heavy & set(sys.modules)'
    )

    subprocess.run([sys.executable, '-c', code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_keeps_a_valid_bag_of_the_frames_so_far(
    tmp_path: Path, brightness_bundle: Bundle, number: signal.Signals
) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (120, 160, 3), np.uint8)
    messages = [
        Message(COLOUR_TOPIC, IMAGE, stamp(index), packed(pixels, 'rgb8'))
        for index in range(FRAMES)
    ]
    bag, out = write_bag(tmp_path / 'in', messages), tmp_path / 'out'
    command = [sys.executable, '-m', 'diffperc_ros.cli.main', 'replay', bag, '--output', out]
    process = subprocess.Popen(
        [*command, '--bundle', brightness_bundle.path],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, 'PYTHONPATH': str(Path(__file__).parents[2])},
    )
    deadline = time.monotonic() + 120
    while not any(file.stat().st_size > 1 << 18 for file in tmp_path.glob('.out-*/out/*.mcap')):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)

    process.send_signal(number)
    _, errors = process.communicate(timeout=120)

    assert process.returncode == 130, errors
    assert 'interrupted; a valid bag of the frames before' in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ['in', 'out.partial']
    with open_recording(tmp_path / 'out.partial') as recording:
        (topic,) = recording.topics
        assert 0 < topic.count < FRAMES
        assert len(list(recording.depth_images(topic.name))) == topic.count
