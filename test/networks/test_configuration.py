# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.configuration import (
    AutoencoderKLConfig,
    BackboneConfig,
    EfficientNetLiteConfig,
    UNetConfig,
)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: UNetConfig(attention_levels=(True, False)), 'attention_levels has 2'),
        (lambda: UNetConfig(block_out_channels=(48, 64, 80, 80)), '48 is not a multiple'),
        (lambda: UNetConfig(block_out_channels=(32, 64, 96, 96), attention_heads=5), 'heads'),
        (lambda: BackboneConfig(encoder=EfficientNetLiteConfig(64)), '64 latent channels'),
        (lambda: BackboneConfig(taps=(1, 1, 1)), 'taps'),
        (lambda: BackboneConfig(taps=(3, 1, 1, 1)), 'taps'),
    ],
)
def test_what_cannot_be_built_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make()


def test_defaults_are_stable_diffusion() -> None:
    backbone = BackboneConfig()
    assert backbone.encoder == AutoencoderKLConfig()
    assert backbone.unet.block_out_channels == (320, 640, 1280, 1280)
    assert (backbone.timestep, backbone.latent_scale) == (1, 1.0)
