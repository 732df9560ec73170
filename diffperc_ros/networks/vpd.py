# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD (Zhao et al., ICCV 2023): backbone, text prompt, and for each task its head."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.attention_maps import AttentionMaps, channels_with_maps
from diffperc_ros.networks.backbone import DiffusionBackbone
from diffperc_ros.networks.conditioning.class_prompt import ClassPrompt
from diffperc_ros.networks.conditioning.label_prompt import LabelPrompt
from diffperc_ros.networks.conditioning.sentence_prompt import SentencePrompt
from diffperc_ros.networks.configuration import (
    VPDDepthConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.heads.referring import ReferringHead
from diffperc_ros.networks.heads.semantic_fpn import SemanticFPNHead
from diffperc_ros.networks.heads.vpd_depth import VPDDepthHead
from diffperc_ros.networks.padding import pad_to_grid

# One cell of the merged map, in pixels.
_CELL = 32


class VPDDepth(nn.Module):
    """Metric depth from one image and, where it is known, the class of the scene."""

    def __init__(self, config: VPDDepthConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = DiffusionBackbone(config.backbone)
        self.prompt = ClassPrompt(config.prompt, config.backbone.unet.cross_attention_dim)
        self.head = VPDDepthHead(config.head, self.backbone.feature_channels)

    def forward(self, image: Tensor, class_ids: Tensor | None = None) -> Tensor:
        """Return depth (B, 1, H, W) in (0, max_depth) metres along the optical axis.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size. It is padded to the U-Net's grid; cells that
            hold padding alone are dropped before the decoder and the remaining pixels after it,
            which for the published 480x480, 352x352 and 512x512 is the published forward.
        class_ids
            int64 (B,) scene classes; None where they are unknown.
        """
        height, width = image.shape[-2:]
        padded = pad_to_grid(2 * image - 1)
        features = self.backbone(padded, self.prompt(class_ids, batch=image.shape[0]))
        merged = self.head.aggregation(features)[..., : -(-height // _CELL), : -(-width // _CELL)]
        depth: Tensor = self.head.decode(merged)
        return depth[..., :height, :width]


class VPDSegmentation(nn.Module):
    """The class of every pixel of one image."""

    def __init__(self, config: VPDSegmentationConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = DiffusionBackbone(config.backbone)
        self.attention_maps = AttentionMaps(self.backbone.unet, config.attention_map_levels)
        self.prompt = LabelPrompt(config.prompt, config.backbone.unet.cross_attention_dim)
        channels = channels_with_maps(
            self.backbone.feature_channels, config.prompt.classes, config.attention_map_levels
        )
        self.head = SemanticFPNHead(config.head, channels, config.prompt.classes)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H, W) float32.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size; it is padded to the U-Net's grid, and the
            padding is cut from the answer. Published windows are 512x512.
        """
        height, width = image.shape[-2:]
        padded = pad_to_grid(2 * image - 1)
        features = self.backbone(padded, self.prompt(batch=image.shape[0]))
        logits = self.head(self.attention_maps.append_to(features)).float()
        full = functional.interpolate(
            logits, size=padded.shape[-2:], mode='bilinear', align_corners=False
        )
        return full[..., :height, :width]


class VPDReferring(nn.Module):
    """The object that a sentence speaks of, in one image."""

    def __init__(self, config: VPDReferringConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = DiffusionBackbone(config.backbone)
        self.attention_maps = AttentionMaps(self.backbone.unet, config.attention_map_levels)
        self.prompt = SentencePrompt(config.prompt, config.backbone.unet.cross_attention_dim)
        channels = channels_with_maps(
            self.backbone.feature_channels, config.prompt.tokens, config.attention_map_levels
        )
        self.head = ReferringHead(config.head, channels)

    def forward(self, image: Tensor, sentence: Tensor) -> Tensor:
        """Return logits (B, 2, H, W) float32: background, object.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size; it is padded to the U-Net's grid, and the
            padding is cut from the answer. Published: stretched to 512x512.
        sentence
            Token features (B, tokens, dim) as `embed_sentences` makes them.

        Raises
        ------
        SettingError
            When the sentence has another number of tokens than the network was made for.
        """
        height, width = image.shape[-2:]
        padded = pad_to_grid(2 * image - 1)
        features = self.backbone(padded, self.prompt(sentence))
        logits = self.head(self.attention_maps.append_to(features)).float()
        full = functional.interpolate(
            logits, size=padded.shape[-2:], mode='bilinear', align_corners=True
        )
        return full[..., :height, :width]
