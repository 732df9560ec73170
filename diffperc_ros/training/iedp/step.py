# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One step of IEDP's joint training: both branches, shared weights, one optimizer step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.iedp import IEDPDepth, IEDPSegmentation
from diffperc_ros.training.iedp.configuration import IEDPTrainingConfig
from diffperc_ros.training.iedp.explicit_prompt import ClassSentence, ClassSlots, RoomPrompt
from diffperc_ros.training.losses.published import silog_loss
from diffperc_ros.training.parameter_groups import ParameterGroup


@dataclass(frozen=True)
class JointTraining:
    """The network that will be saved, and beside it what only training knows.

    It is no network itself: it can be neither saved, exported nor run by a node. What is saved is
    `network`.

    Attributes
    ----------
    network
        IEDP as it is run, with the implicit branch alone.
    explicit
        Labels to context; the labels never reach `network` by any other way.
    config
        How the two are joined.
    """

    network: IEDPDepth | IEDPSegmentation
    explicit: ClassSlots | ClassSentence | RoomPrompt
    config: IEDPTrainingConfig

    def __post_init__(self) -> None:
        levels = self.network.config.attention_map_levels
        queries = self.network.config.prompt.queries
        if levels and isinstance(self.explicit, ClassSentence):
            raise SettingError(
                "explicit.prompt_mode 'sentence' gives a token's place no meaning; it needs "
                f'attention_map_levels (), not {levels}'
            )
        same_length = bool(levels) or self.config.branch_order == 'stacked'
        if same_length and self.explicit.tokens != queries:
            raise SettingError(
                f'the explicit prompt has {self.explicit.tokens} tokens, prompt.queries is '
                f'{queries}; attention maps and stacked branches need as many of both'
            )

    def explicit_answer(self, image: Tensor, labels: Tensor) -> Tensor:
        """Return what the shared perception answers when it is told the labels."""
        answer: Tensor = self.network.perception(image, self.explicit(labels))
        return answer


@dataclass(frozen=True)
class JointLoss:
    """The losses of one step; the explicit one is None where its branch was not run."""

    implicit: float
    explicit: float | None


def joint_step(
    training: JointTraining,
    optimizer: torch.optim.Optimizer,
    image: Tensor,
    target: Tensor,
    labels: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
) -> JointLoss:
    """Train both branches on one batch.

    Parameters
    ----------
    image
        RGB (B, 3, H, W) in [0, 1].
    target
        What `loss` compares the answers with.
    labels
        What the explicit branch is told: for segmentation the label maps that are the target, for
        depth the rooms int64 (B,).
    loss
        Of an answer and the target: `depth_loss` or `losses.segmentation_loss`.
    """
    optimizer.zero_grad()
    weight = training.config.lambda_explicit
    explicit: Tensor | None = None
    if weight and training.config.branch_order == 'stacked':
        contexts = torch.cat((training.network.context(image), training.explicit(labels)))
        answers = training.network.perception(torch.cat((image, image)), contexts)
        implicit, explicit = (loss(answer, target) for answer in answers.chunk(2))
        _backward(implicit + weight * explicit)
    else:
        implicit = loss(training.network(image), target)
        _backward(implicit)
        if weight:
            with _statistics(training):
                explicit = loss(training.explicit_answer(image, labels), target)
            _backward(weight * explicit)
    optimizer.step()
    return JointLoss(
        float(implicit.detach()), None if explicit is None else float(explicit.detach())
    )


def depth_loss(config: IEDPTrainingConfig) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the scale-invariant loss with the configured variance focus and gain."""

    def loss(prediction: Tensor, ground_truth: Tensor) -> Tensor:
        return config.silog_gain * silog_loss(
            prediction, ground_truth, config.silog_variance_focus
        )

    return loss


def iedp_groups(training: JointTraining) -> list[ParameterGroup]:
    """Return the trained parameters of both branches by learning rate and weight decay.

    The U-Net learns slower, the queries perhaps faster, and vectors do not decay. Frozen
    parameters (VAE, both CLIP encoders) are in no group.
    """
    config = training.config
    unet = {id(parameter) for parameter in training.network.perception.backbone.unet.parameters()}
    queries = id(training.network.prompt.queries)
    groups: dict[tuple[float, float], dict[str, nn.Parameter]] = {}
    for owner, module in (('network', training.network), ('explicit', training.explicit)):
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            rate = config.unet_rate_factor if id(parameter) in unet else 1.0
            rate = config.query_rate_factor if id(parameter) == queries else rate
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), {})[f'{owner}.{name}'] = parameter
    return [ParameterGroup(*key, parameters) for key, parameters in groups.items()]


def training_state(training: JointTraining) -> dict[str, Any]:
    """Return what a training run needs to go on, without a frozen CLIP image encoder.

    Of one that has a fingerprint, name and fingerprint are enough: whoever goes on brings the same
    weights again. A saved network (`networks.factory.save`) holds them all, for it must run on
    its own.
    """
    encoder = training.network.clip_image
    state = training.network.state_dict()
    if encoder.config.frozen and encoder.config.fingerprint:
        state = {name: value for name, value in state.items() if not _is_clip(name)}
    return {
        'network': state,
        'explicit': training.explicit.state_dict(),
        'clip_image': {'name': encoder.config.name, 'fingerprint': encoder.config.fingerprint},
    }


def restore_training(training: JointTraining, state: dict[str, Any]) -> None:
    """Take up what `training_state` returned.

    Raises
    ------
    SettingError
        When the state belongs to another CLIP image encoder or to other settings.
    """
    encoder = training.network.clip_image
    kept, given = state['clip_image'], encoder.config
    if kept != {'name': given.name, 'fingerprint': given.fingerprint}:
        raise SettingError(
            f'the training ran with the CLIP image encoder {kept["name"]} '
            f'({kept["fingerprint"] or "no fingerprint"}), this one is {given.name} '
            f'({given.fingerprint or "no fingerprint"})'
        )
    brought = {
        name: value for name, value in training.network.state_dict().items() if _is_clip(name)
    }
    try:
        training.network.load_state_dict({**brought, **state['network']})
        training.explicit.load_state_dict(state['explicit'])
    except RuntimeError as error:
        raise SettingError(f'the training ran with other settings: {error}') from error


def _is_clip(name: str) -> bool:
    return name.startswith('clip_image.')


def _backward(loss: Tensor) -> None:
    loss.backward()  # type: ignore[no-untyped-call]


def _statistics(training: JointTraining) -> AbstractContextManager[None]:
    if training.config.statistics_from == 'both':
        return nullcontext()
    return _running_statistics_kept(training.network.perception)


@contextmanager
def _running_statistics_kept(module: nn.Module) -> Iterator[None]:
    """Let batch norm use a batch's own statistics without remembering them."""
    norms = [
        norm
        for norm in module.modules()
        if isinstance(norm, _BatchNorm) and norm.track_running_stats
    ]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
