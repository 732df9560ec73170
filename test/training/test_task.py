# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from diffperc_ros.networks.factory import build, save
from diffperc_ros.networks.unet import embed_timestep, extract_features
from diffperc_ros.networks.vpd import VPDReferring
from diffperc_ros.training.task import start_from
from training.tiny import QUERY

LEVELS = (False, True, False, False)


@torch.inference_mode()
def test_levels_that_attend_anew_change_nothing_at_first(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet = replace(QUERY.network.backbone.unet, attention_levels=LEVELS)
    fewer = replace(
        QUERY.network,
        backbone=replace(QUERY.network.backbone, unet=unet),
        attention_map_levels=(1,),
    )
    more = replace(
        fewer,
        backbone=replace(fewer.backbone, unet=replace(unet, attention_levels=(True, *LEVELS[1:]))),
    )
    before, after = build(fewer).eval(), build(more).eval()
    save(before, tmp_path / 'before.safetensors')
    start_from(after, tmp_path / 'before.safetensors')
    answers = []
    for network in (before, after):
        assert isinstance(network, VPDReferring)
        unet_ = network.backbone.unet
        torch.manual_seed(1)
        latent = torch.randn(1, network.backbone.unet.config.in_channels, 8, 8)
        context = torch.randn(1, 12, unet.cross_attention_dim)
        embedded = embed_timestep(unet_, network.backbone.timestep, like=latent)
        answers.append(extract_features(unet_, latent, embedded, context, network.backbone.taps))
    for old, new in zip(*answers, strict=True):
        torch.testing.assert_close(new, old)
