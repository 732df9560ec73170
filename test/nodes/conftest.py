# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the live tests."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.colour_bundles import write_query_bundle, write_segmentation_bundle
from support.ros import NodeProcess, need, node_command, own_domain, scripted_node_command

from diffperc_ros.bundle.bundle import Bundle

if TYPE_CHECKING:
    from support.ros_peer import Peer

Start = Callable[..., NodeProcess]
QUICK_DIAGNOSTICS = ('-p', 'diagnostic_updater.period:=0.1')


@pytest.fixture(scope='session')
def ros() -> Iterator[None]:
    """ROS in this process, in a domain of its own."""
    rclpy = need('rclpy')
    with own_domain(), tempfile.TemporaryDirectory() as logs:
        os.environ['ROS_LOG_DIR'] = logs
        rclpy.init()
        yield
        rclpy.try_shutdown()


@pytest.fixture
def peer_of(ros: None) -> Iterator[Callable[..., Peer]]:
    """A camera and a listener opposite a node of this name."""
    from support.ros_peer import Peer

    peers: list[Peer] = []

    def make(node_name: str, namespace: str = '') -> Peer:
        peers.append(Peer(namespace, node_name))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()


@pytest.fixture
def peer(peer_of: Callable[..., Peer]) -> Peer:
    """A camera and a listener opposite the depth node."""
    return peer_of('depth_node')


@pytest.fixture(scope='session')
def segmentation_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A tiny segmentation bundle: red, green, blue."""
    return write_segmentation_bundle(tmp_path_factory.mktemp('bundles') / 'colours')


@pytest.fixture(scope='session')
def query_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A tiny query bundle that knows things by their colour."""
    return write_query_bundle(tmp_path_factory.mktemp('bundles') / 'things')


@pytest.fixture
def start(ros: None, tmp_path: Path) -> Iterator[Callable[[list[str]], NodeProcess]]:
    """Start processes; whatever still runs at the end is ended."""
    running: list[NodeProcess] = []

    def start_one(command: list[str]) -> NodeProcess:
        running.append(NodeProcess(command, tmp_path / f'node_{len(running)}.log'))
        return running[-1]

    yield start_one
    for node in running:
        node.end()
        sys.stdout.write(node.output)


@pytest.fixture
def start_node(start: Callable[[list[str]], NodeProcess]) -> Start:
    """Start any node as it is shipped: name, arguments."""

    def start_one(name: str, *arguments: str) -> NodeProcess:
        return start(node_command(name, *arguments, *QUICK_DIAGNOSTICS))

    return start_one


@pytest.fixture(scope='session')
def models(
    brightness_bundle: Bundle, segmentation_bundle: Bundle, query_bundle: Bundle
) -> dict[str, str]:
    """Paths of the tiny bundles by task."""
    return {
        'depth': str(brightness_bundle.path),
        'segmentation': str(segmentation_bundle.path),
        'query': str(query_bundle.path),
    }


@pytest.fixture
def start_depth(start: Callable[[list[str]], NodeProcess], brightness_bundle: Bundle) -> Start:
    """Start the node as it is shipped, with the tiny bundle."""
    model = ('-p', f'model:={brightness_bundle.path}')

    def start_one(*arguments: str) -> NodeProcess:
        return start(node_command('depth_node', *model, *QUICK_DIAGNOSTICS, *arguments))

    return start_one


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a scripted runtime writes what happened to it."""
    path = tmp_path / 'journal'
    path.touch()
    return path


@pytest.fixture
def start_scripted(
    start: Callable[[list[str]], NodeProcess], brightness_bundle: Bundle, journal: Path
) -> Start:
    """Start the node with a scripted runtime; keywords are its script."""
    model = ('-p', f'model:={brightness_bundle.path}')

    def start_one(*arguments: str, **script: object) -> NodeProcess:
        script = {'journal': journal, **script}
        return start(scripted_node_command(script, *model, *QUICK_DIAGNOSTICS, *arguments))

    return start_one
