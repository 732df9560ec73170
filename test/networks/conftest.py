# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks for the tests of this folder."""

from __future__ import annotations

import pytest

from diffperc_ros.networks.configuration import VPDDepthConfig
from networks.small import ENCODERS, small_config


@pytest.fixture(params=sorted(ENCODERS))
def config(request: pytest.FixtureRequest) -> VPDDepthConfig:
    return small_config(request.param)
