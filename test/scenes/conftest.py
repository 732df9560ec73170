# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pytest

from diffperc_ros.scenes.render import Assets, load_assets


@pytest.fixture(scope='session')
def assets() -> Assets:
    """Two textures of every family and no furniture: what any machine can make."""
    return load_assets(None, per_family=2)
