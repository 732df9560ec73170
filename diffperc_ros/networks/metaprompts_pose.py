# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Human pose on MetaPrompts' features: fused, re-arranged once, then heat maps.

The paper reports pose but nothing of it was published, so this composition is ours and no figure
of it is the paper's.
"""

from __future__ import annotations

from torch import Tensor, nn

from diffperc_ros.networks.conditioning.meta_prompts import AdaptedPrompts, rearrange
from diffperc_ros.networks.heads.heatmap import HeatmapHead
from diffperc_ros.networks.heads.metaprompts_depth import FeatureFusion
from diffperc_ros.networks.metaprompts_configuration import MetaPromptsPoseConfig
from diffperc_ros.networks.padding import pad_to_grid
from diffperc_ros.networks.refinement import RefiningBackbone

# One cell of the re-arranged maps, in pixels.
_CELL = 8


class MetaPromptsPose(nn.Module):
    """Heat maps of one person's keypoints from a picture cut around that person.

    Attributes
    ----------
    stride
        Side of one cell of the heat maps, pixels. Cell i's centre is at stride * (i + 0.5) - 0.5.
    """

    def __init__(self, config: MetaPromptsPoseConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.backbone.unet.cross_attention_dim
        self.backbone = RefiningBackbone(config.backbone)
        self.prompts = AdaptedPrompts(config.backbone.steps, config.prompts, dim)
        self.fusion = FeatureFusion(config.head, self.backbone.feature_channels, dim)
        self.head = HeatmapHead(config.head, config.prompts, config.keypoints)
        self.stride = _CELL >> len(config.head.deconvolution_channels)

    def forward(self, image: Tensor) -> Tensor:
        """Return heat maps (B, keypoints, ceil(H / stride), ceil(W / stride)) float32, peaks at 1.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [0, 1] of any size, usually 256x192. It is padded to a multiple of
            64 pixels with mid-grey, and cells that hold padding alone are dropped.
        """
        height, width = image.shape[-2:]
        prompts = self.prompts()
        features = self.backbone(pad_to_grid(2 * image - 1), prompts)
        heat: Tensor = self.head(rearrange(self.fusion(features), prompts[-1]))
        return heat[..., : -(-height // self.stride), : -(-width // self.stride)]
