# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import onnx_ir as ir
import pytest
from support.every_network import exported, make_graph, make_samples

from diffperc_ros.bundle.golden import GoldenSample


@pytest.fixture
def model() -> ir.Model:
    """Return VPD's depth graph, which a test may change."""
    return ir.load(exported('vpd_depth'))


@pytest.fixture(scope='module')
def sample() -> GoldenSample:
    """Return a picture and what the network says of it."""
    return make_samples(make_graph('vpd_depth'))[0]
