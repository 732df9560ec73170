# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's published metric code on the same arrays."""

from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.evaluation.metrics.depth import (
    crop_mask,
    depth_metrics,
    limit_prediction,
    valid_mask,
)
from parity.generator import make_tensor
from parity.reference import Reference

OUR_METRICS = {'d1': 'delta1', 'd2': 'delta2', 'd3': 'delta3', 'silog': 'silog_loss05'}


@pytest.mark.parametrize(('case', 'crop'), [('nyu', 'nyu_eigen'), ('no_crop', 'none')])
def test_metrics_of_one_image(vpd_depth: Reference, case: str, crop: str) -> None:
    reference = vpd_depth.json('metrics')
    shape = tuple(reference['shape'])
    truth = vpd_depth.depth('metrics.gt', shape)
    noise = make_tensor('metrics.pred', (truth.size,), vpd_depth.seed).reshape(shape)
    prediction = np.clip(truth * (1 + 2 * noise) + np.float32(0.05), 0.01, 11).astype(np.float32)
    truth[:, :30] = 0
    truth[100:140, 200:260] = 0
    prediction[200:203, 300] = np.inf, np.nan, -np.inf
    truth[200:203, 300] = 5
    # Both stand exactly on a bound, and the bounds are strict.
    truth[203:205, 300] = 0.001, 10

    finite = limit_prediction(prediction, as_published=True)
    valid = valid_mask(truth) & crop_mask(shape, crop)
    expected = reference[case]
    assert valid.sum() == expected['valid_pixels']
    assert finite[valid].sum(dtype=np.float64) == pytest.approx(expected['pred_sum'], rel=1e-9)
    assert truth[valid].sum(dtype=np.float64) == pytest.approx(expected['gt_sum'], rel=1e-9)
    measured = depth_metrics(finite[valid], truth[valid])
    for name, value in expected['metrics'].items():
        assert getattr(measured, OUR_METRICS.get(name, name)) == pytest.approx(value, rel=1e-5)
