# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The networks that are saved and run: the implicit branch."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.conditioning.implicit_prompt import ImplicitPrompt
from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.networks.factory import build, load, save
from diffperc_ros.networks.iedp import IEDPDepth, IEDPSegmentation
from diffperc_ros.networks.iedp_configuration import (
    IEDPConfig,
    IEDPDepthConfig,
    IEDPSegmentationConfig,
    ImplicitPromptConfig,
)
from diffperc_ros.networks.padding import pad_to_grid
from diffperc_ros.networks.serialization import from_dict, to_dict
from networks.small import randomise
from networks.small_iedp import (
    CONFIGS,
    DIM,
    small_iedp_depth_config,
    small_iedp_segmentation_config,
)


def network(config: IEDPConfig) -> IEDPDepth | IEDPSegmentation:
    made = randomise(build(config))
    assert isinstance(made, IEDPDepth | IEDPSegmentation)
    return made


@torch.no_grad()
@pytest.mark.parametrize('config', CONFIGS)
@pytest.mark.parametrize('size', [(96, 128), (72, 128), (64, 64)], ids=['4:3', '16:9', 'square'])
@pytest.mark.parametrize('batch', [1, 2])
def test_the_context_has_one_token_per_query(
    config: IEDPConfig, size: tuple[int, int], batch: int
) -> None:
    context = network(config).context(torch.rand(batch, 3, *size))
    assert context.shape == (batch, config.prompt.queries, DIM)


@torch.no_grad()
@pytest.mark.parametrize('config', CONFIGS)
def test_the_context_depends_on_the_picture_alone(config: IEDPConfig) -> None:
    model, (first, second) = network(config), torch.rand(2, 1, 3, 64, 96)
    assert not torch.allclose(model.context(first), model.context(second))
    assert torch.equal(model.context(first), model.context(first))
    torch.testing.assert_close(
        model.context(torch.cat((first, second)))[1:], model.context(second)
    )


def attend(
    state: dict[str, Tensor], name: str, query: Tensor, source: Tensor, heads: int
) -> Tensor:
    weights = state[f'{name}.in_proj_weight'].chunk(3)
    biases = state[f'{name}.in_proj_bias'].chunk(3)
    q, k, v = (
        functional.linear(x, w, b).unflatten(-1, (heads, -1)).transpose(1, 2)
        for x, w, b in zip((query, source, source), weights, biases, strict=True)
    )
    scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
    joined = (scores @ v).transpose(1, 2).flatten(2)
    return functional.linear(
        joined, state[f'{name}.out_proj.weight'], state[f'{name}.out_proj.bias']
    )


def test_the_block_is_the_papers_equations() -> None:
    prompt = ImplicitPrompt(ImplicitPromptConfig(queries=9, heads=4), 16, 24)
    randomise(prompt)
    state, visual = prompt.state_dict(), torch.randn(2, 5, 16)

    def linear(name: str, x: Tensor) -> Tensor:
        return functional.linear(x, state[f'{name}.weight'], state[f'{name}.bias'])

    def norm(name: str, x: Tensor) -> Tensor:
        return functional.layer_norm(x, (24,), state[f'{name}.weight'], state[f'{name}.bias'])

    layer = 'blocks.0.layer'
    f_vis = linear('projector.2', functional.gelu(linear('projector.0', visual)))
    q = state['queries'].expand(2, -1, -1)
    q_normed = norm(f'{layer}.norm1', q)
    q_s = q + attend(state, f'{layer}.self_attn', q_normed, q_normed, 4)
    asked = norm(f'{layer}.norm2', q_s)
    seen = norm('blocks.0.visual_norm', f_vis)
    q_c = q_s + attend(state, f'{layer}.multihead_attn', asked, seen, 4)
    hidden = functional.gelu(linear(f'{layer}.linear1', norm(f'{layer}.norm3', q_c)))
    torch.testing.assert_close(
        prompt(visual), q_c + linear(f'{layer}.linear2', hidden), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(
    ('setting', 'parameters'),
    [
        ({'blocks': 2}, 'blocks.1.layer.linear1.weight'),
        ({'projector_layers': 3}, 'projector.4.weight'),
        ({'text_adapter': True}, 'adapter.gamma'),
    ],
)
def test_settings_of_the_prompt_build_what_they_say(
    setting: dict[str, int], parameters: str
) -> None:
    config = ImplicitPromptConfig(queries=3, heads=2)
    assert parameters not in ImplicitPrompt(config, 4, 6).state_dict()
    changed = ImplicitPrompt(replace(config, **setting), 4, 6)
    assert parameters in changed.state_dict()
    assert changed(torch.rand(1, 5, 4)).shape == (1, 3, 6)


def test_queries_start_small_but_not_at_zero() -> None:
    queries = ImplicitPrompt(ImplicitPromptConfig(query_std=0.02), 4, 768).queries
    assert 0.019 < float(queries.detach().std()) < 0.021
    context = ImplicitPrompt(ImplicitPromptConfig(), 4, 768)(torch.randn(1, 5, 4))
    assert float(context.detach().std()) > 0.05


@torch.no_grad()
@pytest.mark.parametrize('config', CONFIGS)
def test_padding_is_mid_grey_for_clip_too(config: IEDPConfig) -> None:
    model, image = network(config), torch.rand(1, 3, 100, 128)
    grey = (pad_to_grid(2 * image - 1) + 1) / 2
    torch.testing.assert_close(model.context(image), model.context(grey))


@torch.no_grad()
def test_latents_are_scaled_as_stable_diffusions_training_scaled_them() -> None:
    assert IEDPDepthConfig().backbone.latent_scale == 0.18215
    assert IEDPSegmentationConfig().backbone.latent_scale == 0.18215
    model = network(small_iedp_depth_config())
    seen: list[Tensor] = []
    backbone = model.perception.backbone
    backbone.unet.conv_in.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    image = torch.rand(1, 3, 64, 64)
    model(image)
    torch.testing.assert_close(seen[0], backbone.encoder(2 * image - 1) * 0.18215)


@pytest.mark.parametrize('config', CONFIGS)
def test_no_way_in_for_labels_and_no_explicit_part(config: IEDPConfig) -> None:
    model = network(config)
    assert list(inspect.signature(type(model).forward).parameters) == ['self', 'image']
    assert not any(isinstance(module, TextAdapter) for module in model.modules())
    assert not any('text' in name or 'explicit' in name for name in model.state_dict())
    with pytest.raises(TypeError):
        model(torch.rand(1, 3, 64, 64), torch.zeros(1, dtype=torch.int64))


@pytest.mark.parametrize('config', CONFIGS)
def test_only_the_implicit_branch_can_be_asked_for(config: IEDPConfig) -> None:
    with pytest.raises(SettingError, match="can only be 'implicit'"):
        replace(config, inference_branch='explicit')
    with pytest.raises(SettingError, match='inference_branch'):
        from_dict({**to_dict(config), 'inference_branch': 'explicit'})


@pytest.mark.parametrize('config', CONFIGS)
def test_settings_and_weights_come_back(config: IEDPConfig, tmp_path: Path) -> None:
    assert from_dict(to_dict(config)) == config
    saved = network(config)
    save(saved, tmp_path / 'weights.safetensors')
    again = load(config, tmp_path / 'weights.safetensors')
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(saved(image), again(image))


@pytest.mark.parametrize('config', CONFIGS)
@pytest.mark.parametrize('name', ['explicit.adapter.gamma', 'text_adapter.gamma'])
def test_a_file_with_explicit_parts_is_refused(
    config: IEDPConfig, name: str, tmp_path: Path
) -> None:
    path = tmp_path / 'weights.safetensors'
    save(network(config), path)
    save_file({**load_file(path), name: torch.zeros(DIM)}, path)
    with pytest.raises(SettingError, match=name):
        load(config, path)


@pytest.mark.parametrize(
    ('setting', 'message'),
    [
        ({'attention_map_levels': (3,)}, 'attention_map_levels'),
        ({'prompt': ImplicitPromptConfig(heads=5)}, 'prompt.heads is 5'),
    ],
)
def test_what_cannot_be_built_is_refused(setting: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        IEDPDepthConfig(**setting)
    with pytest.raises(SettingError, match='queries is 0'):
        ImplicitPromptConfig(queries=0)


def test_attention_maps_can_be_on_for_depth_and_off_for_segmentation() -> None:
    depth, segmentation = CONFIGS
    image = torch.rand(1, 3, 64, 64)
    assert network(replace(depth, attention_map_levels=(1, 2)))(image).shape == (1, 1, 64, 64)
    assert network(replace(segmentation, attention_map_levels=()))(image).shape[1] == 5


@pytest.mark.parametrize(
    'config', [small_iedp_depth_config('efficientnet_lite'), small_iedp_segmentation_config()]
)
def test_exports_to_an_equal_graph(config: IEDPConfig, tmp_path: Path) -> None:
    onnx = pytest.importorskip('onnx')
    pytest.importorskip('onnxscript')
    onnxruntime = pytest.importorskip('onnxruntime')
    model = network(config)
    image = torch.rand(1, 3, 60, 96)
    path = tmp_path / 'network.onnx'
    torch.onnx.export(
        model,
        (image,),
        path,
        dynamo=True,
        opset_version=18,
        external_data=False,
        input_names=['image'],
        output_names=['answer'],
        verbose=False,
    )
    graph = onnx.load(path)
    assert graph.opset_import[0].version == 18
    assert [entry.name for entry in graph.graph.input] == ['image']
    assert not any('text' in entry.name for entry in graph.graph.initializer)
    # TensorRT has no antialiased Resize.
    for node in graph.graph.node:
        assert not any(
            attribute.name == 'antialias' and attribute.i for attribute in node.attribute
        )
    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    (answer,) = session.run(['answer'], {'image': image.numpy()})
    with torch.no_grad():
        expected = model(image).numpy()
    assert expected.std() > 0.01
    np.testing.assert_allclose(answer, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ('config', 'channels', 'parameters', 'trained'),
    [
        (IEDPDepthConfig(), 1, 1_219_279_889, 881_936_449),
        (IEDPSegmentationConfig(), 150, 1_215_308_710, 877_965_270),
    ],
)
def test_full_width(config: IEDPConfig, channels: int, parameters: int, trained: int) -> None:
    with torch.device('meta'):
        model = build(config).eval()
        with torch.no_grad():
            assert model(torch.rand(1, 3, 512, 512)).shape == (1, channels, 512, 512)
            assert model(torch.rand(2, 3, 480, 640)).shape == (2, channels, 480, 640)
    counts = [(p.numel(), p.requires_grad) for p in model.parameters()]
    assert sum(count for count, _ in counts) == parameters
    assert sum(count for count, trains in counts if trains) == trained
