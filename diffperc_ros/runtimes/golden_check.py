# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The golden check: whether an engine, on this machine, says what the PyTorch network says.

An engine that loads is not an engine that is right: several TensorRT releases compute attention
wrongly and report nothing (`tensorrt/known_issues.py` lists the threads).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.golden import GoldenSample, agreement, load_golden
from diffperc_ros.bundle.manifest import Tolerance
from diffperc_ros.core.errors import InferenceError
from diffperc_ros.runtimes.forms import Dtype
from diffperc_ros.runtimes.protocol import Runtime

RUNS = 2
"""How often each input is run: an engine may be right once."""


@dataclass(frozen=True)
class Verdict:
    """What the check found.

    Parameters
    ----------
    passed : None where the bundle carries no golden answers to judge by.
    text : the figures, for people.
    """

    passed: bool | None
    text: str


def check_golden(runtime: Runtime, bundle: Bundle, dtype: Dtype) -> Verdict:
    """Run every golden input twice, the inputs in turn, and compare.

    Refused are answers that are not finite, farther from the reference than the bundle's
    tolerance for `dtype`, or not repeatable: the second answer to an input may differ from its
    first nowhere by more than the tolerance's relative error.

    Raises
    ------
    BundleError : the golden file is not usable.
    """
    golden = bundle.manifest.golden
    if golden is None:
        return Verdict(None, 'not checked: the bundle carries no golden answers')
    tolerance = golden.tolerance.get(dtype)
    if tolerance is None:
        known = ', '.join(sorted(golden.tolerance))
        return Verdict(False, f'the bundle tells no tolerance for {dtype}, only for: {known}')
    return _check(runtime, load_golden(bundle), tolerance)


def _check(runtime: Runtime, samples: Sequence[GoldenSample], tolerance: Tolerance) -> Verdict:
    first: list[dict[str, NDArray[Any]]] = []
    worst_error, worst_correlation = 0.0, 1.0
    for turn in range(RUNS):
        for number, sample in enumerate(samples):
            try:
                answers = runtime.run(sample.inputs)
            except InferenceError as error:
                return Verdict(False, f'golden input {number}: {error}')
            for name, reference in sample.outputs.items():
                where = f"'{name}' of golden input {number}"
                problem = _unusable(answers.get(name), reference)
                if problem:
                    return Verdict(False, f'{where} {problem}')
                if turn:
                    change = _largest_change(answers[name], first[number][name], reference)
                    if change > tolerance.relative_error:
                        return Verdict(
                            False,
                            f'{where} is not repeatable: the same input gave answers that differ '
                            f'by {change:.2g} of the spread '
                            f'(allowed {tolerance.relative_error:g})',
                        )
                found = agreement(answers[name], reference)
                worst_error = max(worst_error, found.relative_error)
                worst_correlation = min(worst_correlation, found.rank_correlation)
            if not turn:
                first.append(answers)
    passed = (
        worst_error <= tolerance.relative_error and worst_correlation >= tolerance.rank_correlation
    )
    return Verdict(
        passed,
        f'relative error {worst_error:.2g} (allowed {tolerance.relative_error:g}), rank '
        f'correlation {worst_correlation:.5f} (at least {tolerance.rank_correlation:g})',
    )


def _unusable(answer: NDArray[Any] | None, reference: NDArray[Any]) -> str | None:
    if answer is None:
        return 'is missing from the answers'
    if answer.shape != reference.shape:
        return f'has shape {answer.shape}, the reference {reference.shape}'
    bad = int(np.count_nonzero(~np.isfinite(answer)))
    return f'is not finite in {bad} of {answer.size} values' if bad else None


def _largest_change(second: NDArray[Any], first: NDArray[Any], reference: NDArray[Any]) -> float:
    low, high = np.percentile(reference, [1, 99])
    spread = (high - low) or np.ptp(reference)
    return float(np.max(np.abs(second.astype(np.float64) - first)) / spread)
