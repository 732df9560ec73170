# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How IEDP is trained: what the explicit branch is told, and how the two branches are joined.

The paper's own settings could not be read, so every value is ours and has its reason beside it.
None of them is part of a saved network: the explicit branch ends with the training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from diffperc_ros.core.errors import SettingError

PromptMode: TypeAlias = Literal['class_slots', 'sentence']
DepthPrompt: TypeAlias = Literal['last_hidden', 'pooled']
BranchOrder: TypeAlias = Literal['sequential', 'stacked']
StatisticsFrom: TypeAlias = Literal['implicit', 'both']


@dataclass(frozen=True)
class ExplicitPromptConfig:
    """From the labels of a picture to the U-Net's context.

    Attributes
    ----------
    prompt_mode
        Segmentation. 'class_slots': one token per class, its text feature where the class is
        present and that of the empty prompt elsewhere: the length is constant, and attention map
        i means class i. 'sentence': "a photo of a wall, bed", nearer to how Stable Diffusion was
        prompted, but a token's place means nothing, so attention maps must be off.
    depth_prompt
        Depth. 'last_hidden': all tokens of "a photo of a {room}", as long as the implicit
        context. 'pooled': one token per room, as in VPD.
    templates
        Sentences around a name whose features are averaged, for 'class_slots' and 'pooled':
        OpenAI's 80 for ImageNet as in VPD, or one. Text features are computed once, before the
        training.
    text_adapter
        Whether VPD's text adapter stands behind the text features; on, as in VPD.
    adapter_scale
        Initial value of every element of the adapter's gain (gamma).
    min_pixels
        Pixels a class needs to count as present in the augmented picture; pixels to ignore
        never count.
    label_noise
        Beyond the paper: probability that a present class is hidden, with absent ones named
        equally often, and that a room is taken for another. 0.1 is worth a trial: the explicit
        branch sees part of the answer, and a head that leans on it fails the implicit branch.
    """

    prompt_mode: PromptMode = 'class_slots'
    depth_prompt: DepthPrompt = 'last_hidden'
    templates: Literal['imagenet', 'single'] = 'imagenet'
    text_adapter: bool = True
    adapter_scale: float = 1e-4
    min_pixels: int = 1
    label_noise: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.label_noise < 1:
            raise SettingError(
                f'explicit.label_noise is {self.label_noise}; give 0 or more, below 1'
            )
        if self.min_pixels < 1:
            raise SettingError(f'explicit.min_pixels is {self.min_pixels}; give 1 or more')


@dataclass(frozen=True)
class IEDPTrainingConfig:
    """The joint training of both branches.

    Attributes
    ----------
    lambda_explicit
        Weight of the explicit branch's loss; 1 is plain joint training, 0 never runs the branch.
    branch_order
        'sequential': implicit forward and backward, then explicit, then one optimizer step. It
        needs half the memory of 'stacked' (both in one batch), and the gradient is the same but
        for batch norm.
    statistics_from
        Which passes batch norm's running statistics describe: the implicit one alone, because it
        is the one that is run later. 'stacked' cannot part them.
    silog_variance_focus, silog_gain
        Depth loss: VPD's 0.5 and no gain; a neighbour of IEDP uses 0.85, another a gain of 10.
    unet_rate_factor
        The U-Net's share of the learning rate: VPD's 0.01 for depth, 0.1 for segmentation.
    weight_decay
        Of parameters with more than one axis: VPD's 0.1 for depth, 1e-3 for segmentation.
    query_rate_factor
        The queries' multiple of the learning rate; 10 is worth a trial if they learn slowly.
    """

    explicit: ExplicitPromptConfig = field(default_factory=ExplicitPromptConfig)
    lambda_explicit: float = 1.0
    branch_order: BranchOrder = 'sequential'
    statistics_from: StatisticsFrom = 'implicit'
    silog_variance_focus: float = 0.5
    silog_gain: float = 1.0
    unet_rate_factor: float = 0.01
    weight_decay: float = 0.1
    query_rate_factor: float = 1.0

    def __post_init__(self) -> None:
        if self.lambda_explicit < 0:
            raise SettingError(f'lambda_explicit is {self.lambda_explicit}; give 0 or more')
        if self.branch_order == 'stacked' and self.statistics_from == 'implicit':
            raise SettingError(
                "branch_order 'stacked' runs both branches in one batch, so batch norm sees both; "
                "set statistics_from to 'both' or branch_order to 'sequential'"
            )


DEPTH = IEDPTrainingConfig()
SEGMENTATION = IEDPTrainingConfig(unet_rate_factor=0.1, weight_decay=1e-3)
