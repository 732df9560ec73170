# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The joint step, and that what only training knows cannot get out."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from networks.small import randomise
from networks.small_iedp import (
    CLASSES,
    CONFIGS,
    DIM,
    TOKENS,
    small_iedp_depth_config,
    small_iedp_segmentation_config,
)
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

import diffperc_ros
from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.factory import build, load, save
from diffperc_ros.networks.iedp import IEDPDepth, IEDPSegmentation
from diffperc_ros.networks.iedp_configuration import IEDPConfig, IEDPDepthConfig
from diffperc_ros.training.iedp.configuration import (
    DEPTH,
    SEGMENTATION,
    ExplicitPromptConfig,
    IEDPTrainingConfig,
)
from diffperc_ros.training.iedp.explicit_prompt import ClassSentence, ClassSlots, RoomPrompt
from diffperc_ros.training.iedp.step import (
    JointTraining,
    depth_loss,
    iedp_groups,
    joint_step,
    restore_training,
    training_state,
)
from diffperc_ros.training.iedp.text_tower import TextTower
from diffperc_ros.training.losses.published import segmentation_loss, silog_loss

EXPLICIT = ExplicitPromptConfig(adapter_scale=0.1)
IMAGE = torch.rand(2, 3, 64, 128, generator=torch.Generator().manual_seed(1))


def joint(network_config: IEDPConfig, config: IEDPTrainingConfig | None = None) -> JointTraining:
    torch.manual_seed(0)
    network = build(network_config)
    randomise(network).train()
    if isinstance(network, IEDPDepth):
        explicit: nn.Module = RoomPrompt(EXPLICIT, torch.randn(4, TOKENS, DIM))
        return JointTraining(network, explicit, config or DEPTH)
    assert isinstance(network, IEDPSegmentation)
    explicit = ClassSlots(EXPLICIT, torch.randn(CLASSES, DIM), torch.randn(DIM))
    return JointTraining(network, explicit, config or SEGMENTATION)


def run(training: JointTraining, steps: int = 1, rate: float = 1e-2) -> None:
    torch.manual_seed(3)
    groups = [group.for_optimizer(rate) for group in iedp_groups(training)]
    optimizer = torch.optim.AdamW(groups)
    for step in range(steps):
        generator = torch.Generator().manual_seed(step)
        if isinstance(training.network, IEDPDepth):
            target = torch.rand(2, 1, 64, 128, generator=generator) * 9 + 0.5
            labels, loss = torch.tensor([step % 4, 1]), depth_loss(training.config)
        else:
            target = torch.randint(0, CLASSES, (2, 64, 128), generator=generator)
            labels, loss = target, segmentation_loss
        joint_step(training, optimizer, IMAGE, target, labels, loss)


def tensors(training: JointTraining) -> dict[str, Tensor]:
    state = {
        **{f'network.{name}': value for name, value in training.network.state_dict().items()},
        **{f'explicit.{name}': value for name, value in training.explicit.state_dict().items()},
    }
    return {name: value.clone() for name, value in state.items()}


@pytest.mark.parametrize('config', CONFIGS)
def test_one_step_changes_what_learns_and_nothing_that_is_frozen(config: IEDPConfig) -> None:
    training = joint(config)
    before = tensors(training)
    run(training)
    frozen = (
        'network.clip_image.',
        'network.perception.backbone.encoder.',
        'explicit.class_texts',
    )
    frozen += ('explicit.empty_text', 'explicit.room_texts')
    parameters = {
        f'{owner}.{name}'
        for owner, module in (('network', training.network), ('explicit', training.explicit))
        for name, _ in module.named_parameters()
    }
    for name, value in tensors(training).items():
        if name.startswith(frozen):
            assert torch.equal(value, before[name]), name
        elif name in parameters:
            assert not torch.equal(value, before[name]), name


def test_a_step_told_by_sentences_leaves_the_text_encoder_as_it_was() -> None:
    torch.manual_seed(0)
    sizes = CLIPTextConfig(
        vocab_size=9,
        hidden_size=DIM,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        eos_token_id=2,
        pad_token_id=1,
        bos_token_id=0,
    )
    tower = TextTower(
        CLIPTextModel(sizes),
        lambda texts: torch.tensor([[3 + len(text) % 6, *[2] * (TOKENS - 1)] for text in texts]),
    )
    network = build(replace(small_iedp_segmentation_config(), attention_map_levels=()))
    randomise(network).train()
    told = replace(EXPLICIT, prompt_mode='sentence')
    explicit = ClassSentence(told, tower, [str(name) for name in range(CLASSES)])
    training = JointTraining(network, explicit, SEGMENTATION)
    before = {name: value.clone() for name, value in tower.model.state_dict().items()}
    gain = explicit.adapter.gamma.detach().clone()
    run(training)
    assert not torch.equal(explicit.adapter.gamma, gain)
    for name, value in tower.model.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize('config', CONFIGS)
def test_both_branches_run_through_the_same_parameters(config: IEDPConfig) -> None:
    training = joint(config)
    used: list[set[int]] = []
    for _ in range(2):
        training.network.zero_grad()
        answer = (
            training.network(IMAGE)
            if not used
            else training.explicit_answer(IMAGE, torch.zeros(2, dtype=torch.int64))
            if isinstance(config, IEDPDepthConfig)
            else training.explicit_answer(IMAGE, torch.zeros(2, 4, 4, dtype=torch.int64))
        )
        answer.square().mean().backward()
        perception = training.network.perception.parameters()
        used.append({id(p) for p in perception if p.grad is not None and p.grad.abs().sum() > 0})
    assert used[0] == used[1]
    assert len(used[0]) > 100


@pytest.mark.parametrize('config', CONFIGS)
def test_without_weight_the_step_is_that_of_a_single_branch(config: IEDPConfig) -> None:
    """Three steps, bit for bit, dropout and batch norm included."""
    base = DEPTH if isinstance(config, IEDPDepthConfig) else SEGMENTATION
    training = joint(config, replace(base, lambda_explicit=0.0))
    run(training, 3)

    alone = joint(config, base).network
    torch.manual_seed(3)
    reference = joint(config, base)
    reference = replace(reference, network=alone)
    groups = [group.for_optimizer(1e-2) for group in iedp_groups(reference)]
    torch.manual_seed(3)
    optimizer = torch.optim.AdamW(groups)
    for step in range(3):
        generator = torch.Generator().manual_seed(step)
        optimizer.zero_grad()
        if isinstance(config, IEDPDepthConfig):
            target = torch.rand(2, 1, 64, 128, generator=generator) * 9 + 0.5
            silog_loss(alone(IMAGE), target).backward()
        else:
            target = torch.randint(0, CLASSES, (2, 64, 128), generator=generator)
            segmentation_loss(alone(IMAGE), target).backward()
        optimizer.step()
    expected = alone.state_dict()
    for name, value in training.network.state_dict().items():
        assert torch.equal(value, expected[name]), name


def statistics(training: JointTraining) -> dict[str, Tensor]:
    return {
        name: value
        for name, value in tensors(training).items()
        if 'running_' in name or 'num_batches' in name
    }


@pytest.mark.parametrize('config', CONFIGS)
def test_running_statistics_describe_the_implicit_branch(config: IEDPConfig) -> None:
    base = DEPTH if isinstance(config, IEDPDepthConfig) else SEGMENTATION
    single = joint(config, replace(base, lambda_explicit=0.0))
    implicit = joint(config, base)
    both = joint(config, replace(base, statistics_from='both'))
    for training in (single, implicit, both):
        for module in training.network.modules():
            if isinstance(module, nn.Dropout2d):
                module.p = 0.0
        run(training)
    kept, counted = statistics(implicit), statistics(both)
    for name, value in statistics(single).items():
        assert torch.equal(kept[name], value), name
    assert any(not torch.equal(counted[name], value) for name, value in kept.items())
    batch_norms = [m for m in implicit.network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(norm.track_running_stats for norm in batch_norms)


@pytest.mark.parametrize('config', CONFIGS)
def test_stacked_branches_have_the_same_gradient_but_for_batch_norm(config: IEDPConfig) -> None:
    gradients = []
    for order in ('sequential', 'stacked'):
        training = joint(
            config,
            IEDPTrainingConfig(lambda_explicit=0.7, branch_order=order, statistics_from='both'),
        )
        for module in training.network.modules():
            if isinstance(module, nn.BatchNorm2d | nn.Dropout2d):
                module.eval()
        run(training, rate=0.0)
        named = training.network.named_parameters()
        gradients.append({name: p.grad for name, p in named if p.grad is not None})
    sequential, stacked = gradients
    assert sequential.keys() == stacked.keys()
    for name, gradient in sequential.items():
        torch.testing.assert_close(gradient, stacked[name], atol=1e-5, rtol=1e-3)


def test_the_explicit_weight_scales_its_gradient() -> None:
    gradients = []
    for weight in (0.5, 1.0):
        training = joint(CONFIGS[1], replace(SEGMENTATION, lambda_explicit=weight))
        run(training, rate=0.0)
        gradients.append(training.explicit.adapter.gamma.grad)
    torch.testing.assert_close(2 * gradients[0], gradients[1])


def test_labels_change_what_the_explicit_branch_answers_and_nothing_else() -> None:
    training = joint(CONFIGS[1])
    training.network.eval()
    first, second = torch.zeros(2, 2, 4, 4, dtype=torch.int64)
    second = second + 3
    with torch.no_grad():
        answers = [training.explicit_answer(IMAGE, labels) for labels in (first, second)]
        assert not torch.allclose(*answers)
        implicit = training.network(IMAGE)
        training.explicit.class_texts.zero_()
        assert torch.equal(training.network(IMAGE), implicit)


def test_groups_hold_each_trained_parameter_once() -> None:
    training = joint(CONFIGS[0], replace(DEPTH, query_rate_factor=10.0))
    groups = iedp_groups(training)
    names = [name for group in groups for name in group.parameters]
    assert len(names) == len(set(names))
    assert not any('clip_image' in name or 'backbone.encoder' in name for name in names)
    by_name = {name: group for group in groups for name in group.parameters}
    assert by_name['network.prompt.queries'].rate_factor == 10
    unet = by_name['network.perception.backbone.unet.conv_in.weight']
    assert (unet.rate_factor, unet.weight_decay) == (0.01, 0.1)
    assert by_name['explicit.adapter.gamma'].weight_decay == 0
    assert by_name['explicit.adapter.fc.0.weight'].rate_factor == 1
    trained = [p for m in (training.network, training.explicit) for p in m.parameters()]
    assert len(names) == sum(parameter.requires_grad for parameter in trained)


@pytest.mark.parametrize('config', CONFIGS)
def test_what_is_saved_is_the_inference_network(config: IEDPConfig, tmp_path: Path) -> None:
    training = joint(config)
    assert not isinstance(training, nn.Module)
    path = tmp_path / 'weights.safetensors'
    save(training.network, path)
    assert not any('explicit' in name or 'text' in name for name in load_file(path))
    with torch.no_grad():
        assert torch.equal(load(config, path)(IMAGE), training.network.eval()(IMAGE))


def with_fingerprint(config: IEDPConfig) -> IEDPConfig:
    return replace(config, clip_image=replace(config.clip_image, fingerprint='1' * 64))


def test_a_run_goes_on_with_the_clip_encoder_that_is_brought_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from diffperc_ros.networks.encoders import clip_image

    monkeypatch.setattr(clip_image, 'fingerprint', lambda _model: '1' * 64)
    config = with_fingerprint(small_iedp_segmentation_config())
    training = joint(config)
    run(training)
    state = training_state(training)
    assert not any(name.startswith('clip_image.') for name in state['network'])
    assert state['clip_image'] == {'name': 'random', 'fingerprint': '1' * 64}
    again = joint(config)
    restore_training(again, state)
    after = tensors(again)
    for name, value in tensors(training).items():
        assert torch.equal(after[name], value), name
    other = joint(replace(config, clip_image=replace(config.clip_image, name='other')))
    with pytest.raises(SettingError, match='ran with the CLIP image encoder random'):
        restore_training(other, state)


def test_weights_without_a_fingerprint_are_kept() -> None:
    training = joint(small_iedp_depth_config())
    state = training_state(training)
    assert any(name.startswith('clip_image.') for name in state['network'])
    again = joint(small_iedp_depth_config())
    again.network.clip_image.model.post_layernorm.weight.data += 1
    restore_training(again, state)
    for name, value in tensors(training).items():
        assert torch.equal(tensors(again)[name], value), name
    del state['network']['prompt.queries']
    with pytest.raises(SettingError, match=r'prompt\.queries'):
        restore_training(again, state)


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingError, match='stacked'):
        IEDPTrainingConfig(branch_order='stacked')
    with pytest.raises(SettingError, match='lambda_explicit'):
        IEDPTrainingConfig(lambda_explicit=-1)
    network = build(small_iedp_segmentation_config())
    with pytest.raises(SettingError, match='4 tokens'):
        JointTraining(network, ClassSlots(EXPLICIT, torch.zeros(4, DIM), torch.zeros(DIM)), DEPTH)
    sentence = ClassSentence.__new__(ClassSentence)
    with pytest.raises(SettingError, match='sentence'):
        JointTraining(network, sentence, DEPTH)
    depth = build(small_iedp_depth_config())
    pooled = RoomPrompt(EXPLICIT, torch.zeros(4, 1, DIM))
    JointTraining(depth, pooled, DEPTH)
    with pytest.raises(SettingError, match='stacked branches'):
        JointTraining(
            depth, pooled, replace(DEPTH, branch_order='stacked', statistics_from='both')
        )


def test_depth_loss_follows_its_settings() -> None:
    prediction, truth = torch.rand(2, 1, 8, 8) + 1, torch.rand(2, 1, 8, 8) + 1
    loss = depth_loss(replace(DEPTH, silog_variance_focus=0.85, silog_gain=10.0))
    torch.testing.assert_close(loss(prediction, truth), 10 * silog_loss(prediction, truth, 0.85))


def test_nothing_that_runs_measures_or_exports_knows_the_explicit_branch() -> None:
    """Rooms above training/ cannot import it; the two below it do not import these files."""
    root = Path(diffperc_ros.__file__).parent
    secret = {f'diffperc_ros.training.{name}' for name in ('explicit_prompt', 'iedp_step')}
    for path in root.rglob('*.py'):
        if path.parent.name == 'training':
            continue
        for node in ast.walk(ast.parse(path.read_text('utf-8'))):
            if isinstance(node, ast.ImportFrom):
                names = {f'{node.module}.{alias.name}' for alias in node.names}
                imported = {node.module or ''} | names
            elif isinstance(node, ast.Import):
                imported = {alias.name for alias in node.names}
            else:
                continue
            assert not imported & secret, path
