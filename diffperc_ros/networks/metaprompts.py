# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MetaPrompts (Wan et al., arXiv 2312.14733): refining backbone, learned prompts, a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.conditioning.meta_prompts import AdaptedPrompts, rearrange
from diffperc_ros.networks.heads.metaprompts_depth import FeatureFusion, MetaPromptsDepthDecoder
from diffperc_ros.networks.heads.normalised_convolution import normalised_convolution
from diffperc_ros.networks.heads.upernet import AuxiliaryHead, UPerNetHead
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsSegmentationConfig,
)
from diffperc_ros.networks.padding import GRID, pad_to_grid
from diffperc_ros.networks.refinement import RefiningBackbone

# One cell of the latent, in pixels.
_CELL = 8


class MetaPromptsDepth(nn.Module):
    """Metric depth from one image: the four features are fused, then re-arranged once."""

    def __init__(self, config: MetaPromptsDepthConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.backbone.unet.cross_attention_dim
        self.backbone = RefiningBackbone(config.backbone)
        self.prompts = AdaptedPrompts(config.backbone.steps, config.prompts, dim)
        self.fusion = FeatureFusion(config.head, self.backbone.feature_channels, dim)
        self.head = MetaPromptsDepthDecoder(config.head, config.prompts)

    def forward(self, image: Tensor) -> Tensor:
        """Return depth (B, 1, H, W) in (0, max_depth) metres along the optical axis.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size. It is padded to a multiple of 8 pixels with
            mid-grey, and the depth of the padding is dropped.
        """
        height, width = image.shape[-2:]
        padded = pad_to_grid(2 * image - 1, _CELL)
        return self._depth(padded)[..., :height, :width]

    def forward_as_published(self, image: Tensor) -> Tensor:
        """Return depth (B, 1, 8 * (H // 8), 8 * (W // 8)) as the published code does.

        The same as `forward` where H and W are multiples of 8. Elsewhere the whole image is
        squeezed into the smaller map, so pixels of depth and image do not correspond.
        """
        return self._depth(2 * image - 1)

    def _depth(self, image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        cells = self.config.extra_cells
        size = ((height // GRID + cells) * GRID, (width // GRID + cells) * GRID)
        prompts = self.prompts()
        features = self.backbone(_resize(image, size), prompts)
        maps = rearrange(self.fusion(features), prompts[-1])
        depth: Tensor = self.head(_resize(maps, (height // _CELL, width // _CELL)))
        return depth


class MetaPromptsSegmentation(nn.Module):
    """The class of every pixel of one image: each scale is re-arranged, then UPerNet's head."""

    def __init__(self, config: MetaPromptsSegmentationConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.backbone.unet.cross_attention_dim
        self.backbone = RefiningBackbone(config.backbone)
        self.prompts = nn.Parameter(torch.randn(config.prompts, dim))
        self.projections = nn.ModuleList(
            normalised_convolution(channels, dim, config.norm_num_groups)
            for channels in self.backbone.feature_channels
        )
        self.head = UPerNetHead(config.head, config.prompts, config.classes)
        self.auxiliary_head = AuxiliaryHead(config.head, config.prompts, config.classes)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H, W) float32.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size. It is padded to a multiple of 64 pixels with
            mid-grey, and the padding is cut from the answer.
        """
        height, width = image.shape[-2:]
        padded = pad_to_grid(2 * image - 1)
        logits = self.head(self._maps(padded)).float()
        return _resize(logits, tuple(padded.shape[-2:]))[..., :height, :width]

    def forward_as_published(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H, W) float32 as the published code does.

        The same as `forward` where H and W are multiples of 64. Elsewhere the image is not padded
        but its maps are stretched to the U-Net's grid, so classes and pixels are slightly shifted.
        """
        return _resize(self.head(self._maps(2 * image - 1)).float(), tuple(image.shape[-2:]))

    def forward_training(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the head and of the auxiliary head, each (B, classes, H, W)."""
        size = tuple(image.shape[-2:])
        maps = self._maps(2 * image - 1)
        auxiliary = self.auxiliary_head(maps[self.config.auxiliary_level])
        return _resize(self.head(maps).float(), size), _resize(auxiliary.float(), size)

    def _maps(self, image: Tensor) -> list[Tensor]:
        features = self.backbone(image, [self.prompts] * self.config.backbone.steps)
        return [
            rearrange(projection(_double(feature)), self.prompts)
            for projection, feature in zip(self.projections, features, strict=True)
        ]


def _double(feature: Tensor) -> Tensor:
    return functional.interpolate(feature, scale_factor=2.0, mode='bilinear', align_corners=False)


def _resize(image: Tensor, size: tuple[int, ...]) -> Tensor:
    """Resize bilinearly without antialiasing, downwards too (the published rule)."""
    return functional.interpolate(image, size=size, mode='bilinear', align_corners=False)
