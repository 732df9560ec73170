# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bundles import write_brightness_bundle
from support.golden import golden_samples, write_golden_bundle

from diffperc_ros.bundle.bundle import Bundle, sha256_of
from diffperc_ros.bundle.golden import agreement, load_golden, save_golden
from diffperc_ros.core.errors import BundleError

REFERENCE = np.random.default_rng(0).normal(2.0, 1.0, (1, 1, 12, 16)).astype(np.float32)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    bundle = write_golden_bundle(tmp_path / 'bundle')
    loaded = load_golden(bundle)
    assert len(loaded) == 2
    for sample, expected in zip(loaded, golden_samples(), strict=True):
        assert sample.inputs.keys() == expected.inputs.keys()
        np.testing.assert_array_equal(sample.inputs['image'], expected.inputs['image'])
        np.testing.assert_array_equal(sample.outputs['depth'], expected.outputs['depth'])


def test_a_bundle_without_golden_answers_has_none(tmp_path: Path) -> None:
    assert load_golden(write_brightness_bundle(tmp_path / 'bundle')) == ()


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda file: file.write_bytes(b'no archive'), 'not readable as .npz'),
        (lambda file: save_golden(file, golden_samples()[:1]), 'at least 2 are needed'),
        (lambda file: _save(file, drop='depth'), "it needs inputs and 'depth'"),
        (lambda file: _save(file, drop='image'), 'it needs inputs'),
        (lambda file: _save(file, depth=np.full((1, 1, 2, 2), np.nan)), 'is not finite'),
        (lambda file: _save(file, depth=np.ones((1, 1, 2, 2))), 'the same everywhere'),
    ],
)
def test_unusable_files_are_refused_by_name(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    bundle = write_golden_bundle(tmp_path / 'bundle')
    file = bundle.path / 'golden.npz'
    damage(file)
    assert isinstance(bundle, Bundle)
    assert sha256_of(file) != bundle.manifest.files['golden.npz']
    with pytest.raises(BundleError, match=f'golden.npz: .*{message}'):
        load_golden(bundle)


def test_agreement_of_an_answer_with_itself_is_perfect() -> None:
    found = agreement(REFERENCE, REFERENCE)
    assert found.relative_error == 0
    assert found.rank_correlation == pytest.approx(1)


def test_the_relative_error_is_the_error_of_99_percent_over_the_spread() -> None:
    reference = np.arange(1001.0)
    answer = reference + 98.0
    # One value in a hundred does not count.
    answer[:9] += 1e6
    assert agreement(answer, reference).relative_error == pytest.approx(0.1)


@given(factor=st.floats(0.1, 10), offset=st.floats(-5, 5), seed=st.integers(0, 2**32 - 1))
def test_order_survives_scale_and_offset_and_not_a_turn(
    factor: float, offset: float, seed: int
) -> None:
    reference = np.random.default_rng(seed).integers(0, 20, 200).astype(np.float64)
    assert agreement(reference * factor + offset, reference).rank_correlation == pytest.approx(1)
    assert agreement(-reference, reference).rank_correlation == pytest.approx(-1)


@given(seed=st.integers(0, 2**32 - 1))
def test_the_rank_correlation_is_spearmans(seed: int) -> None:
    stats = pytest.importorskip('scipy.stats', reason='SciPy is not installed (extra: train)')
    random = np.random.default_rng(seed)
    a, b = random.integers(0, 9, (2, 50))
    expected = stats.spearmanr(a, b).statistic
    assert agreement(a, b).rank_correlation == pytest.approx(expected)


def test_an_answer_that_is_the_same_everywhere_has_no_order() -> None:
    assert agreement(np.ones_like(REFERENCE), REFERENCE).rank_correlation == 0


def _save(file: Path, drop: str = '', **replaced: np.ndarray) -> None:
    arrays = {}
    for number, sample in enumerate(golden_samples()):
        named = {**sample.inputs, **sample.outputs, **replaced}
        arrays.update({f'{number}/{name}': array for name, array in named.items() if name != drop})
    np.savez(file, **arrays)
