# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The builder's process: started, listened to, ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, Any

from diffperc_ros.runtimes.errors import speaks_of_memory
from diffperc_ros.runtimes.options import Announce, Cancelled, Notice
from diffperc_ros.runtimes.tensorrt.compile import CompileRequest
from diffperc_ros.runtimes.tensorrt.errors import BuildCancelledError, EngineBuildError

HEART_BEAT_S = 5.0
"""Longest silence during a build."""
POLL_S = 0.1
STDERR_SHOWN = 300

_MODULE = 'diffperc_ros.runtimes.tensorrt.compile'
_MEMORY_ADVICE = (
    'Close what else uses the GPU or the memory (on a small board the desktop), add swap, or '
    'limit the engine with engine_workspace_mib (a command: --workspace)'
)


def run_child(
    request: CompileRequest, deadline: float, announce: Announce, cancelled: Cancelled
) -> None:
    """Build in a process of its own; return when the engine is written.

    Parameters
    ----------
    deadline : of the steady clock.
    announce : told at least every 5 s how far it is.
    cancelled : asked several times a second; true kills the process.

    Raises
    ------
    EngineBuildError : it failed, was killed, was cancelled or took too long. No process is left.
    """
    # The child imports what we would, wherever it was found.
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))}
    with tempfile.TemporaryFile() as stderr:
        child = subprocess.Popen(
            [sys.executable, '-m', _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            text=True,
            # Ctrl-C at a terminal is ours to answer.
            start_new_session=True,
        )
        # Leaving this waits for the child and closes its pipes.
        with child:
            try:
                _follow(child, request, deadline, announce, cancelled)
            except BaseException:
                child.kill()
                raise
        if child.returncode != 0:
            stderr.seek(0)
            words = stderr.read().decode(errors='replace').split()
            raise EngineBuildError(_how_it_ended(child.returncode, ' '.join(words)))


def check_time(deadline: float, cancelled: Cancelled, what: str) -> None:
    """Raise BuildCancelledError where it was cancelled, EngineBuildError where time is over."""
    if cancelled():
        raise BuildCancelledError(f'{what} was cancelled')
    if time.monotonic() > deadline:
        raise EngineBuildError(f'{what} took longer than engine_build_timeout_s allows; raise it')


def _follow(
    child: subprocess.Popen[str],
    request: CompileRequest,
    deadline: float,
    announce: Announce,
    cancelled: Cancelled,
) -> None:
    """Announce what the child tells, and that it still runs when it tells nothing."""
    messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_read, args=(child.stdout, messages), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):  # It died; how, its exit status tells.
        _send(child.stdin, request)
    begun = told = time.monotonic()
    percent: float | None = None
    phase = ''
    while True:
        check_time(deadline, cancelled, 'the build')
        try:
            message = messages.get(timeout=POLL_S)
        except queue.Empty:
            message = {}
        if message is None:
            return
        if 'error' in message:
            raise EngineBuildError(_explained(message['error']))
        if 'progress' in message:
            # A phase that ends inside another may take the share a little back.
            percent = max(percent or 0.0, 100 * float(message['progress']))
            phase = str(message['phase'])
        now = time.monotonic()
        if now - told >= HEART_BEAT_S:
            told = now
            share = '' if percent is None else f', {percent:.0f} % of the steps done: {phase}'
            announce(Notice(f'building for {now - begun:.0f} s{share}', percent=percent))


def _send(stream: IO[str] | None, request: CompileRequest) -> None:
    if stream is not None:
        with stream:
            stream.write(request.to_json())


def _read(stream: IO[str] | None, messages: queue.Queue[dict[str, Any] | None]) -> None:
    for line in stream or ():
        messages.put(json.loads(line))
    messages.put(None)


def _explained(error: str) -> str:
    return f'{error}. {_MEMORY_ADVICE}' if speaks_of_memory(error) else error


def _how_it_ended(status: int, stderr: str) -> str:
    if status == -signal.SIGKILL:
        return f'the build was killed, most likely because memory ran out. {_MEMORY_ADVICE}'
    how = f'died of {signal.Signals(-status).name}' if status < 0 else f'ended with {status}'
    return f'the build {how}: {stderr[-STDERR_SHOWN:] or "it left no message"}'
