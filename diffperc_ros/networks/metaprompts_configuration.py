# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What decides the shape of MetaPrompts' networks; the defaults are the published models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.configuration import (
    AutoencoderKLConfig,
    EncoderConfig,
    UNetConfig,
    check_backbone,
)


@dataclass(frozen=True)
class RefiningBackboneConfig:
    """Image to feature pyramid in several passes of one U-Net.

    Attributes
    ----------
    encoder
        What makes the latent.
    unet
        The U-Net; its output layers turn the finest features into the next pass's latent.
    taps
        For each level of the U-Net's way up, finest first, the index of the unit after which
        features are taken.
    steps
        Passes. Published: 3, and 1 for the Cityscapes model trained with extra data.
    latent_scale
        Factor on the encoder's latent; the published code applies none.
    """

    encoder: EncoderConfig = field(default_factory=AutoencoderKLConfig)
    unet: UNetConfig = field(default_factory=UNetConfig)
    taps: tuple[int, ...] = (2, 1, 1, 1)
    steps: int = 3
    latent_scale: float = 1.0

    def __post_init__(self) -> None:
        check_backbone(self.encoder, self.unet, self.taps)
        if self.steps < 1:
            raise SettingError(f'backbone.steps is {self.steps}; the U-Net runs at least once')


@dataclass(frozen=True)
class MetaPromptsDepthHeadConfig:
    """Feature pyramid to metric depth, by way of one channel per prompt.

    Attributes
    ----------
    norm_num_groups
        Groups of the fusion's GroupNorms.
    fusion_channels
        Width of the transposed convolutions that bring coarse features to the latent's size.
    deconvolution_channels
        Widths of the decoder's transposed convolutions, each of which doubles the resolution.
    decoder_channels
        Width of the last layers, at full resolution.
    max_depth
        Depth in metres at which the sigmoid saturates: 10 for NYU Depth v2, 80 for KITTI.
    init_std
        Standard deviation of the decoder's initial weights.
    """

    norm_num_groups: int = 16
    fusion_channels: int = 32
    deconvolution_channels: tuple[int, int, int] = (32, 32, 32)
    decoder_channels: int = 192
    max_depth: float = 10.0
    init_std: float = 0.001


@dataclass(frozen=True)
class MetaPromptsDepthConfig:
    """MetaPrompts' depth network; the defaults are the published NYU Depth v2 model.

    Attributes
    ----------
    prompts
        Learned prompts per pass.
    extra_cells
        The image is resized to (size // 64 + extra_cells) * 64 pixels in each direction before
        the encoder: 1 for NYU Depth v2 (480 -> 512), 2 for KITTI (352 -> 448).
    """

    method: ClassVar[str] = 'metaprompts_depth'

    backbone: RefiningBackboneConfig = RefiningBackboneConfig()
    prompts: int = 50
    extra_cells: int = 1
    head: MetaPromptsDepthHeadConfig = MetaPromptsDepthHeadConfig()

    def __post_init__(self) -> None:
        # Without an extra cell an image below 64 pixels would be resized to nothing.
        if self.extra_cells < 1:
            raise SettingError(f'extra_cells is {self.extra_cells}; it must be at least 1')


@dataclass(frozen=True)
class UPerNetHeadConfig:
    """One channel per prompt, at four scales, to class logits.

    Attributes
    ----------
    channels
        Width of every layer.
    pool_scales
        Cells per side of the maps that the coarsest scale is pooled to.
    dropout
        Share of the channels that are dropped before the last layer in training; published: 0 for
        ADE20K, 0.1 for Cityscapes.
    """

    channels: int = 512
    pool_scales: tuple[int, ...] = (1, 2, 3, 6)
    dropout: float = 0.0


@dataclass(frozen=True)
class MetaPromptsSegmentationConfig:
    """MetaPrompts' network for semantic segmentation; the defaults are the ADE20K model.

    Attributes
    ----------
    prompts
        Learned prompts, one set for all passes.
    classes
        Classes of the answer: 150 for ADE20K, 19 for Cityscapes.
    norm_num_groups
        Groups of the GroupNorms before the re-arrangement.
    auxiliary_level
        The scale, 0 the finest, that the auxiliary head sees.
    """

    method: ClassVar[str] = 'metaprompts_segmentation'

    backbone: RefiningBackboneConfig = RefiningBackboneConfig()
    prompts: int = 150
    classes: int = 150
    norm_num_groups: int = 16
    auxiliary_level: int = 2
    head: UPerNetHeadConfig = UPerNetHeadConfig()


@dataclass(frozen=True)
class MetaPromptsPoseHeadConfig:
    """Feature pyramid to heat maps, by way of one channel per prompt.

    Attributes
    ----------
    norm_num_groups
        Groups of the fusion's GroupNorms.
    fusion_channels
        Width of the transposed convolutions that bring coarse features to the latent's size.
    deconvolution_channels
        Widths of the decoder's transposed convolutions, each of which doubles the resolution: one
        leads from the latent's 1/8 of the picture to the customary 1/4.
    decoder_channels
        Width of the convolution after them.
    init_std
        Standard deviation of the decoder's initial weights.
    """

    norm_num_groups: int = 16
    fusion_channels: int = 32
    deconvolution_channels: tuple[int, ...] = (256,)
    decoder_channels: int = 256
    init_std: float = 0.001

    def __post_init__(self) -> None:
        if not 1 <= len(self.deconvolution_channels) <= 3:
            raise SettingError(
                f'head.deconvolution_channels is {self.deconvolution_channels}; give one to '
                'three widths'
            )


@dataclass(frozen=True)
class MetaPromptsPoseConfig:
    """A network for human pose on MetaPrompts' features. This design is ours.

    The paper reports pose, but code, settings and weights of it were never published. Fusion,
    prompts and re-arrangement are those published for depth; decoder and heat maps are those of
    Simple Baselines (Xiao et al., ECCV 2018).

    Attributes
    ----------
    prompts
        Learned prompts per pass; 50 as for depth.
    keypoints
        Heat maps; COCO's persons have 17 keypoints.
    """

    method: ClassVar[str] = 'metaprompts_pose'

    backbone: RefiningBackboneConfig = RefiningBackboneConfig()
    prompts: int = 50
    keypoints: int = 17
    head: MetaPromptsPoseHeadConfig = MetaPromptsPoseHeadConfig()
