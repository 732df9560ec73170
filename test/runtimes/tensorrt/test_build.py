# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Builds that take their time: progress, other builders, ends that come early."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diffperc_ros.core.errors import OutputError
from diffperc_ros.runtimes.options import EngineOptions
from diffperc_ros.runtimes.select import open_runtime
from diffperc_ros.runtimes.tensorrt import build, child
from diffperc_ros.runtimes.tensorrt.errors import EngineBuildError


def children() -> list[int]:
    """Return the processes that this one has started and that still run."""
    task = Path(f'/proc/self/task/{os.getpid()}/children')
    return [int(number) for number in task.read_text().split()]


def test_progress_is_told_while_it_lasts(
    desk: Any, fake_tensorrt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, 'HEART_BEAT_S', 0.2)
    fake_tensorrt(seconds=2.0)
    desk.open()
    beats = [notice for notice in desk.notices if notice.text.startswith('building for')]
    assert len(beats) >= 5
    percents = [notice.percent for notice in beats if notice.percent is not None]
    assert percents == sorted(percents)
    assert 0 < percents[-1] <= 100
    assert 'Building engine' in beats[-1].text
    (built,) = [notice for notice in desk.notices if notice.text.startswith('engine built')]
    assert built.percent == 100.0
    # The next build of this model knows how long it takes.
    desk.open(engine_policy='force_rebuild')
    assert 'the last one of this model took' in desk.said


def test_without_a_progress_monitor_time_is_told(
    desk: Any, fake_tensorrt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, 'HEART_BEAT_S', 0.2)
    fake_tensorrt(seconds=1.0, progress=False, typed=False, version='8.6.1')
    with pytest.raises(Exception, match='opset 17 or older'):
        desk.open()
    fake_tensorrt(seconds=1.0, progress=False)
    desk.open()
    beats = [notice for notice in desk.notices if notice.text.startswith('building for')]
    assert len(beats) >= 2
    assert all(notice.percent is None for notice in beats)


def test_two_builders_at_once_make_one_engine(
    desk: Any, fake_tensorrt: Any, tmp_path: Any
) -> None:
    journal = tmp_path / 'journal'
    fake_tensorrt(seconds=1.0, journal=str(journal))
    said: list[str] = []
    sources: list[str] = []

    def open_it() -> None:
        options = EngineOptions(backend='tensorrt', engine_cache_dir=desk.cache)
        runtime = open_runtime(desk.bundle, options, announce=lambda note: said.append(note.text))
        sources.append(runtime.choice.engine_source)

    threads = [threading.Thread(target=open_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sources) == ['built', 'cache']
    assert len(journal.read_text().splitlines()) == 1
    assert any('another process builds an engine' in text for text in said)


def test_a_lock_file_that_a_dead_builder_left_holds_nobody_up(desk: Any) -> None:
    engines = desk.cache / 'engines'
    engines.mkdir(parents=True)
    (engines / '.lock').touch()
    (engines / '.build-dead').mkdir()
    (engines / '.build-dead' / 'plan').write_bytes(b'half an engine')
    assert desk.open().choice.engine_source == 'built'
    assert not desk.rubbish


@pytest.mark.parametrize('how', ['cancelled', 'timeout'])
def test_a_build_can_be_ended(
    desk: Any, fake_tensorrt: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    fake_tensorrt(seconds=60.0)
    others = children()
    start = time.monotonic()
    options = EngineOptions(backend='tensorrt', engine_cache_dir=desk.cache)
    if how == 'timeout':
        real = time.monotonic
        clock = SimpleNamespace(monotonic=lambda: start + 2000 * (real() - start))
        monkeypatch.setattr(child, 'time', clock)
    with pytest.raises(EngineBuildError, match='cancelled' if how == 'cancelled' else 'longer'):
        open_runtime(
            desk.bundle,
            options,
            cancelled=lambda: how == 'cancelled' and time.monotonic() > start + 0.5,
        )
    assert time.monotonic() - start < 20
    assert children() == others
    assert not desk.rubbish


def test_nothing_is_left_of_a_builder_whose_parent_is_killed(
    desk: Any, fake_tensorrt: Any
) -> None:
    fake_tensorrt(seconds=60.0)
    script = (
        'import sys, json; from pathlib import Path\n'
        'from diffperc_ros.bundle.bundle import open_bundle\n'
        'from diffperc_ros.runtimes import rungs, select\n'
        'from diffperc_ros.runtimes.tensorrt.driver import Gpu\n'
        "select.find_gpu = rungs.find_gpu = lambda: Gpu('Orin', '8.7', '12.6', 8192)\n"
        'from diffperc_ros.runtimes.select import open_runtime\n'
        f'open_runtime(open_bundle(Path({str(desk.bundle.path)!r})), backend="tensorrt",'
        f' engine_cache_dir=Path({str(desk.cache)!r}))\n'
    )
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, '-c', script], env=environment)
    listing = Path(f'/proc/{parent.pid}/task/{parent.pid}/children')
    builder = _wait_for(lambda: _builder_of(listing))
    _wait_for(lambda: list((desk.cache / 'engines').glob('.build-*')))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _wait_for(lambda: not Path(f'/proc/{builder}').exists() or _is_zombie(builder))
    # And the next one cleans up after it.
    fake_tensorrt()
    desk.open()
    assert not desk.rubbish


def test_a_builder_killed_at_any_moment_leaves_no_poison(desk: Any, fake_tensorrt: Any) -> None:
    fake_tensorrt(seconds=0.5)
    desk.open().close()
    random = np.random.default_rng(0)
    outcomes = []
    for delay in random.uniform(0.0, 2.0, 8):
        killer = threading.Timer(delay, _kill_children)
        killer.start()
        try:
            outcomes.append(desk.open(engine_policy='force_rebuild').choice.engine_source)
        except EngineBuildError as error:
            outcomes.append(str(error))
        killer.join()
        assert not desk.rubbish
        assert desk.open(engine_policy='require_prebuilt').choice.self_test_passed
    assert any('was killed' in outcome for outcome in outcomes)


def test_a_disk_without_room_is_told_before_the_build(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.shutil, 'disk_usage', lambda _: SimpleNamespace(free=10))
    with pytest.raises(OutputError, match=r'0 MiB free.*make room or choose another'):
        desk.open()


def test_a_cache_that_cannot_be_made_is_told(desk: Any, tmp_path: Any) -> None:
    (tmp_path / 'file').touch()
    desk.cache = tmp_path / 'file'
    with pytest.raises(OutputError, match='cannot be made'):
        desk.open()


def test_the_timing_cache_goes_from_build_to_build(desk: Any, fake_tensorrt: Any) -> None:
    desk.open()
    (timing,) = (desk.cache / 'engines').glob('*.timing')
    assert timing.read_bytes() == b'measured '
    desk.open(engine_policy='force_rebuild')
    assert timing.read_bytes() == b'measured measured '
    timing.write_bytes(b'of another version')
    desk.open(engine_policy='force_rebuild')
    assert timing.read_bytes() == b'measured '


@pytest.mark.parametrize(
    ('typed', 'version', 'dtype', 'flags'),
    [
        (True, '10.9.0.34', 'float32', []),
        (True, '10.9.0.34', 'float16', ['TF32']),
        (False, '8.6.1.6', 'float32', []),
        (False, '8.6.1.6', 'float16', ['FP16', 'TF32']),
    ],
)
def test_precision_is_said_as_each_version_understands_it(
    fake_tensorrt: Any,
    golden_bundle: Any,
    tmp_path: Path,
    typed: bool,
    version: str,
    dtype: str,
    flags: list[str],
) -> None:
    journal = tmp_path / 'journal'
    fake_tensorrt(typed=typed, version=version, journal=str(journal))
    from diffperc_ros.runtimes.tensorrt.compile import CompileRequest, compile_graph
    from diffperc_ros.runtimes.tensorrt.library import import_tensorrt

    request = CompileRequest(
        str(golden_bundle.path / 'depth.onnx'),
        dtype,
        str(tmp_path / 'plan'),
        str(tmp_path / 'timing'),
        64,
    )
    compile_graph(import_tensorrt(), request, lambda message: None)
    assert journal.read_text() == f'{flags} {64 << 20}\n'


def _kill_children() -> None:
    for child_process in children():
        os.kill(child_process, signal.SIGKILL)


def _builder_of(listing: Path) -> int | None:
    text = listing.read_text().split()
    return int(text[0]) if text else None


def _is_zombie(process: int) -> bool:
    try:
        return Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True


def _wait_for(condition: Any, seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError('waited in vain')
