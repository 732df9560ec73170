# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.training.ablate_iedp import CLASSES, ROWS, main, pictures, train


def test_what_a_square_is_depends_on_the_mark() -> None:
    images, labels = pictures(40, torch.Generator().manual_seed(0))
    assert images.shape == (40, 3, 64, 64)
    assert 0 <= float(images.min()) < float(images.max()) <= 1
    assert set(labels.unique().tolist()) == set(range(CLASSES))
    for image, label in zip(images, labels, strict=True):
        red = bool(image[0, :8, :8].mean() > image[2, :8, :8].mean())
        present = set(label.unique().tolist()) - {0}
        assert present <= ({3, 4} if red else {1, 2})


@pytest.mark.parametrize('explicit_alone', [False, True])
def test_a_row_trains_its_branch(explicit_alone: bool) -> None:
    start = train(1.0, explicit_alone, seed=0, steps=0)
    done = train(1.0, explicit_alone, seed=0, steps=1)
    for part in ('prompt.queries', 'perception.head.classifier.weight'):
        before, after = (t.network.state_dict()[part] for t in (start, done))
        assert torch.equal(before, after) is (explicit_alone and part == 'prompt.queries')


def test_every_row_is_printed_and_the_upper_bound_is_called_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(steps=1, seeds=1, threads=1)
    printed = ' '.join(capsys.readouterr().out.split())
    for row in ROWS:
        assert row.split()[0] in printed
    assert 'upper bound' in ' '.join(ROWS)
