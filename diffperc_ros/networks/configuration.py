# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that decides the shape of a network, as frozen values that travel with its weights.

The small default model and full-width Stable Diffusion 1.5 are the same classes with other
numbers. Widths are channels; every tuple over levels starts at the finest level unless it says
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from diffperc_ros.core.errors import SettingError


@dataclass(frozen=True)
class AutoencoderKLConfig:
    """The encoder half of Stable Diffusion's variational autoencoder.

    Attributes
    ----------
    block_out_channels
        Widths of the four levels; each level but the last halves the image, 1/8 in all.
    layers_per_block
        Residual blocks per level.
    latent_channels
        Channels of the latent; the encoder itself computes twice as many (mean and log variance).
    norm_num_groups
        Groups of every GroupNorm.
    frozen
        Whether the weights are kept out of training, as all published methods do.
    """

    block_out_channels: tuple[int, ...] = (128, 256, 512, 512)
    layers_per_block: int = 2
    latent_channels: int = 4
    norm_num_groups: int = 32
    frozen: bool = True
    kind: Literal['autoencoder_kl'] = 'autoencoder_kl'


@dataclass(frozen=True)
class EfficientNetLiteConfig:
    """EfficientNet-Lite0 features, projected to a latent at 1/8 of the image.

    Attributes
    ----------
    latent_channels
        Channels of the latent.
    last_block
        Whether the last block (320 channels at 1/32) is kept; without it 1/32 has 192 channels.
    frozen
        Whether the ImageNet features are kept out of training; the projections always train.
    """

    latent_channels: int = 64
    last_block: bool = False
    frozen: bool = False
    kind: Literal['efficientnet_lite'] = 'efficientnet_lite'


EncoderConfig: TypeAlias = AutoencoderKLConfig | EfficientNetLiteConfig


@dataclass(frozen=True)
class UNetConfig:
    """The denoising U-Net of Stable Diffusion 1.x.

    Attributes
    ----------
    in_channels
        Channels of the latent.
    block_out_channels
        Widths of the levels; each level but the last halves the latent.
    layers_per_block
        Units (residual block, then attention) per level on the way down; one more on the way up.
    attention_levels
        For each level, whether its units attend to themselves and to the context.
    attention_heads
        Heads of every attention.
    cross_attention_dim
        Width of the context's tokens.
    norm_num_groups
        Groups of every GroupNorm.
    """

    in_channels: int = 4
    block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280)
    layers_per_block: int = 2
    attention_levels: tuple[bool, ...] = (True, True, True, False)
    attention_heads: int = 8
    cross_attention_dim: int = 768
    norm_num_groups: int = 32

    def __post_init__(self) -> None:
        if len(self.attention_levels) != len(self.block_out_channels):
            raise SettingError(
                f'unet.attention_levels has {len(self.attention_levels)} entries but '
                f'unet.block_out_channels has {len(self.block_out_channels)}; give one per level'
            )
        for channels in self.block_out_channels:
            if channels % self.norm_num_groups or channels % self.attention_heads:
                raise SettingError(
                    f'unet.block_out_channels: {channels} is not a multiple of both '
                    f'norm_num_groups ({self.norm_num_groups}) and '
                    f'attention_heads ({self.attention_heads})'
                )


def check_backbone(encoder: EncoderConfig, unet: UNetConfig, taps: tuple[int, ...]) -> None:
    """Check that a backbone's parts fit together.

    Raises
    ------
    SettingError
        When the latents differ, or a level of the U-Net has no tap or one that does not exist.
    """
    if encoder.latent_channels != unet.in_channels:
        raise SettingError(
            f'backbone.encoder makes {encoder.latent_channels} latent channels but '
            f'backbone.unet.in_channels is {unet.in_channels}; they must agree'
        )
    levels = len(unet.block_out_channels)
    if len(taps) != levels or not all(0 <= tap <= unet.layers_per_block for tap in taps):
        raise SettingError(
            f'backbone.taps is {taps}; give {levels} unit indices from 0 to '
            f'{unet.layers_per_block}'
        )


@dataclass(frozen=True)
class BackboneConfig:
    """Image to feature pyramid: the encoder, the U-Net, and where the U-Net is tapped.

    Attributes
    ----------
    encoder
        What makes the latent.
    unet
        The U-Net that runs once over it.
    taps
        For each level of the U-Net's way up, finest first, the index of the unit after which
        features are taken. Published: after the second unit, at the finest level after the third
        (VPD's reference code; the paper leaves it open).
    timestep
        The diffusion step the U-Net is told. VPD's code uses 1.
    latent_scale
        Factor on the latent. Stable Diffusion was trained with 0.18215, which none of the
        published perception codes applies.
    """

    encoder: EncoderConfig = AutoencoderKLConfig()
    unet: UNetConfig = UNetConfig()
    taps: tuple[int, ...] = (2, 1, 1, 1)
    timestep: int = 1
    latent_scale: float = 1.0

    def __post_init__(self) -> None:
        check_backbone(self.encoder, self.unet, self.taps)


@dataclass(frozen=True)
class ClassPromptConfig:
    """One token per class, adapted before the U-Net sees it.

    Attributes
    ----------
    classes
        Rows of the table of class embeddings; NYU Depth v2 has 27 scene classes, ADE20K 150
        classes of pixels.
    adapter_scale
        Initial value of every element of the adapter's gain (gamma).
    """

    classes: int = 27
    adapter_scale: float = 1e-4


@dataclass(frozen=True)
class VPDDepthHeadConfig:
    """Feature pyramid to metric depth.

    Attributes
    ----------
    aggregated_channels
        Width of the map at 1/32 into which the four features are merged.
    norm_num_groups
        Groups of the GroupNorms of the aggregation.
    deconvolution_channels
        Widths of the transposed convolutions, each of which doubles the resolution.
    decoder_channels
        Width of the map at 1/4 and of the last layer at full resolution.
    max_depth
        Depth in metres at which the sigmoid saturates.
    init_std
        Standard deviation of the decoder's initial weights.
    """

    aggregated_channels: int = 1536
    norm_num_groups: int = 16
    deconvolution_channels: tuple[int, int, int] = (32, 32, 32)
    decoder_channels: int = 192
    max_depth: float = 10.0
    init_std: float = 0.001


@dataclass(frozen=True)
class SentencePromptConfig:
    """The tokens of a sentence, adapted before the U-Net sees them.

    Attributes
    ----------
    tokens
        Tokens of every sentence, padding included. Published: 40 for RefCOCO and RefCOCO+, 77 for
        RefCOCOg.
    adapter_scale
        Initial value of every element of the adapter's gain (gamma).
    """

    tokens: int = 40
    adapter_scale: float = 1e-4


@dataclass(frozen=True)
class SemanticFPNHeadConfig:
    """Feature pyramid to class logits.

    Attributes
    ----------
    pyramid_channels
        Width of the maps of the feature pyramid network.
    channels
        Width of the branches that bring them to 1/8.
    dropout
        Share of the channels that are dropped before the last layer in training.
    """

    pyramid_channels: int = 256
    channels: int = 256
    dropout: float = 0.1


@dataclass(frozen=True)
class ReferringHeadConfig:
    """Feature pyramid to the logits of background and object.

    Attributes
    ----------
    channels
        Width of every stage.
    """

    channels: int = 640


@dataclass(frozen=True)
class VPDDepthConfig:
    """VPD's depth network; the defaults are the published NYU Depth v2 model."""

    method: ClassVar[str] = 'vpd_depth'

    backbone: BackboneConfig = BackboneConfig()
    prompt: ClassPromptConfig = ClassPromptConfig()
    head: VPDDepthHeadConfig = VPDDepthHeadConfig()


@dataclass(frozen=True)
class VPDSegmentationConfig:
    """VPD's network for semantic segmentation; the defaults are the published ADE20K model.

    Attributes
    ----------
    prompt
        Its `classes` are also the classes of the answer.
    attention_map_levels
        Levels of the U-Net, 0 the finest, whose cross-attention maps join the features.
    """

    method: ClassVar[str] = 'vpd_segmentation'

    backbone: BackboneConfig = BackboneConfig()
    prompt: ClassPromptConfig = ClassPromptConfig(classes=150)
    attention_map_levels: tuple[int, ...] = (1, 2)
    head: SemanticFPNHeadConfig = SemanticFPNHeadConfig()

    def __post_init__(self) -> None:
        check_attention_map_levels(self.attention_map_levels, self.backbone.unet)


@dataclass(frozen=True)
class VPDReferringConfig:
    """VPD's network for referring segmentation; the defaults are the published RefCOCO model.

    Attributes
    ----------
    attention_map_levels
        Levels of the U-Net, 0 the finest, whose cross-attention maps join the features.
    """

    method: ClassVar[str] = 'vpd_referring'

    backbone: BackboneConfig = BackboneConfig()
    prompt: SentencePromptConfig = SentencePromptConfig()
    attention_map_levels: tuple[int, ...] = (1, 2)
    head: ReferringHeadConfig = ReferringHeadConfig()

    def __post_init__(self) -> None:
        check_attention_map_levels(self.attention_map_levels, self.backbone.unet)


def check_attention_map_levels(levels: tuple[int, ...], unet: UNetConfig) -> None:
    """Check that every level is named once and attends to the context.

    Raises
    ------
    SettingError
        When one does not.
    """
    attending = [level for level, attends in enumerate(unet.attention_levels) if attends]
    if len(set(levels)) != len(levels) or not set(levels) <= set(attending):
        raise SettingError(
            f'attention_map_levels is {levels}; give different levels that attend, out of '
            f'{attending}'
        )


VPDConfig: TypeAlias = VPDDepthConfig | VPDSegmentationConfig | VPDReferringConfig
