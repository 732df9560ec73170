# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What decides the shape of IEDP's networks.

No code and no weights of IEDP were ever published. Where the paper (Wang et al., arXiv 2404.07600)
leaves a choice open, the value here is ours and its reason stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias, get_args

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.configuration import (
    BackboneConfig,
    SemanticFPNHeadConfig,
    VPDDepthHeadConfig,
    check_attention_map_levels,
)

CLIPTokens: TypeAlias = Literal['all', 'patches', 'class']
CLIPResize: TypeAlias = Literal['squash', 'centre_crop']

IEDP_BACKBONE = BackboneConfig(latent_scale=0.18215)
"""Latents are scaled as in Stable Diffusion's own training: no weights of IEDP exist that a U-Net
used to unscaled latents would have to fit, as there are for VPD and MetaPrompts. The timestep is
1, which VPD's code feeds."""


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingError(f'{name} is {value!r}; it can be {", ".join(choices)}')


@dataclass(frozen=True)
class CLIPImageConfig:
    """The CLIP image encoder; the defaults are OpenAI's ViT-L/14 at 224 pixels.

    Attributes
    ----------
    name
        Where the weights come from. ViT-L/14 is the other half of the text encoder that Stable
        Diffusion 1.x was trained with, so its features lie nearest to what the U-Net knows.
    fingerprint
        `encoders.clip_image.fingerprint` of the weights; a frozen encoder refuses others. Empty
        while they are anybody's (random, in tests).
    tokens
        What becomes of the last layer. 'all' (class token and patches): attention over a grid can
        find what is there and where. 'class' reduces the picture to one vector.
    final_norm
        Whether CLIP's last LayerNorm, made for the class token, is applied to all tokens. Off:
        the projector sees the last hidden state as it is, the form in which image tokens are
        commonly handed on; a LayerNorm follows after the projector.
    resize
        'squash': the whole padded picture that the U-Net sees is brought to CLIP's square, in
        training and in sliding windows alike. 'centre_crop' would hide its borders.
    frozen
        Whether the encoder stays as it came: no gradient, evaluation mode, not in the optimizer.
    image_size, patch_size
        Side of CLIP's square picture and of its patches, pixels.
    hidden_size, layers, heads, mlp_size
        Width, depth, attention heads and perceptron width of the transformer.
    """

    name: str = 'openai/clip-vit-large-patch14'
    fingerprint: str = ''
    tokens: CLIPTokens = 'all'
    final_norm: bool = False
    resize: CLIPResize = 'squash'
    frozen: bool = True
    image_size: int = 224
    patch_size: int = 14
    hidden_size: int = 1024
    layers: int = 24
    heads: int = 16
    mlp_size: int = 4096

    def __post_init__(self) -> None:
        _check_choice('clip_image.tokens', self.tokens, get_args(CLIPTokens))
        _check_choice('clip_image.resize', self.resize, get_args(CLIPResize))


@dataclass(frozen=True)
class ImplicitPromptConfig:
    """The way from CLIP's tokens to the U-Net's context.

    Attributes
    ----------
    queries
        Tokens of the context. Depth: 77, the length the U-Net was trained with. Segmentation: the
        number of classes, so that attention maps have the same width under either branch.
    projector_layers
        Linear layers of the projector, GELU between them. The paper says a small feed-forward
        network; 2 is the form its neighbours use.
    blocks
        Attention blocks one after the other. The paper's equations show one.
    heads
        Heads of every attention: 8 as in Stable Diffusion's own cross-attention.
    ffn_ratio
        Width of a block's perceptron over that of its tokens; 4 is conventional.
    dropout
        Share of the values dropped in the blocks in training.
    query_std
        Standard deviation of the queries' initial values: small, not zero; LayerNorm follows.
    text_adapter
        Whether VPD's text adapter follows. Off: the blocks adapt already.
    adapter_scale
        Initial value of every element of that adapter's gain (gamma).
    """

    queries: int = 77
    projector_layers: int = 2
    blocks: int = 1
    heads: int = 8
    ffn_ratio: int = 4
    dropout: float = 0.0
    query_std: float = 0.02
    text_adapter: bool = False
    adapter_scale: float = 1e-4

    def __post_init__(self) -> None:
        for name in ('queries', 'projector_layers', 'blocks', 'heads', 'ffn_ratio'):
            if getattr(self, name) < 1:
                raise SettingError(
                    f'prompt.{name} is {getattr(self, name)}; it must be at least 1'
                )


@dataclass(frozen=True)
class IEDPDepthConfig:
    """IEDP's depth network.

    Attributes
    ----------
    attention_map_levels
        Levels of the U-Net whose cross-attention maps join the features; none, as in VPD.
    head
        VPD's, so that what is measured is the effect of the prompt.
    inference_branch
        Only 'implicit': labels are known in training alone, and what a network with labels
        answers is no result.
    """

    method: ClassVar[str] = 'iedp_depth'

    backbone: BackboneConfig = IEDP_BACKBONE
    clip_image: CLIPImageConfig = CLIPImageConfig()
    prompt: ImplicitPromptConfig = ImplicitPromptConfig()
    attention_map_levels: tuple[int, ...] = ()
    head: VPDDepthHeadConfig = field(default_factory=VPDDepthHeadConfig)
    inference_branch: Literal['implicit'] = 'implicit'

    def __post_init__(self) -> None:
        _check_network(self)


@dataclass(frozen=True)
class IEDPSegmentationConfig:
    """IEDP's network for semantic segmentation; the defaults are for ADE20K.

    Attributes
    ----------
    classes
        Classes of the answer.
    attention_map_levels
        Levels of the U-Net, 0 the finest, whose cross-attention maps join the features, as in VPD.
    head
        VPD's, so that what is measured is the effect of the prompt.
    inference_branch
        Only 'implicit': labels are known in training alone, and what a network with labels
        answers is no result.
    """

    method: ClassVar[str] = 'iedp_segmentation'

    backbone: BackboneConfig = IEDP_BACKBONE
    clip_image: CLIPImageConfig = CLIPImageConfig()
    prompt: ImplicitPromptConfig = ImplicitPromptConfig(queries=150)
    classes: int = 150
    attention_map_levels: tuple[int, ...] = (1, 2)
    head: SemanticFPNHeadConfig = field(default_factory=SemanticFPNHeadConfig)
    inference_branch: Literal['implicit'] = 'implicit'

    def __post_init__(self) -> None:
        _check_network(self)


def _check_network(config: IEDPDepthConfig | IEDPSegmentationConfig) -> None:
    check_attention_map_levels(config.attention_map_levels, config.backbone.unet)
    dim, heads = config.backbone.unet.cross_attention_dim, config.prompt.heads
    if dim % heads:
        raise SettingError(
            f'prompt.heads is {heads}, which does not divide the width of the context, {dim}'
        )
    if config.inference_branch != 'implicit':
        raise SettingError(
            f"inference_branch is {config.inference_branch!r}; it can only be 'implicit': the "
            'explicit branch is told the ground truth and exists in training alone'
        )


IEDPConfig: TypeAlias = IEDPDepthConfig | IEDPSegmentationConfig
