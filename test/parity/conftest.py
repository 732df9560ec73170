# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run every parity test on every fixture folder under --parity-root."""

from __future__ import annotations

import pytest

from diffperc_ros.networks.vpd import VPDDepth, VPDReferring, VPDSegmentation
from parity.reference import Reference, vpd_depth_folders
from parity.segmentation import (
    referring_network,
    segmentation_network,
    vpd_refer_folders,
    vpd_semseg_folders,
)

FOLDERS = {
    'vpd_depth': vpd_depth_folders,
    'vpd_semseg': vpd_semseg_folders,
    'vpd_refer': vpd_refer_folders,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in FOLDERS.keys() & set(metafunc.fixturenames):
        folders = FOLDERS[name](metafunc.config.getoption('--parity-root'))
        metafunc.parametrize(
            name,
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


@pytest.fixture(scope='session')
def vpd_semseg(request: pytest.FixtureRequest) -> Reference:
    """A folder of reference values of VPD semantic segmentation."""
    reference: Reference = request.param
    return reference


@pytest.fixture
def vpd_semseg_network(vpd_semseg: Reference) -> VPDSegmentation:
    """The reference's network; fresh for every test."""
    return segmentation_network(vpd_semseg)


@pytest.fixture(scope='session')
def vpd_refer(request: pytest.FixtureRequest) -> Reference:
    """A folder of reference values of VPD referring segmentation."""
    reference: Reference = request.param
    return reference


@pytest.fixture
def vpd_refer_network(vpd_refer: Reference) -> VPDReferring:
    """The reference's network; fresh for every test."""
    return referring_network(vpd_refer)
