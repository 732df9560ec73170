# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One folder of reference values, and the network it was made with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from diffperc_ros.checkpoints.naming import published_names
from diffperc_ros.networks.configuration import (
    AutoencoderKLConfig,
    BackboneConfig,
    ClassPromptConfig,
    UNetConfig,
    VPDDepthConfig,
    VPDDepthHeadConfig,
)
from diffperc_ros.networks.vpd import VPDDepth
from parity.generator import make_depth, make_image, make_tensor

# The fixtures' NOTES: a different but correct order of float32 operations stays below these.
STAGE_TOLERANCE = {'rtol': 5e-4, 'atol': 5e-4}
OUTPUT_TOLERANCE = {'rtol': 0.0, 'atol': 1e-3}


def fixture_folders(
    root: Path, name: str, is_own: Callable[[Mapping[str, Any]], bool]
) -> list[Path]:
    """Return a network's fixture folders: `root` itself, or those named so below it.

    Parameters
    ----------
    root
        One fixture folder, or a folder of them.
    name
        Beginning of the folders' names.
    is_own
        Whether the config.json of `root` itself speaks of this network.
    """
    own = root / 'config.json'
    if own.exists():
        return [root] if is_own(json.loads(own.read_text())) else []
    return sorted(folder for folder in root.glob(f'{name}*') if folder.is_dir())


def vpd_depth_folders(root: Path) -> list[Path]:
    """Return the fixture folders of VPD depth: `root` itself, or those named so below it."""
    return fixture_folders(
        root, 'vpd_depth', lambda config: 'max_depth' in (config.get('head') or {})
    )


@dataclass(frozen=True)
class Reference:
    """A fixture folder; what it lacks is skipped by name."""

    folder: Path

    def json(self, name: str) -> Any:
        return json.loads(self._existing(f'{name}.json').read_text())

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        with np.load(self._existing(f'{name}.npz')) as archive:
            return dict(archive)

    def _existing(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            pytest.skip(f'{self.folder.name} has no {name}')
        return path

    @cached_property
    def config(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.json('config')
        return settings

    def section(self, name: str) -> Any:
        if name not in self.config:
            pytest.skip(f'config.json of {self.folder.name} has no {name}')
        return self.config[name]

    def statistics(self, name: str) -> dict[str, Any]:
        """Return array -> statistics of the whole array, where the files keep parts alone."""
        if name == 'stages':
            found = self.config.get('thread_determinism', {}).get('stats', {})
        else:
            found = self.config.get(f'{name}_stats', {})
        return dict(found)

    def image(self, key: str, shape: list[int]) -> torch.Tensor:
        batch, channels, height, width = shape
        return torch.from_numpy(make_image(key, (batch, channels, height, width), self.seed))

    def depth(self, key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        return make_depth(key, shape, self.seed)

    @property
    def seed(self) -> int:
        return int(self.config['seed'])

    def backbone_config(self) -> BackboneConfig:
        """Translate the reference's own words for the backbone's widths."""
        unet, vae = self.config['unet'], self.config['vae']
        levels = range(len(unet['channel_mult']))
        return BackboneConfig(
            encoder=AutoencoderKLConfig(
                block_out_channels=tuple(vae['ch'] * factor for factor in vae['ch_mult']),
                layers_per_block=vae.get('num_res_blocks', 2),
                latent_channels=vae['z_channels'],
            ),
            unet=UNetConfig(
                in_channels=unet.get('in_channels', vae['z_channels']),
                block_out_channels=tuple(
                    unet['model_channels'] * factor for factor in unet['channel_mult']
                ),
                layers_per_block=unet['num_res_blocks'],
                attention_levels=tuple(
                    2**level in unet['attention_resolutions'] for level in levels
                ),
                attention_heads=unet['num_heads'],
                cross_attention_dim=unet['context_dim'],
            ),
            timestep=self.config['timestep'],
        )

    def network_config(self) -> VPDDepthConfig:
        """Translate the reference's own words for its widths."""
        head = self.config['head']
        return VPDDepthConfig(
            backbone=self.backbone_config(),
            prompt=ClassPromptConfig(classes=self.config['text']['n_embeddings']),
            head=VPDDepthHeadConfig(
                aggregated_channels=head['out_dim'],
                norm_num_groups=head['group_norm_groups'],
                deconvolution_channels=tuple(head['num_filters']),
                decoder_channels=head['embed_dim'],
                max_depth=head['max_depth'],
            ),
        )

    def network(self) -> VPDDepth:
        """Return the network with the reference's weights, in evaluation mode."""
        network = VPDDepth(self.network_config())
        self.fill(network, published_names(network.config, network.state_dict()))
        return network

    def fill(self, network: nn.Module, names: Mapping[str, str]) -> None:
        """Give a network the reference's weights, by our name -> published name."""
        state = network.state_dict()
        network.load_state_dict(
            {
                ours: torch.from_numpy(self.weight(theirs, tuple(state[ours].shape)))
                for ours, theirs in names.items()
            }
        )
        network.eval()

    def weight(self, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
        scale = np.float32(self.config['scales'].get(name, 1))
        value = make_tensor(name, shape, self.seed)
        return np.asarray(value * scale if scale != 1 else value)


def assert_arrays_equal(
    ours: Mapping[str, NDArray[Any]],
    theirs: Mapping[str, NDArray[Any]],
    tolerances: Mapping[str, Mapping[str, float]] | None = None,
) -> None:
    """Compare every reference array with ours of the same name, and report all that differ.

    Where the reference kept the first items of a batch alone, ours are cut likewise.
    """
    assert theirs, 'an empty reference proves nothing'
    failures = []
    for name, expected in theirs.items():
        if name not in ours:
            failures.append(f'{name}: not computed')
            continue
        actual = ours[name]
        if expected.ndim:
            actual = actual[: len(expected)]
        if actual.shape != expected.shape:
            failures.append(f'{name}: shape {actual.shape}, expected {expected.shape}')
            continue
        tolerance = (tolerances or {}).get(name, STAGE_TOLERANCE)
        if not np.allclose(actual, expected, **tolerance):
            worst = float(np.abs(actual - expected).max())
            failures.append(f'{name}: differs by up to {worst:.3g} (tolerance {tolerance})')
    assert not failures, '\n'.join(failures)


def assert_statistics_equal(ours: NDArray[Any], expected: Mapping[str, Any], atol: float) -> None:
    """Compare shape, mean, standard deviation, minimum and maximum of a whole array."""
    assert list(ours.shape) == expected['shape']
    values = ours.astype(np.float64)
    for name in ('mean', 'std', 'min', 'max'):
        assert getattr(values, name)() == pytest.approx(expected[name], abs=atol), name
