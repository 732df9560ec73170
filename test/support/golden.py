# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A golden file for the brightness bundle, worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.golden import GoldenSample, save_golden
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.runtimes.protocol import Arrays
from support.bundles import HEIGHT, WIDTH, brightness_graph, manifest
from support.scripted_runtime import Answer

TOLERANCE = {'float32': {'relative_error': 0.001, 'rank_correlation': 0.999}}


def golden_samples(seed: int = 0) -> list[GoldenSample]:
    """Return two random pictures with the depth that the brightness graph gives them."""
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(2):
        image = random.integers(0, 256, (1, 3, HEIGHT, WIDTH), dtype=np.uint8)
        depth = 0.5 + image.astype(np.float32).mean(axis=1, keepdims=True) / 255 * 4
        samples.append(GoldenSample({'image': image}, {'depth': depth}))
    return samples


def golden_answer(factor: float = 1.0) -> Answer:
    """Return a scripted runtime's answer: that of the golden file, times `factor`."""

    def answer(_call: int, inputs: Arrays) -> dict[str, NDArray[Any]]:
        for sample in golden_samples():
            if np.array_equal(sample.inputs['image'], inputs['image']):
                return {name: array * factor for name, array in sample.outputs.items()}
        raise AssertionError('an input that is not golden')

    return answer


def write_golden_bundle(
    path: Path, tolerance: dict[str, Any] | None = None, **changes: Any
) -> Bundle:
    """Write the brightness bundle with golden answers to `path` and open it."""

    def write_files(folder: Path) -> None:
        onnx.save(brightness_graph(), folder / 'depth.onnx')
        save_golden(folder / 'golden.npz', golden_samples())

    golden = {'file': 'golden.npz', 'tolerance': tolerance or TOLERANCE}
    return write_bundle(path, manifest(baselines=None, golden=golden, **changes), write_files)
