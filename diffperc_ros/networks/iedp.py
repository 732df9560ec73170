# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""IEDP (Wang et al., arXiv 2404.07600): backbone, a prompt made of the picture, VPD's heads.

These are the networks that are saved, run and measured: they know the implicit branch alone. In
training a second, explicit prompt made of the labels shares their `perception`; it lives in
training/, which nothing that runs or measures a network may import.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.attention_maps import AttentionMaps, channels_with_maps
from diffperc_ros.networks.backbone import DiffusionBackbone
from diffperc_ros.networks.conditioning.implicit_prompt import ImplicitPrompt
from diffperc_ros.networks.encoders.clip_image import CLIPImageEncoder
from diffperc_ros.networks.heads.semantic_fpn import SemanticFPNHead
from diffperc_ros.networks.heads.vpd_depth import VPDDepthHead
from diffperc_ros.networks.iedp_configuration import IEDPDepthConfig, IEDPSegmentationConfig
from diffperc_ros.networks.padding import pad_to_grid

# One cell of the merged map, in pixels.
_CELL = 32


class DepthPerception(nn.Module):
    """Picture and context to depth, whatever the context was made of."""

    def __init__(self, config: IEDPDepthConfig) -> None:
        super().__init__()
        self.backbone = DiffusionBackbone(config.backbone)
        self.attention_maps = AttentionMaps(self.backbone.unet, config.attention_map_levels)
        self.head = VPDDepthHead(
            config.head,
            channels_with_maps(
                self.backbone.feature_channels, config.prompt.queries, config.attention_map_levels
            ),
        )

    def forward(self, image: Tensor, context: Tensor) -> Tensor:
        """Return depth (B, 1, H, W) in (0, max_depth) metres along the optical axis.

        Cells that hold padding alone are dropped before the decoder, as in VPD.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size.
        context
            (B, N, cross_attention_dim).
        """
        height, width = image.shape[-2:]
        features = self.backbone(pad_to_grid(2 * image - 1), context)
        merged = self.head.aggregation(self.attention_maps.append_to(features))
        depth: Tensor = self.head.decode(merged[..., : -(-height // _CELL), : -(-width // _CELL)])
        return depth[..., :height, :width]


class SegmentationPerception(nn.Module):
    """Picture and context to class logits, whatever the context was made of."""

    def __init__(self, config: IEDPSegmentationConfig) -> None:
        super().__init__()
        self.backbone = DiffusionBackbone(config.backbone)
        self.attention_maps = AttentionMaps(self.backbone.unet, config.attention_map_levels)
        channels = channels_with_maps(
            self.backbone.feature_channels, config.prompt.queries, config.attention_map_levels
        )
        self.head = SemanticFPNHead(config.head, channels, config.classes)

    def forward(self, image: Tensor, context: Tensor) -> Tensor:
        """Return logits (B, classes, H, W) float32.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size.
        context
            (B, N, cross_attention_dim).
        """
        height, width = image.shape[-2:]
        padded = pad_to_grid(2 * image - 1)
        features = self.backbone(padded, context)
        logits = self.head(self.attention_maps.append_to(features)).float()
        full = functional.interpolate(
            logits, size=padded.shape[-2:], mode='bilinear', align_corners=False
        )
        return full[..., :height, :width]


class _ImplicitlyPrompted(nn.Module):
    """A perception that is told what CLIP saw in the picture."""

    def __init__(
        self,
        config: IEDPDepthConfig | IEDPSegmentationConfig,
        perception: DepthPerception | SegmentationPerception,
    ) -> None:
        super().__init__()
        self.config = config
        self.clip_image = CLIPImageEncoder(config.clip_image)
        self.prompt = ImplicitPrompt(
            config.prompt,
            config.clip_image.hidden_size,
            config.backbone.unet.cross_attention_dim,
        )
        self.perception = perception

    def context(self, image: Tensor) -> Tensor:
        """Return the implicit context (B, queries, cross_attention_dim).

        CLIP sees what the U-Net sees, its padding to a multiple of 64 pixels included.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1].
        """
        context: Tensor = self.prompt(self.clip_image(pad_to_grid(2 * image - 1)))
        return context


class IEDPDepth(_ImplicitlyPrompted):
    """Metric depth from one image and nothing else."""

    def __init__(self, config: IEDPDepthConfig) -> None:
        super().__init__(config, DepthPerception(config))

    def forward(self, image: Tensor) -> Tensor:
        """Return depth (B, 1, H, W) in (0, max_depth) metres along the optical axis.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size. It is padded to the U-Net's grid with mid-grey,
            and the depth of the padding is dropped.
        """
        depth: Tensor = self.perception(image, self.context(image))
        return depth


class IEDPSegmentation(_ImplicitlyPrompted):
    """The class of every pixel of one image."""

    def __init__(self, config: IEDPSegmentationConfig) -> None:
        super().__init__(config, SegmentationPerception(config))

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H, W) float32.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size. It is padded to the U-Net's grid with mid-grey,
            and the padding is cut from the answer. Trained and tested on windows of 512x512.
        """
        logits: Tensor = self.perception(image, self.context(image))
        return logits
