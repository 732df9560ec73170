# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every tensor of VPD's published segmentation forward, and its test protocols."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from diffperc_ros.networks.multi_scale import fit_within, predict_scales
from diffperc_ros.networks.sliding_window import slide_window
from diffperc_ros.networks.vpd import VPDSegmentation
from parity.reference import (
    OUTPUT_TOLERANCE,
    Reference,
    assert_arrays_equal,
    assert_statistics_equal,
)
from parity.segmentation import assert_labels_equal, named, record_attention_maps
from parity.stages import numpy, record_outputs, unet_blocks


@torch.no_grad()
def test_every_stage_is_the_published_one(
    vpd_semseg: Reference, vpd_semseg_network: VPDSegmentation
) -> None:
    expected = vpd_semseg.arrays('stages')
    settings = vpd_semseg.section('stages')
    network = vpd_semseg_network
    backbone: Any = network.backbone
    outputs = record_outputs(
        {
            'vae_moments': backbone.encoder.quant_conv,
            'latent': backbone.encoder,
            'context': network.prompt,
            **{f'neck_{i}': layer for i, layer in enumerate(network.head.pyramid.outputs)},
            **{f'scale_head_{i}': layer for i, layer in enumerate(network.head.branches)},
            'logits_low': network.head,
            **unet_blocks(backbone.unet),
        }
    )
    maps = record_attention_maps(backbone.unet)
    features: list[Tensor] = []
    network.head.register_forward_pre_hook(lambda _module, inputs: features.extend(inputs[0]))

    logits = network(vpd_semseg.image(settings['image_key'], settings['image_shape']))
    outputs |= maps | named('feats', features)
    outputs['logits'] = logits
    outputs['logits_stride2'] = logits[..., ::2, ::2]
    ours = numpy(outputs)
    predicted = expected.pop('pred')
    assert_labels_equal(logits, predicted)
    final = {'logits_low': OUTPUT_TOLERANCE, 'logits_stride2': OUTPUT_TOLERANCE}
    assert_arrays_equal(ours, expected, final)
    for name, statistics in vpd_semseg.statistics('stages').items():
        assert_statistics_equal(ours[name][: statistics['shape'][0]], statistics, atol=1e-3)


@torch.no_grad()
def test_sliding_window(vpd_semseg: Reference, vpd_semseg_network: VPDSegmentation) -> None:
    expected, settings = vpd_semseg.arrays('slide'), vpd_semseg.section('slide')
    windows: list[list[int]] = []

    def predict(window: Tensor) -> Tensor:
        windows.append(list(window.shape[-2:]))
        logits: Tensor = vpd_semseg_network(window)
        return logits

    def slide(image: Tensor) -> tuple[Tensor, Tensor]:
        logits = slide_window(predict, image, settings['crop'], settings['stride'])
        rescaled = functional.interpolate(
            logits, size=settings['ori_shape'], mode='bilinear', align_corners=False
        )
        return logits, rescaled

    image = vpd_semseg.image(settings['image_key'], settings['image_shape'])
    logits, rescaled = slide(image)
    assert windows == settings['crop_sizes']
    assert len(windows) == settings['n_crops']
    _, mirrored = slide(image.flip(-1))
    outputs = {
        'logits_stride4': logits[..., ::4, ::4],
        'logits_rescaled_stride4': rescaled[..., ::4, ::4],
        'prob_stride4': rescaled.softmax(1)[..., ::4, ::4],
        'prob_flip_stride4': mirrored.softmax(1).flip(-1)[..., ::4, ::4],
    }
    assert_labels_equal(rescaled, expected.pop('pred'))
    assert_arrays_equal(numpy(outputs), expected, dict.fromkeys(expected, OUTPUT_TOLERANCE))
    assert_statistics_equal(logits.numpy(), settings['logits'], atol=1e-3)
    assert_statistics_equal(rescaled.softmax(1).numpy(), settings['prob'], atol=1e-3)


@torch.no_grad()
def test_multi_scale_and_flip(vpd_semseg: Reference, vpd_semseg_network: VPDSegmentation) -> None:
    expected, settings = vpd_semseg.arrays('tta'), vpd_semseg.section('tta')
    window = vpd_semseg.section('test_cfg')
    image = np.ascontiguousarray(expected.pop('image_bgr_u8')[..., ::-1])
    long_side, short_side = settings['img_scale']
    inputs: list[Tensor] = []
    probabilities: list[Tensor] = []
    crops = 0

    def count(crop: Tensor) -> Tensor:
        nonlocal crops
        crops += 1
        logits: Tensor = vpd_semseg_network(crop)
        return logits

    def predict(scaled: Tensor) -> Tensor:
        inputs.append(2 * scaled - 1)
        logits = slide_window(count, scaled, window['crop'], window['stride'])
        full = functional.interpolate(logits, size=image.shape[:2], mode='bilinear')
        probabilities.append(full.softmax(1))
        return logits

    scales = partial(predict_scales, predict, image, long_side=long_side, short_side=short_side)
    mean = scales(ratios=settings['ratios'], flip=True)
    assert [list(x.shape[-2:]) for x in inputs] == [p['size'] for p in settings['passes']]
    assert crops == settings['total_crops']
    outputs = {
        'resized_0_norm_stride4': inputs[0][..., ::4, ::4],
        'resized_1_flip_norm_stride4': inputs[1][..., ::4, ::4],
        'resized_8_norm_stride4': inputs[8][..., ::4, ::4],
        'prob_pass0_stride4': probabilities[0][..., ::4, ::4],
        'prob_pass1_stride4': probabilities[1].flip(-1)[..., ::4, ::4],
        'prob_mean_stride2': mean[..., ::2, ::2],
    }
    assert_labels_equal(mean, expected.pop('pred'))
    assert_arrays_equal(numpy(outputs), expected, dict.fromkeys(expected, OUTPUT_TOLERANCE))

    single = scales()
    torch.testing.assert_close(single, probabilities[0])
    assert fit_within(*image.shape[:2], long_side, short_side) == tuple(
        settings['passes'][0]['size']
    )
