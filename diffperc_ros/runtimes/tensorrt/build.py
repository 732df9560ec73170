# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Building an engine once for all who want it, and never in silence."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from diffperc_ros.core.errors import OutputError
from diffperc_ros.runtimes.options import Announce, Cancelled, Notice
from diffperc_ros.runtimes.tensorrt.cache import Engine, EngineSlot
from diffperc_ros.runtimes.tensorrt.child import HEART_BEAT_S, POLL_S, check_time, run_child
from diffperc_ros.runtimes.tensorrt.compile import CompileRequest
from diffperc_ros.runtimes.tensorrt.errors import EngineMissingError
from diffperc_ros.runtimes.tensorrt.key import EngineKey

FREE_SPACE_FACTOR = {'float32': 2, 'float16': 2, 'int8': 8}
"""An engine is about as large as its graph, of one that is widened first four times that, and so
is the widened graph; two such files must fit, or the build is not begun."""
_SCRATCH_PREFIX = '.build-'


def build_engine(
    slot: EngineSlot,
    key: EngineKey,
    request: CompileRequest,
    *,
    timeout_s: float,
    announce: Announce,
    cancelled: Cancelled,
    force: bool = False,
) -> Engine:
    """Build the engine of a key, or wait for another process that builds and take its result.

    One build at a time runs in a cache folder: two would disturb each other's measurements. The
    lock is the operating system's, so it ends with its process; a lock file that a dead one left
    holds nobody up.

    Parameters
    ----------
    slot, key : where the engine is kept and what for.
    request : what is built; its `plan` and `timing_cache` are filled in here.
    timeout_s : longest time, waiting included.
    announce : told before, at least every 5 s meanwhile, and after.
    cancelled : asked several times a second; true ends the build.
    force : build even where an engine is there.

    Raises
    ------
    EngineBuildError : it failed, was killed, was cancelled or took too long; says which and why.
    OutputError : the cache folder cannot be written, or the disk is too full.
    """
    deadline = time.monotonic() + timeout_s
    _check_space(slot.folder, request)
    with _only_builder(slot.folder, deadline, announce, cancelled):
        if not force:
            with contextlib.suppress(EngineMissingError):
                return slot.load(key)
        for left_behind in slot.folder.glob(f'{_SCRATCH_PREFIX}*'):
            shutil.rmtree(left_behind, ignore_errors=True)
        announce(Notice(_expectation(slot, key), percent=0.0))
        begun = time.monotonic()
        timing = slot.timing_cache(key)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH_PREFIX, dir=slot.folder) as scratch:
            plan, measured = Path(scratch) / 'plan', Path(scratch) / 'timing'
            if timing.is_file():
                shutil.copyfile(timing, measured)
            ours = replace(request, plan=str(plan), timing_cache=str(measured))
            run_child(ours, deadline, announce, cancelled)
            engine = slot.store(key, plan, time.monotonic() - begun)
            measured.replace(timing)
    announce(Notice(f'engine built in {engine.seconds:.0f} s: {engine.path}', percent=100.0))
    return engine


def _check_space(folder: Path, request: CompileRequest) -> None:
    """Make the folder; refuse early what would fail after minutes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise OutputError(f'{folder}: cannot be made: {error.strerror}') from error
    graph = Path(request.graph)
    # Data files are named after their graph.
    beside = sum(file.stat().st_size for file in graph.parent.glob(f'{graph.name}*'))
    needed = FREE_SPACE_FACTOR[request.storage_dtype] * beside
    if free < needed:
        raise OutputError(
            f'{folder}: {free >> 20} MiB free, an engine of this graph may need '
            f'{needed >> 20} MiB; make room or choose another '
            'engine_cache_dir'
        )


@contextmanager
def _only_builder(
    folder: Path, deadline: float, announce: Announce, cancelled: Cancelled
) -> Iterator[None]:
    """Hold the lock of a cache folder, waiting aloud for whoever holds it."""
    try:
        lock = FileLock(folder / '.lock')
        reminded: float | None = None
        while not _acquired(lock):
            check_time(deadline, cancelled, 'waiting for another build')
            now = time.monotonic()
            if reminded is None or now - reminded >= HEART_BEAT_S:
                reminded = now
                text = f'another process builds an engine in {folder}; waiting for it'
                announce(Notice(text, percent=0.0))
            time.sleep(POLL_S)
    except OSError as error:
        raise OutputError(f'{folder}: cannot be written: {error.strerror}') from error
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _expectation(slot: EngineSlot, key: EngineKey) -> str:
    last = slot.last_build_seconds()
    how_long = (
        'this takes minutes, on small boards many, and is done once'
        if last is None
        else f'the last one of this model took {last:.0f} s'
    )
    return (
        f'building a TensorRT {key.tensorrt} engine ({key.precision}) of {slot.name} on '
        f'{key.gpu}: {how_long}'
    )
