# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What MetaPrompts' fixture folders have in common: several settings of one network each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from diffperc_ros.networks.configuration import AutoencoderKLConfig, UNetConfig
from diffperc_ros.networks.metaprompts_configuration import RefiningBackboneConfig
from parity.generator import make_tensor
from parity.reference import Reference


@dataclass(frozen=True)
class Setting:
    """One setting (a data set's network) of a fixture folder."""

    files: Reference
    name: str

    @property
    def words(self) -> dict[str, Any]:
        """What config.json says of this setting."""
        words: dict[str, Any] = self.files.config[self.name]
        return words

    def word(self, name: str) -> Any:
        """Return what config.json says of this setting, or else of the whole folder."""
        return self.words[name] if name in self.words else self.files.config[name]

    def backbone(self) -> RefiningBackboneConfig:
        """Translate the reference's own words for the backbone's widths."""
        unet, vae = self.files.config['unet'], self.files.config['vae']
        factors = unet['channel_mult']
        return RefiningBackboneConfig(
            encoder=AutoencoderKLConfig(
                block_out_channels=tuple(vae['ch'] * factor for factor in vae['ch_mult']),
                layers_per_block=vae['num_res_blocks'],
                latent_channels=vae['z_channels'],
                norm_num_groups=vae['norm_groups'],
            ),
            unet=UNetConfig(
                in_channels=unet['in_channels'],
                block_out_channels=tuple(unet['model_channels'] * factor for factor in factors),
                layers_per_block=unet['num_res_blocks'],
                attention_levels=tuple(
                    2**level in unet['attention_levels'] for level in range(len(factors))
                ),
                attention_heads=unet['num_heads'],
                cross_attention_dim=unet['context_dim'],
            ),
            steps=self.word('refine_step'),
        )


def folders_below(root: Path, folder_name: str, mark: str) -> list[Reference]:
    """Return `root` itself, or the fixture folders named so below it.

    Parameters
    ----------
    root
        A fixture folder or a folder of such.
    folder_name
        What the names of fixture folders begin with.
    mark
        An entry of config.json by which a fixture folder of any name is known.
    """
    own = root / 'config.json'
    if own.exists():
        folders = [root] if mark in json.loads(own.read_text()) else []
    else:
        folders = sorted(path.parent for path in root.glob(f'{folder_name}*/config.json'))
    return [Reference(folder) for folder in folders]


def settings_of(folder: Reference) -> list[Setting]:
    """Return the settings that config.json describes."""
    return [
        Setting(folder, name)
        for name, words in folder.config.items()
        if isinstance(words, dict) and {'seed', 'image_hw'} <= words.keys()
    ]


def parametrize(metafunc: pytest.Metafunc, folder_name: str, mark: str) -> None:
    """Run a test on every `folder`, or every `setting` of every folder, under --parity-root."""
    folders = folders_below(metafunc.config.getoption('--parity-root'), folder_name, mark)
    if 'folder' in metafunc.fixturenames:
        metafunc.parametrize('folder', folders, ids=[folder.folder.name for folder in folders])
    if 'setting' in metafunc.fixturenames:
        settings = [setting for folder in folders for setting in settings_of(folder)]
        names = [f'{setting.files.folder.name}-{setting.name}' for setting in settings]
        metafunc.parametrize('setting', settings, ids=names)


def load_weights(
    network: nn.Module,
    names: Mapping[str, str],
    seed: int,
    scales: Mapping[str, float],
) -> None:
    """Give a network the reference's weights and put it into evaluation mode."""

    def weight(published: str, shape: tuple[int, ...]) -> Tensor:
        value = make_tensor(published, shape, seed)
        if published in scales:
            value = np.asarray(value * np.float32(scales[published]))
        return torch.from_numpy(value)

    state = network.state_dict()
    network.load_state_dict(
        {ours: weight(theirs, tuple(state[ours].shape)) for ours, theirs in names.items()}
    )
    network.eval()


def record(modules: Iterable[nn.Module], *, inputs: bool = False) -> list[list[NDArray[Any]]]:
    """Return, per module, a list that fills with the outputs (or inputs) of its calls."""
    calls: list[list[NDArray[Any]]] = []

    def keep(own: list[NDArray[Any]]) -> Callable[..., None]:
        def hook(_module: nn.Module, arguments: Any, result: Any) -> None:
            value = arguments if inputs else result
            value = value[0] if isinstance(value, tuple) else value
            own.append(value.detach().clone().numpy())

        return hook

    for module in modules:
        calls.append([])
        module.register_forward_hook(keep(calls[-1]))
    return calls


def record_passes(
    backbone: Any, contexts: Iterable[Tensor], prefix: str
) -> Callable[[], dict[str, NDArray[Any]]]:
    """Return a function that names what every pass of the U-Net got and gave since now."""
    unet = backbone.unet
    units = [
        getattr(block, 'attentions', block.resnets)[tap]
        for block, tap in zip(reversed(unet.up_blocks), backbone.taps, strict=True)
    ]
    (unet_inputs,) = record([unet.conv_in], inputs=True)
    taps = record(units)
    prompts = [context.detach().numpy()[None] for context in contexts]

    def recorded() -> dict[str, NDArray[Any]]:
        named = {}
        for index, prompt in enumerate(prompts):
            step = f'{prefix}_step{index + 1}'
            named[f'{step}_unet_in'] = unet_inputs[index]
            named[f'{step}_context'] = prompt
            named |= {f'{step}_tap{level}': tap[index] for level, tap in enumerate(taps)}
        return named

    return recorded


def image_tensor(image: NDArray[np.uint8]) -> Tensor:
    """Return (B, 3, H, W) in [0, 1] of bytes ([B,] H, W, 3)."""
    batch = image if image.ndim == 4 else image[None]
    return torch.from_numpy(batch.astype(np.float32) / np.float32(255)).permute(0, 3, 1, 2)


def assert_forward_equal(
    ours: Mapping[str, NDArray[Any]],
    theirs: Mapping[str, NDArray[Any]],
    share: float = 3e-5,
) -> None:
    """Compare arrays of the same name within a share of the reference's greatest magnitude.

    NaN equals NaN. Every name of `theirs` must be in `ours`.
    """
    assert theirs, 'an empty reference proves nothing'
    failures = []
    for name, expected in theirs.items():
        if name not in ours or ours[name].shape != expected.shape:
            shape = ours[name].shape if name in ours else 'not computed'
            failures.append(f'{name}: {shape}, expected {expected.shape}')
            continue
        atol = share * float(np.nanmax(np.abs(expected)))
        if not np.allclose(ours[name], expected, rtol=0, atol=atol, equal_nan=True):
            worst = float(np.nanmax(np.abs(ours[name] - expected)))
            failures.append(f'{name}: differs by up to {worst:.3g} (tolerance {atol:.3g})')
    assert not failures, '\n'.join(failures)


def assert_gradients_equal(
    network: nn.Module,
    names: Mapping[str, str],
    expected: Mapping[str, float | None],
    copies: Mapping[str, str],
    share: float,
) -> None:
    """Compare the norm of every parameter's gradient; None stands for no gradient at all.

    Parameters
    ----------
    names
        Our name -> published name.
    copies
        Published name of a copy -> of its original; the reference lists a shared parameter once,
        under either.
    share
        Relative tolerance of each norm; half of them must be within a fifth of it, since rounding
        moves a few much more than the rest. Below 1e-6 a norm is rounding (fixtures' NOTES).
    """
    first_copy = {original: copy for copy, original in reversed(copies.items())}
    failures = []
    deviations = []
    compared = set()
    for ours, parameter in network.named_parameters():
        name = names[ours] if names[ours] in expected else first_copy[names[ours]]
        compared.add(name)
        norm = None if parameter.grad is None else parameter.grad.double().norm().item()
        wanted = expected[name]
        if wanted is None or norm is None:
            fits = wanted is norm
        elif wanted < 1e-6:
            fits = norm < 1e-5
        else:
            deviations.append(abs(norm / wanted - 1))
            fits = deviations[-1] <= share
        if not fits:
            failures.append(f'{name}: {norm}, expected {wanted}')
    assert not failures, '\n'.join(failures)
    assert np.median(deviations) <= share / 5
    without_gradient = {name for name, norm in expected.items() if norm is None}
    assert compared >= expected.keys() - without_gradient


def assert_statistics_moved(
    network: nn.Module, names: Mapping[str, str], expected: Mapping[str, Any]
) -> None:
    """Compare batch norms' buffers after one forward in training mode."""
    ours = {names[name]: value for name, value in network.state_dict().items()}
    for name, value in expected.items():
        wanted = np.asarray(value, np.float64)
        atol = 3e-5 * max(1.0, float(np.abs(wanted).max()))
        np.testing.assert_allclose(ours[name].numpy(), wanted, rtol=0, atol=atol, err_msg=name)
