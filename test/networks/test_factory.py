# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from diffperc_ros.core.errors import OutputError, SettingError
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.factory import build, load, save
from networks.small import randomise, small_config


@torch.no_grad()
def test_saved_weights_come_back(config: VPDDepthConfig, tmp_path: Path) -> None:
    network = randomise(build(config))
    save(network, tmp_path / 'weights.safetensors')
    again = load(config, tmp_path / 'weights.safetensors')
    image = torch.rand(1, 3, 64, 64)
    assert torch.equal(network(image), again(image))
    assert not again.training


def test_half_precision_storage_is_widened(tmp_path: Path) -> None:
    config = small_config()
    network = randomise(build(config))
    stored = {name: value.half() for name, value in network.state_dict().items()}
    save_file(stored, tmp_path / 'half.safetensors')
    again = load(config, tmp_path / 'half.safetensors')
    assert {parameter.dtype for parameter in again.parameters()} == {torch.float32}


def test_other_widths_are_refused(tmp_path: Path) -> None:
    config = small_config()
    save(build(config), tmp_path / 'weights.safetensors')
    wider = replace(config, head=replace(config.head, decoder_channels=16))
    with pytest.raises(SettingError, match=r'weights\.safetensors: these are not the weights'):
        load(wider, tmp_path / 'weights.safetensors')


@pytest.mark.parametrize('content', [None, b'', b'not a safetensors file'])
def test_unreadable_files_are_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / 'weights.safetensors'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingError, match=r'weights\.safetensors: cannot read'):
        load(small_config(), path)


def test_unwritable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match='missing'):
        save(build(small_config()), tmp_path / 'missing' / 'weights.safetensors')
