# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every tensor of MetaPrompts' published segmentation forward, and its test protocols."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffperc_ros.evaluation.metrics.segmentation import (
    confusion_matrix,
    drop_zero_label,
    segmentation_metrics,
)
from diffperc_ros.networks.metaprompts import MetaPromptsSegmentation
from diffperc_ros.networks.multi_scale import predict_scales
from diffperc_ros.networks.sliding_window import slide_window
from parity.metaprompts_reference import (
    Setting,
    assert_forward_equal,
    image_tensor,
    record,
    record_passes,
)
from parity.metaprompts_semseg import pytest_generate_tests, segmentation_network

__all__ = ['pytest_generate_tests']


@pytest.fixture
def network(setting: Setting) -> MetaPromptsSegmentation:
    return segmentation_network(setting)


def arrays_of(setting: Setting, prefix: str) -> dict[str, NDArray[Any]]:
    arrays = setting.files.arrays(setting.name)
    return {name: value for name, value in arrays.items() if name.startswith(f'{prefix}_')}


@torch.no_grad()
@pytest.mark.parametrize('prefix', ['win', 'odd'])
def test_every_stage_is_the_published_one(
    prefix: str, setting: Setting, network: MetaPromptsSegmentation
) -> None:
    expected = arrays_of(setting, prefix)
    if prefix == 'odd':
        image = image_tensor(expected.pop('odd_image_u8'))
    else:
        rows, columns = setting.words['slide']['crop']
        normalised = setting.files.arrays(setting.name)['test_input']
        image = (torch.from_numpy(normalised)[..., :rows, :columns] + 1) / 2
    steps = network.config.backbone.steps
    passes = record_passes(network.backbone, [network.prompts] * steps, prefix)
    (fused,) = record([network.head.fpn_bottleneck])
    (logits,) = record([network.head])
    upsampled = record(network.projections)
    full = network.forward_as_published(image)

    ours = passes()
    ours[f'{prefix}_uper_feature'] = fused[0]
    ours[f'{prefix}_logits'] = full.numpy() if prefix == 'odd' else logits[0]
    for level, (features,) in enumerate(upsampled):
        ours[f'{prefix}_upconv{level + 1}'] = features
        maps = np.einsum('bchw,nc->bnhw', features, network.prompts.numpy())
        ours[f'{prefix}_rearranged{level}'] = maps
        if level == network.config.auxiliary_level:
            auxiliary = network.auxiliary_head(torch.from_numpy(maps))
            ours[f'{prefix}_aux_logits'] = auxiliary.numpy()
    assert_forward_equal(ours, expected)


def sliding(setting: Setting, network: MetaPromptsSegmentation, image: Tensor) -> Tensor:
    words = setting.words['slide']
    return slide_window(
        network.forward_as_published, image, window=words['crop'][0], stride=words['stride'][0]
    )


def assert_labels_equal(probabilities: Tensor, expected: NDArray[np.uint8]) -> None:
    """Compare the most probable class; pixels where two are nearly as probable may differ."""
    first, second = probabilities[0].topk(2, dim=0).values
    clear = (first - second >= 2e-5).numpy()
    labels = probabilities[0].argmax(dim=0).numpy()
    np.testing.assert_array_equal(labels[clear], expected[clear])
    assert clear.mean() > 0.9


@torch.no_grad()
@pytest.mark.parametrize('prefix', ['slide', 'msflip'])
def test_windows_scales_and_mirrors_are_the_published_protocol(
    prefix: str, setting: Setting, network: MetaPromptsSegmentation
) -> None:
    arrays = setting.files.arrays(setting.name)
    expected = arrays_of(setting, prefix)
    long_side, short_side = setting.words['img_scale_long_short']
    inputs: list[Tensor] = []
    answers: list[Tensor] = []

    def predict(image: Tensor) -> Tensor:
        inputs.append(image)
        answers.append(sliding(setting, network, image))
        return answers[-1]

    run = partial(predict_scales, predict, arrays['image_u8'])
    box = {'long_side': long_side, 'short_side': short_side}
    if prefix == 'slide':
        probabilities = run(**box)
        np.testing.assert_allclose(2 * inputs[0].numpy() - 1, arrays['test_input'], atol=1e-6)
        assert_forward_equal(
            {'slide_logits': answers[0].numpy()}, {'slide_logits': expected['slide_logits']}
        )
    else:
        ratios = setting.words['ms_ratios']
        probabilities = run(ratios=ratios, flip=setting.words['ms_flip'], **box)
        for index in range(2):
            ours = 2 * inputs[index].numpy() - 1
            np.testing.assert_allclose(ours, expected[f'msflip_input{index}'], atol=1e-6)
        listed = setting.files.json(f'{setting.name}_protocol')['msflip_inputs']
        assert [list(image.shape) for image in inputs] == [words['shape'] for words in listed]
    np.testing.assert_allclose(
        probabilities.numpy(), expected[f'{prefix}_prob'], rtol=0, atol=1e-5
    )
    assert_labels_equal(probabilities, expected[f'{prefix}_label'])


@pytest.mark.parametrize('case', ['plain', 'reduce_zero_label'])
def test_mean_iou(case: str, setting: Setting) -> None:
    arrays = setting.files.arrays(setting.name)
    expected = setting.files.json(f'{setting.name}_protocol')['miou'][case]
    truth = arrays['miou_gt']
    if case == 'reduce_zero_label':
        truth = drop_zero_label(arrays['miou_gt_zero_is_void'])
    confusion = confusion_matrix(arrays['miou_pred'], truth, setting.words['num_classes'])
    measured = segmentation_metrics(confusion)
    assert measured.mean_iou == pytest.approx(expected['mIoU'], abs=1e-6)
    assert measured.pixel_accuracy == pytest.approx(expected['aAcc'], abs=1e-6)
    np.testing.assert_allclose(measured.iou, expected['IoU'], atol=1e-6)
    np.testing.assert_allclose(measured.accuracy, expected['Acc'], atol=1e-6)
