# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One folder of reference values, and the network it was made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from diffperc_ros.checkpoints.vpd_depth import published_names
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


def vpd_depth_folders(root: Path) -> list[Path]:
    """Return the fixture folders of VPD depth: `root` itself, or those named so below it."""
    own = root / 'config.json'
    if own.exists():
        return [root] if 'max_depth' in (json.loads(own.read_text()).get('head') or {}) else []
    return sorted(folder for folder in root.glob('vpd_depth*') if folder.is_dir())


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

    def network_config(self) -> VPDDepthConfig:
        """Translate the reference's own words for its widths."""
        unet, vae, head = self.config['unet'], self.config['vae'], self.config['head']
        levels = range(len(unet['channel_mult']))
        encoder = AutoencoderKLConfig(
            block_out_channels=tuple(vae['ch'] * factor for factor in vae['ch_mult']),
            layers_per_block=vae['num_res_blocks'],
            latent_channels=vae['z_channels'],
        )
        return VPDDepthConfig(
            backbone=BackboneConfig(
                encoder=encoder,
                unet=UNetConfig(
                    in_channels=unet['in_channels'],
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
            ),
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
        config = self.network_config()
        network = VPDDepth(config)
        state = network.state_dict()
        network.load_state_dict(
            {
                ours: torch.from_numpy(self.weight(theirs, tuple(state[ours].shape)))
                for ours, theirs in published_names(config, state).items()
            }
        )
        return network.eval()

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
