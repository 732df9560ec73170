# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Options and fixtures of the whole suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from support.bundles import write_brightness_bundle
from support.colour_bundles import write_query_bundle, write_segmentation_bundle

from diffperc_ros.bundle.bundle import Bundle

# How long an example takes says more of the machine than of the law. What CI finds, everybody
# must be able to find again.
hypothesis.settings.register_profile('suite', deadline=None, derandomize='CI' in os.environ)
hypothesis.settings.load_profile('suite')


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        '--parity-root',
        type=Path,
        default=Path(__file__).parent / 'parity' / 'fixtures',
        help='folder of reference fixtures to run the parity tests on',
    )


SHARES_EXPORTS = ('test_every_network.py', 'test_compile_networks.py')
"""Files that take minutes to make the same graphs, which live as long as a process."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep what shares fixtures in one process, where several run the suite (pytest-xdist)."""
    group = 'exports' if item.path.name in SHARES_EXPORTS else item.nodeid.partition('::')[0]
    item.add_marker(pytest.mark.xdist_group(group))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what NVIDIA's compiler took, by name."""
    lines = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, 'user_properties', ())
        if name == 'compiled' and getattr(report, 'when', '') == 'call'
    ]
    if lines:
        terminalreporter.section('compiled by TensorRT-RTX')
        for line in lines:
            terminalreporter.write_line(str(line))


@pytest.fixture(scope='session', autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is remembered of engines out of the tester's home; child processes inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.fixture(scope='session')
def brightness_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A tiny depth bundle whose answer can be worked out by hand."""
    return write_brightness_bundle(tmp_path_factory.mktemp('bundles') / 'brightness')


@pytest.fixture(scope='session')
def colours_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A tiny segmentation bundle whose answer can be worked out by hand."""
    return write_segmentation_bundle(tmp_path_factory.mktemp('bundles') / 'colours')


@pytest.fixture(scope='session')
def things_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A tiny query bundle whose answer can be worked out by hand."""
    return write_query_bundle(tmp_path_factory.mktemp('bundles') / 'things')
