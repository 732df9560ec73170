# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run every parity test on every fixture folder under --parity-root."""

from __future__ import annotations

import pytest

from diffperc_ros.networks.vpd import VPDDepth
from parity.reference import Reference, vpd_depth_folders


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if 'vpd_depth' in metafunc.fixturenames:
        folders = vpd_depth_folders(metafunc.config.getoption('--parity-root'))
        metafunc.parametrize(
            'vpd_depth',
            [Reference(folder) for folder in folders],
            ids=[folder.name for folder in folders],
            indirect=True,
            scope='session',
        )


@pytest.fixture(scope='session')
def vpd_depth(request: pytest.FixtureRequest) -> Reference:
    """A folder of reference values of VPD depth."""
    reference: Reference = request.param
    return reference


@pytest.fixture
def vpd_depth_network(vpd_depth: Reference) -> VPDDepth:
    """The reference's network; fresh for every test, because training moves its statistics."""
    return vpd_depth.network()
