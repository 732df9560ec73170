# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Golden answers: inputs with what the PyTorch network says of them, to judge any engine by."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError

SEPARATOR = '/'
LEAST_SAMPLES = 2
"""One input cannot show an engine whose answer does not depend on it."""


@dataclass(frozen=True)
class GoldenSample:
    """One run of the graph: named arrays in, named arrays out."""

    inputs: Mapping[str, NDArray[Any]]
    outputs: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Agreement:
    """How near an answer lies to its reference, as `manifest.Tolerance` defines it."""

    relative_error: float
    rank_correlation: float


def load_golden(bundle: Bundle) -> tuple[GoldenSample, ...]:
    """Return the golden samples of a bundle, none where it carries none.

    Raises
    ------
    BundleError : the file is no .npz, has fewer than two samples, a sample without input or
        answer, or an answer that is not finite or everywhere the same.
    """
    golden = bundle.manifest.golden
    if golden is None:
        return ()
    file = bundle.file(golden.file)
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(f'{file}: not readable as .npz: {error}') from error
    answer = output_name(bundle)
    samples: dict[str, dict[str, NDArray[Any]]] = {}
    for key, array in arrays.items():
        number, _, name = key.partition(SEPARATOR)
        samples.setdefault(number, {})[name] = array
    if len(samples) < LEAST_SAMPLES:
        raise BundleError(f'{file}: {len(samples)} samples; at least {LEAST_SAMPLES} are needed')
    return tuple(_sample(file, number, samples[number], answer) for number in sorted(samples))


def save_golden(file: Path, samples: Sequence[GoldenSample]) -> None:
    """Write samples as the `golden` file of a bundle (.npz, compressed)."""
    arrays = {
        f'{number}{SEPARATOR}{name}': array
        for number, sample in enumerate(samples)
        for name, array in {**sample.inputs, **sample.outputs}.items()
    }
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def output_name(bundle: Bundle) -> str:
    """Return the name of the graph's output that is the answer."""
    manifest = bundle.manifest
    section = manifest.depth or manifest.segmentation or manifest.query or manifest.pose
    if section is None:
        raise BundleError(f'{bundle.path}: the manifest says nothing of the answer')
    return section.name


def agreement(answer: NDArray[Any], reference: NDArray[Any]) -> Agreement:
    """Compare an answer with its reference.

    Parameters
    ----------
    answer, reference : arrays of one shape; all values finite, those of the reference not all
        the same.
    """
    given = np.asarray(answer, np.float64).ravel()
    wanted = np.asarray(reference, np.float64).ravel()
    low, high = np.percentile(wanted, [1, 99])
    # A reference that is the same nearly everywhere still has a spread: that of all its values.
    spread = (high - low) or np.ptp(wanted)
    return Agreement(
        relative_error=float(np.percentile(np.abs(given - wanted), 99) / spread),
        rank_correlation=_rank_correlation(given, wanted),
    )


def _sample(
    file: Path, number: str, arrays: Mapping[str, NDArray[Any]], answer: str
) -> GoldenSample:
    inputs = {name: array for name, array in arrays.items() if name != answer}
    if answer not in arrays or not inputs:
        raise BundleError(
            f"{file}: sample {number} holds {sorted(arrays)}; it needs inputs and '{answer}'"
        )
    reference = arrays[answer]
    if not np.isfinite(reference).all() or np.ptp(reference) == 0:
        raise BundleError(
            f"{file}: '{answer}' of sample {number} is not finite or the same everywhere"
        )
    return GoldenSample(inputs, {answer: reference})


def _rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Spearman's correlation; 0 where one side is the same everywhere."""
    ranks_a, ranks_b = _ranks(a), _ranks(b)
    ranks_a -= ranks_a.mean()
    ranks_b -= ranks_b.mean()
    scale = np.sqrt((ranks_a @ ranks_a) * (ranks_b @ ranks_b))
    return float(ranks_a @ ranks_b / scale) if scale else 0.0


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks in which equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse.reshape(-1)], np.float64)
