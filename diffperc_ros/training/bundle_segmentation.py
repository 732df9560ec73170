# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: turn a trained segmentation network into its bundle.

python -m diffperc_ros.training.bundle_segmentation --run FOLDER --data SHARDS --output BUNDLE
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from safetensors.torch import load_file
from torch import Tensor

from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.bundle.labels import write_labels
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.labels import LabelSet
from diffperc_ros.networks.graphs import graph_of
from diffperc_ros.networks.vpd import VPDSegmentation
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training.bundling import (
    ENCODER,
    IMAGENET,
    MINILM,
    image_input,
    rounded,
    training_section,
    write_graph,
)
from diffperc_ros.training.data.dataset import training_shards
from diffperc_ros.training.data.statistics import majority_map
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.recipes.segmentation import (
    SMALL_INDOOR_SEGMENTATION,
    SegmentationRecipe,
)

LABELS = 'labels.yaml'
MAJORITY_MAP = 'majority_map.npy'


class CoarseSegmentation(VPDSegmentation):
    """The same network with its answer at 1/8, where the head gives it.

    Whoever reads it enlarges it to the camera's picture, in one step instead of two.
    """

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H/8, W/8) float32 of an image (B, 3, H, W) in [0, 1].

        H and W are multiples of 64.
        """
        features = self.backbone(2 * image - 1, self.prompt(batch=image.shape[0]))
        logits: Tensor = self.head(self.attention_maps.append_to(features)).float()
        return logits


def bundle_segmentation(
    recipe: SegmentationRecipe, run: Path, data: Path, output: Path, note: str = ''
) -> Bundle:
    """Export, compare with PyTorch, and write the bundle.

    Parameters
    ----------
    recipe : that the run was trained with.
    run : folder of the training run, with its weights.
    data : folder of shards, for the baseline.
    output : bundle folder to make.
    note : what of this run differs from the recipe and its command, for the manifest.

    Raises
    ------
    OutputError : the graph's answers differ from PyTorch's.
    """
    network = CoarseSegmentation(recipe.network)
    network.load_state_dict(load_file(run / WEIGHTS))
    manifest = _manifest(recipe, note)

    def write_files(folder: Path) -> None:
        manifest.update(write_graph(graph_of(rounded(network)), folder, manifest['input']))
        write_labels(folder / LABELS, LabelSet.from_names(CLASSES))
        shards = training_shards(data, recipe.shards)
        np.save(folder / MAJORITY_MAP, majority_map(shards, len(CLASSES)))

    return write_bundle(output, manifest, write_files)


def _manifest(recipe: SegmentationRecipe, note: str) -> dict[str, Any]:
    return {
        'format': 1,
        'name': 'vpd-segmentation-small-indoor',
        'task': 'segmentation',
        'method': 'vpd',
        'licence': 'Apache-2.0',
        'description': (
            'What an indoor robot sees at every pixel. The sentence of VPD segmentation (image, '
            'latent, U-Net prompted with the names of all classes in one pass, four taps, '
            f'attention maps, semantic FPN) at small width: {ENCODER}.'
        ),
        'training': training_section(
            recipe,
            'encoder and U-Net of the default depth network, which started from '
            f'{IMAGENET}; class prompts from {MINILM}',
            'make train-segmentation',
            note,
        ),
        'input': image_input(recipe),
        'segmentation': {'labels': LABELS},
        'prompt': {'source': 'all_classes', 'names': list(CLASSES)},
        'baselines': {'majority_map': MAJORITY_MAP},
    }


def main(
    run: Annotated[Path, typer.Option(help='Folder of a run of train_segmentation.')],
    data: Annotated[Path, typer.Option(help='Folder of shards it was trained on.')],
    output: Annotated[Path, typer.Option(help='Bundle folder to make.')],
    note: Annotated[str, typer.Option(help='What differs from the recipe and its command.')] = '',
) -> None:
    """Write the bundle of the small default segmentation network."""
    bundle = bundle_segmentation(SMALL_INDOOR_SEGMENTATION, run, data, output, note)
    print(open_bundle(bundle.path).path)  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
