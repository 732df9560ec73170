# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)
from networks.small import small_config
from safetensors.torch import load_file, save_file
from torch import Tensor

from checkpoints.synthetic import SMALL
from diffperc_ros.checkpoints.account import CheckpointError
from diffperc_ros.checkpoints.base_weights import load_base_weights
from diffperc_ros.checkpoints.ldm import ldm_encoder_name, ldm_unet_name
from diffperc_ros.networks.backbone import DiffusionBackbone
from diffperc_ros.networks.configuration import AutoencoderKLConfig
from diffperc_ros.networks.factory import build

CONFIG = small_config().backbone
UNET = CONFIG.unet


def diffusers_unet() -> Any:
    return UNet2DConditionModel(
        in_channels=4,
        block_out_channels=UNET.block_out_channels,
        layers_per_block=UNET.layers_per_block,
        cross_attention_dim=UNET.cross_attention_dim,
        attention_head_dim=UNET.attention_heads,
        norm_num_groups=UNET.norm_num_groups,
    )


def diffusers_autoencoder() -> Any:
    encoder = CONFIG.encoder
    assert isinstance(encoder, AutoencoderKLConfig)
    levels = len(encoder.block_out_channels)
    return AutoencoderKL(
        block_out_channels=encoder.block_out_channels,
        down_block_types=('DownEncoderBlock2D',) * levels,
        up_block_types=('UpDecoderBlock2D',) * levels,
        layers_per_block=encoder.layers_per_block,
        latent_channels=encoder.latent_channels,
        norm_num_groups=encoder.norm_num_groups,
    )


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder that diffusers itself has written."""
    path = tmp_path_factory.mktemp('stable-diffusion')
    torch.manual_seed(0)
    diffusers_unet().save_pretrained(path / 'unet')
    diffusers_autoencoder().save_pretrained(path / 'vae')
    return path


def parts(folder: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    unet = load_file(folder / 'unet' / 'diffusion_pytorch_model.safetensors')
    vae = load_file(folder / 'vae' / 'diffusion_pytorch_model.safetensors')
    return unet, vae


def assert_loaded(backbone: DiffusionBackbone, folder: Path) -> None:
    unet, vae = parts(folder)
    for name, tensor in backbone.unet.state_dict().items():
        assert torch.equal(tensor, unet[name]), name
    for name, tensor in backbone.encoder.state_dict().items():
        assert torch.equal(tensor, vae[name]), name


def original_state(folder: Path) -> dict[str, Tensor]:
    """The same weights under their original names, with what else such a file holds."""
    unet, vae = parts(folder)
    state = {
        'model.diffusion_model.'
        + ldm_unet_name(name, UNET.layers_per_block, UNET.attention_levels): value
        for name, value in unet.items()
    }
    for name, value in vae.items():
        if name.startswith(('encoder.', 'quant_conv.')):
            theirs = ldm_encoder_name(name)
            convolution = '.attn_1.' in theirs and value.ndim == 2
            state[f'first_stage_model.{theirs}'] = value[..., None, None] if convolution else value
    others = ('betas', 'model_ema.decay', 'cond_stage_model.transformer.x', 'first_stage_model.y')
    return state | {name: torch.zeros(2) for name in others}


def test_folder(folder: Path) -> None:
    backbone = DiffusionBackbone(CONFIG)
    load_base_weights(backbone, UNET, folder)
    assert_loaded(backbone, folder)


def test_folder_of_pickled_weights_with_old_attention_names(folder: Path, tmp_path: Path) -> None:
    old = {'to_q': 'query', 'to_k': 'key', 'to_v': 'value', 'to_out.0': 'proj_attn'}
    unet, vae = parts(folder)
    for new, name in old.items():
        vae = {
            key.replace(f'attentions.0.{new}.', f'attentions.0.{name}.'): value
            for key, value in vae.items()
        }
    assert 'encoder.mid_block.attentions.0.query.weight' in vae
    for part, state in (('unet', unet), ('vae', vae)):
        (tmp_path / part).mkdir()
        torch.save(state, tmp_path / part / 'diffusion_pytorch_model.bin')
    backbone = DiffusionBackbone(CONFIG)
    load_base_weights(backbone, UNET, tmp_path)
    assert_loaded(backbone, folder)


@pytest.mark.parametrize('suffix', ['.ckpt', '.safetensors'])
def test_original_file(suffix: str, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / f'v1-5-pruned-emaonly{suffix}'
    state = {name: tensor.contiguous() for name, tensor in original_state(folder).items()}
    if suffix == '.ckpt':
        torch.save({'state_dict': state, 'global_step': 1}, file)
    else:
        save_file(state, file)
    backbone = DiffusionBackbone(CONFIG)
    load_base_weights(backbone, UNET, file)
    assert_loaded(backbone, folder)


def test_original_names_are_those_that_diffusers_converts(folder: Path) -> None:
    unet, vae = parts(folder)
    state = original_state(folder)
    settings = {'layers_per_block': UNET.layers_per_block, 'class_embed_type': None}
    settings |= {'addition_embed_type': None}
    converted = convert_ldm_unet_checkpoint(dict(state), settings)
    assert converted.keys() == unet.keys()
    assert all(torch.equal(converted[name], value) for name, value in unet.items())
    encoder = convert_ldm_vae_checkpoint(
        dict(state), {'down_block_types': 'xxxx', 'up_block_types': 'xxxx'}
    )
    for name, value in encoder.items():
        assert torch.equal(value.reshape(vae[name].shape), vae[name]), name


def test_refining_backbones_keep_their_time_vectors(folder: Path) -> None:
    config = SMALL['metaprompts_depth']
    network: Any = build(config)
    before = network.backbone.time_vectors[0].detach().clone()
    load_base_weights(network.backbone, UNET, folder)
    unet, _ = parts(folder)
    assert torch.equal(network.backbone.unet.conv_out.bias, unet['conv_out.bias'])
    assert torch.equal(network.backbone.time_vectors[0], before)


def test_other_files_are_named(folder: Path, tmp_path: Path) -> None:
    backbone = DiffusionBackbone(CONFIG)
    save_file({'encoder.gamma': torch.ones(3)}, tmp_path / 'f.safetensors')
    with pytest.raises(CheckpointError, match=r'not the weights.*looks like VPD depth'):
        load_base_weights(backbone, UNET, tmp_path / 'f.safetensors')
    with pytest.raises(CheckpointError, match=r'unet: holds none of .*unet/ and vae/'):
        load_base_weights(backbone, UNET, tmp_path)
    state = original_state(folder)
    del state['model.diffusion_model.input_blocks.0.0.bias']
    torch.save(state, tmp_path / 'f.ckpt')
    with pytest.raises(CheckpointError, match=r'f\.ckpt: .*input_blocks\.0\.0\.bias\) missing'):
        load_base_weights(backbone, UNET, tmp_path / 'f.ckpt')
    wider = replace(CONFIG, unet=replace(UNET, cross_attention_dim=8))
    with pytest.raises(CheckpointError, match='has shape'):
        load_base_weights(DiffusionBackbone(wider), wider.unet, folder)
