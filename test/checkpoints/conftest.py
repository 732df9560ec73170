# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from checkpoints.synthetic import SMALL
from diffperc_ros.checkpoints.published import FOLDER, published_checkpoints
from diffperc_ros.networks.serialization import to_dict

REDUCED = {
    'vpd_depth': ('vpd-depth-nyu',),
    'vpd_depth_openmmlab': ('vpd-depth-nyu-openmmlab',),
    'vpd_segmentation': ('vpd-segmentation-ade20k',),
    'vpd_referring': ('vpd-referring-refcoco', 'vpd-referring-refcoco+'),
    'metaprompts_depth': ('metaprompts-depth-nyu', 'metaprompts-depth-kitti'),
    'metaprompts_segmentation': ('metaprompts-segmentation-ade20k',),
}
"""Layout -> published checkpoints that get the small network of that layout."""


@pytest.fixture
def reduced_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let published names stand for small networks; return a folder to work in."""
    folder = tmp_path / 'models' / FOLDER
    folder.mkdir(parents=True)
    descriptions = published_checkpoints()
    for layout, names in REDUCED.items():
        for name in names:
            values = descriptions[name].model_dump(mode='json')
            values['network'] = to_dict(SMALL[layout])
            (folder / f'{name}.yaml').write_text(yaml.safe_dump(values))
    monkeypatch.setenv('DIFFPERC_MODELS', str(tmp_path / 'models'))
    return tmp_path
