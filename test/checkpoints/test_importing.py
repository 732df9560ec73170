# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch

from checkpoints.conftest import REDUCED
from checkpoints.synthetic import SMALL, published_state
from diffperc_ros.bundle.bundle import open_bundle
from diffperc_ros.bundle.labels import read_labels
from diffperc_ros.checkpoints import importing
from diffperc_ros.checkpoints.account import CheckpointError
from diffperc_ros.checkpoints.importing import WEIGHTS, import_checkpoint
from diffperc_ros.core.errors import OutputError, SettingError
from diffperc_ros.networks.factory import load
from diffperc_ros.networks.serialization import from_dict

NAMES = [(layout, name) for layout, names in REDUCED.items() for name in names]


@pytest.mark.parametrize(('layout', 'name'), NAMES)
def test_a_published_file_becomes_a_bundle(
    layout: str, name: str, reduced_checkpoints: Path
) -> None:
    published = published_state(layout)
    file, output = reduced_checkpoints / 'official.pth', reduced_checkpoints / 'bundles' / name
    parallel = {f'module.{key}': value for key, value in published.items()}
    torch.save({'model': parallel, 'optimizer': {'lr': 1}, 'args': argparse.Namespace(a=1)}, file)
    done = import_checkpoint(file, output, name)

    assert done.dropped == ('optimizer', 'args')
    account = done.account
    assert sorted((*account.used, *account.unused, *account.copies)) == sorted(published)
    bundle = open_bundle(output)
    manifest = bundle.manifest
    assert manifest.name == name
    assert manifest.network is not None
    config = from_dict(manifest.network.configuration)
    assert config == SMALL[layout]
    state = load(config, output / WEIGHTS).state_dict()
    assert all(torch.equal(value, account.state[key]) for key, value in state.items())
    assert (output / WEIGHTS).stat().st_mode & 0o044 == 0o044
    assert 'Stable Diffusion' in manifest.licence
    assert f'{len(account.used)} used' in manifest.training['tensors']


def test_without_a_name_the_tensors_decide(reduced_checkpoints: Path) -> None:
    file = reduced_checkpoints / 'official.pth'
    torch.save(published_state('vpd_segmentation'), file)
    bundle = import_checkpoint(file, reduced_checkpoints / 'bundle').bundle
    assert bundle.manifest.name == 'vpd-segmentation-ade20k'
    labels = read_labels(bundle)
    assert len(labels) == 150
    assert labels.by_name('windowpane').index == 8
    assert bundle.manifest.prompt is not None
    assert bundle.manifest.prompt.source == 'all_classes'


def _without_gamma(state: dict[str, Any]) -> None:
    del state['encoder.gamma']


def _with_another(state: dict[str, Any]) -> None:
    state['encoder.surprise'] = torch.zeros(1)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (_without_gamma, r'official\.pth: as vpd-depth-nyu, .*1 \(encoder\.gamma\) missing'),
        (_with_another, r'official\.pth: as vpd-depth-nyu, .*1 \(encoder\.surprise\) unknown'),
        (lambda state: state.clear(), r'official\.pth: holds no weights'),
    ],
)
def test_nothing_is_written_of_a_file_that_does_not_fit(
    change: Any, message: str, reduced_checkpoints: Path
) -> None:
    file, output = reduced_checkpoints / 'official.pth', reduced_checkpoints / 'bundle'
    state = published_state('vpd_depth')
    change(state)
    torch.save({'model': state}, file)
    with pytest.raises(CheckpointError, match=message):
        import_checkpoint(file, output, 'vpd-depth-nyu')
    assert not output.exists()


def test_copies_that_differ_are_refused(reduced_checkpoints: Path) -> None:
    state = published_state('metaprompts_depth')
    state['encoder.cross_unet_conv2.2.bias'] = state['encoder.cross_unet_conv2.2.bias'] + 1
    torch.save({'model': state}, reduced_checkpoints / 'official.pth')
    with pytest.raises(CheckpointError, match='must be a copy'):
        import_checkpoint(
            reduced_checkpoints / 'official.pth',
            reduced_checkpoints / 'bundle',
            'metaprompts-depth-nyu',
        )


def test_a_bundle_is_never_seen_half(
    reduced_checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, output = reduced_checkpoints / 'official.pth', reduced_checkpoints / 'out' / 'bundle'
    torch.save(published_state('vpd_depth'), file)

    def full_disk(_state: Any, path: Path) -> None:
        path.write_bytes(b'half')
        assert not output.exists()
        raise OSError('No space left on device')

    monkeypatch.setattr(importing, 'save_file', full_disk)
    with pytest.raises(OutputError, match='No space left'):
        import_checkpoint(file, output, 'vpd-depth-nyu')
    assert list(output.parent.iterdir()) == []


def test_what_exists_is_not_overwritten(reduced_checkpoints: Path) -> None:
    with pytest.raises(OutputError, match='exists already'):
        import_checkpoint(reduced_checkpoints / 'official.pth', reduced_checkpoints)


def test_an_unknown_name_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match='vpd-depth-nyu-openmmlab'):
        import_checkpoint(tmp_path / 'f.pth', tmp_path / 'bundle', 'vpd-depth')
