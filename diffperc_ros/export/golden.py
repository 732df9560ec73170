# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Golden samples of a network: real pictures with what PyTorch says of them at float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffperc_ros.bundle.golden import GoldenSample
from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.export.pictures import Picture
from diffperc_ros.networks.graphs import OUTPUTS, TASKS, ImageGraph
from diffperc_ros.perception.prepare import fit_transform, prepare_image

GOLDEN_FILE = 'golden.npz'

TOLERANCES: dict[str, dict[str, float]] = {
    'float32': {'relative_error': 0.01, 'rank_correlation': 0.999},
    'float16': {'relative_error': 0.03, 'rank_correlation': 0.99},
    'bfloat16': {'relative_error': 0.1, 'rank_correlation': 0.98},
}
"""Float32 leaves room for weights stored as fp16 and for the ten-bit products (TF32) of GPUs."""


def golden_samples(
    graph: ImageGraph,
    pictures: Sequence[Picture],
    wanted: ImageInput,
    told: Sequence[Mapping[str, NDArray[Any]]] = ({},),
) -> list[GoldenSample]:
    """Return one sample per picture.

    Parameters
    ----------
    graph : not reduced, float32.
    pictures : uint8 (height, width, 3) RGB of any size.
    wanted : how they are brought to the graph.
    told : the graph's other inputs; the pictures take them in turn.
    """
    samples = []
    for number, picture in enumerate(pictures):
        size = (picture.shape[1], picture.shape[0])
        image = prepare_image(picture, fit_transform(size, wanted), wanted.padding)
        inputs = {'image': image, **told[number % len(told)]}
        samples.append(GoldenSample(inputs, {OUTPUTS[TASKS[graph.method]]: _ask(graph, inputs)}))
    return samples


def every_prompt_once(graph: ImageGraph) -> list[dict[str, NDArray[np.int32]]]:
    """Return a graph's choices of a prompt, the mean of all rows first; none: an empty choice."""
    rows = getattr(getattr(graph.network, 'prompt', None), 'rows', None)
    if rows is None or len(rows) == 1:
        return [{}]
    mean = len(rows) - 1
    return [{'prompt': np.array([row], np.int32)} for row in (mean, *range(mean))]


def as_tensors(sample: GoldenSample) -> dict[str, torch.Tensor]:
    """Return a sample's inputs for PyTorch."""
    return {name: torch.from_numpy(array) for name, array in sample.inputs.items()}


def _ask(graph: ImageGraph, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    with torch.inference_mode():
        answer = graph(**{name: torch.from_numpy(array) for name, array in inputs.items()})
    return np.asarray(answer.numpy(), np.float32)
