# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The classes of the default network at the smallest width that runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diffperc_ros.networks.configuration import (
    AutoencoderKLConfig,
    BackboneConfig,
    ClassPromptConfig,
    UNetConfig,
    VPDDepthConfig,
    VPDDepthHeadConfig,
)

TINY = VPDDepthConfig(
    backbone=BackboneConfig(
        encoder=AutoencoderKLConfig(
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
            frozen=False,
        ),
        unet=UNetConfig(
            in_channels=4,
            block_out_channels=(16, 16, 16, 16),
            layers_per_block=1,
            attention_levels=(False, True, True, False),
            attention_heads=2,
            cross_attention_dim=8,
            norm_num_groups=4,
        ),
        taps=(1, 1, 1, 1),
    ),
    prompt=ClassPromptConfig(classes=5),
    head=VPDDepthHeadConfig(
        aggregated_channels=16,
        norm_num_groups=4,
        deconvolution_channels=(8, 8, 8),
        decoder_channels=8,
        max_depth=20.0,
        init_std=0.1,
    ),
)


def write_shard(
    folder: Path, number: int, pictures: int = 8, size: tuple[int, int] = (96, 72)
) -> None:
    """Write a shard of made-up pictures: nearer is darker, the focal length is the width."""
    width, height = size
    random = np.random.default_rng(number)
    shard = folder / f'shard-{number:05d}'
    shard.mkdir(parents=True)
    metres = random.uniform(0.5, 4.0, (pictures, 1, 1)) * np.linspace(1.5, 0.7, height)[:, None]
    depth = np.broadcast_to(metres, (pictures, height, width))
    grey = np.clip(depth * 40, 0, 255).astype(np.uint8)
    np.save(shard / 'colour.npy', np.repeat(grey[..., None], 3, axis=3))
    np.save(shard / 'depth.npy', np.rint(depth * 1000).astype(np.uint16))
    np.save(shard / 'focal.npy', np.full(pictures, width, np.float32))
    np.save(shard / 'kind.npy', np.arange(pictures) % 5)
