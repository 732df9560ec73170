# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD for depth (Zhao et al., ICCV 2023): backbone, class prompt, depth head."""

from __future__ import annotations

from torch import Tensor, nn

from diffperc_ros.networks.backbone import DiffusionBackbone
from diffperc_ros.networks.conditioning.class_prompt import ClassPrompt
from diffperc_ros.networks.configuration import VPDDepthConfig
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
