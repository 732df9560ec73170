# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from diffperc_ros.checkpoints.layout import LAYOUTS
from diffperc_ros.checkpoints.published import (
    FOLDER,
    PublishedCheckpoint,
    class_names,
    published_checkpoint,
    published_checkpoints,
)
from diffperc_ros.checkpoints.published_table import published_table, with_table
from diffperc_ros.core.errors import BundleError
from diffperc_ros.networks.configuration import VPDConfig, VPDReferringConfig
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsSegmentationConfig,
)
from diffperc_ros.networks.serialization import from_dict

ROOT = Path(__file__).parents[2]
NAMES = (
    'metaprompts-depth-kitti',
    'metaprompts-depth-nyu',
    'metaprompts-segmentation-ade20k',
    'metaprompts-segmentation-cityscapes',
    'vpd-depth-nyu',
    'vpd-depth-nyu-openmmlab',
    'vpd-referring-gref',
    'vpd-referring-refcoco',
    'vpd-referring-refcoco+',
    'vpd-segmentation-ade20k',
)


def test_every_published_checkpoint_is_described() -> None:
    assert tuple(published_checkpoints()) == NAMES


@pytest.mark.parametrize('name', NAMES)
def test_a_description_agrees_with_its_network(name: str) -> None:
    checkpoint = published_checkpoint(name)
    config: Any = from_dict(checkpoint.network)
    assert checkpoint.layout in LAYOUTS
    assert checkpoint.layout.startswith(config.method)
    assert 'OpenRAIL-M' in checkpoint.licence
    assert any('OpenRAIL-M' in term for term in checkpoint.terms)
    if checkpoint.task == 'depth':
        assert checkpoint.depth is not None
        assert checkpoint.depth.max_depth == config.head.max_depth
        assert any('non-commercial' in t for t in checkpoint.terms) == ('openmmlab' not in name)
    if checkpoint.classes is not None:
        known = config.prompt.classes if hasattr(config, 'prompt') else config.classes
        names = class_names(checkpoint.classes)
        assert len(set(names)) == len(names) == known
    # No published code scales the latent; the U-Net is that of Stable Diffusion 1.5.
    assert config.backbone.latent_scale == 1
    assert config.backbone.unet.block_out_channels == (320, 640, 1280, 1280)


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('metaprompts-depth-kitti', ('extra_cells', 2)),
        ('metaprompts-depth-nyu', ('extra_cells', 1)),
        ('metaprompts-segmentation-cityscapes', ('classes', 19)),
    ],
)
def test_settings_that_no_tensor_tells(name: str, expected: tuple[str, int]) -> None:
    config = from_dict(published_checkpoint(name).network)
    assert isinstance(config, MetaPromptsDepthConfig | MetaPromptsSegmentationConfig)
    assert getattr(config, expected[0]) == expected[1]


@pytest.mark.parametrize(('name', 'tokens'), [('gref', 77), ('refcoco', 40), ('refcoco+', 40)])
def test_lengths_of_sentences(name: str, tokens: int) -> None:
    config: VPDConfig | Any = from_dict(published_checkpoint(f'vpd-referring-{name}').network)
    assert isinstance(config, VPDReferringConfig)
    assert config.prompt.tokens == tokens


def test_oracle_inputs_are_told() -> None:
    for name, checkpoint in published_checkpoints().items():
        told = {result.told for file in checkpoint.files for result in file.results}
        oracle = name.startswith('vpd-depth')
        assert any('room type' in text for text in told) == oracle, name


def test_the_page_is_what_the_descriptions_say() -> None:
    page = (ROOT / 'docs' / 'methods.md').read_text('utf-8')
    assert page == with_table(page), 'run: python -m diffperc_ros.checkpoints.published_table'
    for name in NAMES:
        assert f'| `{name}` |' in published_table()


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match='lacks'):
        with_table('# Methods')


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'files': []}, 'files'),
        ({'licence': None}, 'licence'),
        ({'surprise': 1}, 'surprise'),
        ({'depth': None}, 'section depth'),
        ({'task': 'segmentation'}, 'section depth'),
        ({'name': 'another'}, "names itself 'another'"),
    ],
)
def test_a_wrong_description_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = published_checkpoint('vpd-depth-nyu').model_dump(mode='json') | change
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / 'vpd-depth-nyu.yaml').write_text(yaml.safe_dump(values))
    monkeypatch.setenv('DIFFPERC_MODELS', str(tmp_path))
    with pytest.raises(BundleError, match=message):
        published_checkpoints()


def test_a_segmentation_checkpoint_names_its_classes() -> None:
    values = published_checkpoint('vpd-segmentation-ade20k').model_dump() | {'classes': None}
    with pytest.raises(ValueError, match='names its classes'):
        PublishedCheckpoint.model_validate(values)
    with pytest.raises(BundleError, match="no list 'nowhere'"):
        class_names('nowhere')
