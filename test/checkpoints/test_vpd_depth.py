# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from networks.small import small_config
from torch import Tensor

from diffperc_ros.checkpoints.account import CheckpointError
from diffperc_ros.checkpoints.vpd_depth import KNOWN_UNUSED, convert_vpd_depth, published_names
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.vpd import VPDDepth

CONFIG = small_config()
ATTENTION = 'encoder.encoder_vq.encoder.mid.attn_1.q.weight'


def published() -> dict[str, Tensor]:
    state = VPDDepth(CONFIG).state_dict()
    renamed = {theirs: state[ours] for ours, theirs in published_names(CONFIG, state).items()}
    return renamed | {name: torch.zeros(1) for name in KNOWN_UNUSED}


def test_every_key_is_accounted_for() -> None:
    checkpoint = published()
    checkpoint[ATTENTION] = checkpoint[ATTENTION][..., None, None]
    converted = convert_vpd_depth(checkpoint, CONFIG)
    VPDDepth(CONFIG).load_state_dict(converted.state)
    assert {*converted.used, *converted.unused} == checkpoint.keys()
    assert converted.unused == KNOWN_UNUSED


@pytest.mark.parametrize('config', [CONFIG, VPDDepthConfig()])
def test_no_two_tensors_share_a_published_name(config: VPDDepthConfig) -> None:
    with torch.device('meta'):
        names = published_names(config, VPDDepth(config).state_dict())
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'encoder.gamma': None}, r'1 \(encoder\.gamma\) missing, no key unknown'),
        (
            {'encoder.unet.unet.diffusion_model.out.2.bias': torch.zeros(4)},
            r'out\.2\.bias\) unknown',
        ),
        ({'encoder.gamma': torch.zeros(7)}, r'encoder\.gamma has shape \(7,\).*needs \(6,\)'),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Tensor | None], message: str) -> None:
    changed = {name: value for name, value in (published() | change).items() if value is not None}
    with pytest.raises(CheckpointError, match=message):
        convert_vpd_depth(changed, CONFIG)
