# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real ROS 2 in tests: nodes as processes, a domain of their own, waiting without sleeping."""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROFILE = REPOSITORY / 'config' / 'fastdds_large_images.xml'
PATIENCE_S = 60.0
# Higher domains use ports that Linux hands out to others.
DOMAINS = range(1, 101)
_FAST_DDS_2 = ('humble', 'iron', 'jazzy')


def need(module: str) -> ModuleType:
    """Import a module of a ROS installation; without it skip, or fail where ROS is required."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        reason = f'no ROS 2 here ({module}: {str(error).splitlines()[0]})'
        if os.environ.get('REQUIRE_ROS') == '1':
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason, allow_module_level=True)


@contextlib.contextmanager
def own_domain() -> Iterator[int]:
    """Take a ROS domain that no other run on this machine has, and keep to this machine."""
    for domain in DOMAINS:
        path = Path(tempfile.gettempdir()) / f'diffperc_ros_domain_{domain}.lock'
        with path.open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            os.environ.update(
                ROS_DOMAIN_ID=str(domain),
                ROS_AUTOMATIC_DISCOVERY_RANGE='LOCALHOST',
                RCUTILS_COLORIZED_OUTPUT='0',
            )
            if os.environ.get('ROS_DISTRO') == 'humble':
                os.environ['ROS_LOCALHOST_ONLY'] = '1'
            os.environ[_profile_variable()] = str(PROFILE)
            yield domain
            return
    raise RuntimeError('every ROS domain is taken; are tests left running?')


def _profile_variable() -> str:
    """Return the name that Fast DDS reads its profile from; version 3 warns of the older one."""
    older = importlib.util.find_spec('fastrtps') or os.environ.get('ROS_DISTRO') in _FAST_DDS_2
    return f'{"FASTRTPS" if older else "FASTDDS"}_DEFAULT_PROFILES_FILE'


class NodeProcess:
    """A node that runs as a process of its own, its output in a file."""

    def __init__(self, command: list[str], log: Path) -> None:
        self.log = log
        # What the node keeps for the next start is no business of the next test.
        cache = {'XDG_CACHE_HOME': str(log.with_suffix('.cache'))}
        environment = {**os.environ, **cache, 'PYTHONUNBUFFERED': '1'}
        paths = [str(REPOSITORY), str(REPOSITORY / 'test'), environment.get('PYTHONPATH', '')]
        environment['PYTHONPATH'] = os.pathsep.join(path for path in paths if path)
        with log.open('w') as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All that the node has written so far."""
        return self.log.read_text()

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> float:
        """Send a signal and return the seconds until the process was gone."""
        start = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        return time.monotonic() - start

    def end(self) -> None:
        """End the process; politely, for the others miss its DDS participant for seconds."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.is_running:
                self.process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)


def wait_until(
    condition: Callable[[], Any],
    what: str,
    step: Callable[[], None] = lambda: time.sleep(0.01),
    patience_s: float = PATIENCE_S,
) -> Any:
    """Return the first true value of `condition`; fail saying `what` did not happen in time."""
    end = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f'not within {patience_s:.0f} s: {what}')
        step()


def node_command(name: str, *arguments: str) -> list[str]:
    """Return the command line of a node as it is shipped, such as 'depth_node'."""
    return [sys.executable, '-m', f'diffperc_ros.nodes.{name}', '--ros-args', *arguments]


def scripted_node_command(script: dict[str, Any], *arguments: str) -> list[str]:
    """Return the command line of a node with a scripted runtime; see `scripted_node.py`."""
    path = Path(__file__).with_name('scripted_node.py')
    options = [f'--{name.replace("_", "-")}={value}' for name, value in script.items()]
    return [sys.executable, str(path), *options, '--ros-args', *arguments]
