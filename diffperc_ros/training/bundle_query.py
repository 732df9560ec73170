# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: turn a trained query network into its bundle.

python -m diffperc_ros.training.bundle_query --run FOLDER --data SHARDS --output BUNDLE
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer

from diffperc_ros.bundle.bundle import Bundle, open_bundle
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.errors import OutputError
from diffperc_ros.export.onnx import save_graph, trace
from diffperc_ros.export.storage import store_weights_compactly
from diffperc_ros.networks.conditioning.static_text import StaticTextTower
from diffperc_ros.networks.graphs import graph_of
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
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
from diffperc_ros.training.data.questions import examinations
from diffperc_ros.training.data.statistics import PICTURES_A_SHARD, mean_mask
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.recipes.query import SMALL_INDOOR_QUERY, QueryNetwork, QueryRecipe
from diffperc_ros.training.train_query import TOKENIZER
from diffperc_ros.training.word_vectors import padded

TEXT_GRAPH = 'text.onnx'
MEAN_MASK = 'mean_mask.npy'
PHRASES = ('the chair', 'the red mug on the far left', '')
"""What the text graph is compared with PyTorch on; the picture's graph is asked the first two."""
LARGEST_DIFFERENCE = 0.02
"""Of any feature of the text graph against PyTorch; features are of about unit size."""


def bundle_query(
    recipe: QueryRecipe,
    run: Path,
    data: Path,
    output: Path,
    note: str = '',
) -> Bundle:
    """Export, compare with PyTorch, and write the bundle, to be calibrated afterwards.

    Parameters
    ----------
    recipe : that the run was trained with.
    run : folder of the training run, with its weights and tokenizer.
    data : folder of shards, for the baseline.
    output : bundle folder to make.
    note : what of this run differs from the recipe and its command, for the manifest.

    Raises
    ------
    OutputError : a graph's answers differ from PyTorch's.
    """
    network = rounded(load_query_network(recipe, run))
    tokenizer = Tokenizer.from_file(str(run / TOKENIZER))
    manifest = _manifest(recipe, note)

    def write_files(folder: Path) -> None:
        shutil.copyfile(run / TOKENIZER, folder / TOKENIZER)
        tokens = [padded(tokenizer, phrase, recipe.text.tokens) for phrase in PHRASES]
        contexts = _write_text(network.text, folder / TEXT_GRAPH, np.array(tokens, np.int64))
        told = [{'context': context} for context in contexts[:2]]
        graph = graph_of(network.vision)
        manifest.update(write_graph(graph, folder, manifest['input'], told))
        shards = training_shards(data, recipe.shards)
        baseline = mean_mask(
            [
                question.mask
                for picture in examinations(shards, recipe.phrases, PICTURES_A_SHARD)
                for question in picture.questions
                if question.mask.any() and not question.held_out
            ]
        )
        np.save(folder / MEAN_MASK, baseline.shares)
        manifest['baselines'] = {'mean_mask': MEAN_MASK, 'threshold': baseline.threshold}

    return write_bundle(output, manifest, write_files)


def load_query_network(recipe: QueryRecipe, run: Path) -> QueryNetwork:
    """Return the network of a run, in evaluation mode."""
    weights = load_file(run / WEIGHTS)
    text = replace(recipe.text, vocabulary=len(weights['text.vectors']))
    network = QueryNetwork(replace(recipe, text=text))
    network.load_state_dict(weights)
    return network.eval()


def _write_text(
    tower: StaticTextTower, file: Path, tokens: NDArray[np.int64]
) -> list[NDArray[np.float32]]:
    """Write the text graph, compare it with PyTorch, and return its answers to phrases."""
    model = trace(tower, {'tokens': torch.from_numpy(tokens[:1])}, 'context')
    store_weights_compactly(model)
    save_graph(model, file)
    with torch.inference_mode():
        expected = tower(torch.from_numpy(tokens)).numpy()
    runtime = OnnxRuntime(file)
    found = [np.asarray(runtime.run({'tokens': row[None]})['context']) for row in tokens]
    runtime.close()
    worst = float(np.abs(np.concatenate(found) - expected).max())
    if worst > LARGEST_DIFFERENCE:
        raise OutputError(f'{file.name} differs from PyTorch by {worst:.3f}')
    return found


def _manifest(recipe: QueryRecipe, note: str) -> dict[str, Any]:
    return {
        'format': 1,
        'name': 'vpd-query-small-indoor',
        'task': 'query',
        'method': 'vpd',
        'licence': 'Apache-2.0',
        'description': (
            'Where in an indoor picture the object of an English phrase is. The sentence of VPD '
            'referring segmentation (image, latent, U-Net prompted with the tokens of the phrase '
            f"in one pass, four taps, attention maps, LAVT's decoder) at small width: {ENCODER}, "
            'word vectors and a two-layer transformer read the phrase.'
        ),
        'training': training_section(
            recipe,
            'encoder and U-Net of the default segmentation network, which started from '
            f"the default depth network's, which started from {IMAGENET}; the encoder then learnt "
            f'to name what it sees; word vectors from {MINILM}',
            'make train-query',
            note,
        ),
        'input': image_input(recipe),
        'query': {
            'text': {
                'tokenizer': TOKENIZER,
                'graph': TEXT_GRAPH,
                'tokens': recipe.text.tokens,
            },
            'mask_threshold': 0.5,
        },
    }


def main(
    run: Annotated[Path, typer.Option(help='Folder of a run of train_query.')],
    data: Annotated[Path, typer.Option(help='Folder of shards it was trained on.')],
    output: Annotated[Path, typer.Option(help='Bundle folder to make.')],
    note: Annotated[str, typer.Option(help='What differs from the recipe and its command.')] = '',
) -> None:
    """Write the bundle of the small default query network."""
    bundle = bundle_query(SMALL_INDOOR_QUERY, run, data, output, note)
    print(open_bundle(bundle.path).path)  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
