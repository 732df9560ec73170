# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every tensor of VPD's published depth forward, and its test protocol."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffperc_ros.evaluation.metrics.depth import crop_mask, depth_metrics, valid_mask
from diffperc_ros.networks.protocol import predict_with_flip_and_windows, window_offsets
from diffperc_ros.networks.unet import embed_timestep
from diffperc_ros.networks.vpd import VPDDepth
from parity.reference import (
    OUTPUT_TOLERANCE,
    Reference,
    assert_arrays_equal,
    assert_statistics_equal,
)
from parity.stages import numpy, record_outputs, unet_blocks


@torch.no_grad()
def test_every_stage_is_the_published_one(
    vpd_depth: Reference, vpd_depth_network: VPDDepth
) -> None:
    expected = vpd_depth.arrays('stages')
    settings = vpd_depth.section('stages')
    network = vpd_depth_network
    encoder: Any = network.backbone.encoder
    head = network.head
    outputs = record_outputs(
        {
            'vae_mid': encoder.encoder.mid_block,
            'vae_moments': encoder.quant_conv,
            'latent': encoder,
            'context': network.prompt,
            'layer1': head.aggregation.layer1,
            'layer2': head.aggregation.layer2,
            'conv_feats': head.aggregation,
            'deconv': head.decoder.deconv_layers,
            'decoder_conv': head.decoder.conv_layers,
            'depth_logit': head.last_layer,
            **unet_blocks(network.backbone.unet),
        }
    )
    image = vpd_depth.image(settings['image_key'], settings['image_shape'])
    class_ids = torch.tensor(settings['class_ids'])

    context = network.prompt(class_ids, batch=len(image))
    features = network.backbone(2 * image - 1, context)
    outputs['depth'] = head(features)
    outputs |= {f'tap_{level}': feature for level, feature in enumerate(features)}
    outputs['time_embed'] = embed_timestep(
        network.backbone.unet, network.backbone.timestep, like=image
    ).expand(len(image), -1)

    ours = numpy(outputs)
    assert_arrays_equal(ours, expected, {'depth': OUTPUT_TOLERANCE})
    np.testing.assert_allclose(network(image, class_ids).numpy(), ours['depth'], atol=1e-6)
    for name, statistics in vpd_depth.statistics('stages').items():
        assert_statistics_equal(ours[name][: statistics['shape'][0]], statistics, atol=1e-3)


@torch.no_grad()
def test_published_sizes_give_the_published_depth(
    vpd_depth: Reference, vpd_depth_network: VPDDepth
) -> None:
    expected = vpd_depth.arrays('forward')
    outputs = record_outputs(
        {
            'latent': vpd_depth_network.backbone.encoder,
            'conv_feats': vpd_depth_network.head.aggregation,
        }
    )
    ours: dict[str, NDArray[Any]] = {}
    tolerances = {}
    for case in vpd_depth.section('forward'):
        label = case['image_key'].removeprefix('forward_')
        image = vpd_depth.image(case['image_key'], [1, 3, *case['size']])
        depth = vpd_depth_network(image, torch.tensor([case['class_id']])).numpy()
        ours |= {f'{name}_{label}': value for name, value in numpy(outputs).items()}
        ours[f'depth_{label}_stride8'] = depth[..., ::8, ::8]
        ours[f'depth_{label}_corner'] = depth[..., -24:, -24:]
        ours[f'depth_{label}'] = depth
        tolerances |= {name: OUTPUT_TOLERANCE for name in ours if name.startswith('depth_')}
    assert_arrays_equal(ours, expected, tolerances)
    for name, statistics in vpd_depth.statistics('forward').items():
        assert_statistics_equal(ours[name], statistics, atol=1e-3)


@torch.no_grad()
def test_flip_and_windows_is_the_published_protocol(
    vpd_depth: Reference, vpd_depth_network: VPDDepth
) -> None:
    settings, expected = vpd_depth.json('protocol'), vpd_depth.arrays('protocol')
    image = vpd_depth.image(vpd_depth.section('protocol')['image_key'], settings['image_shape'])
    height, width = image.shape[-2:]
    offsets = window_offsets(height, width, settings['shift_size'])
    assert [[left, left + height] for left in offsets] == settings['windows']

    passes: list[Tensor] = []

    def predict(images: Tensor) -> Tensor:
        passes.append(
            vpd_depth_network(images, torch.tensor([settings['class_id']] * len(images)))
        )
        return passes[-1]

    depth = predict_with_flip_and_windows(predict, image, settings['shift_size'])[0, 0].numpy()
    (batch,) = passes
    mirrored = batch[settings['shift_size'], 0].flip(-1)
    ours = {
        'pred_stride8': depth[::8, ::8],
        'pred_rows': depth[[0, height // 2, height - 1]],
        'pred_window0_noflip_stride8': batch[0, 0, ::8, ::8].numpy(),
        'pred_window0_flip_back_stride8': mirrored[::8, ::8].numpy(),
    }
    assert_arrays_equal(ours, expected, dict.fromkeys(expected, OUTPUT_TOLERANCE))
    assert_statistics_equal(depth, settings['pred_stats'], atol=1e-3)

    truth = vpd_depth.depth('protocol.gt', (height, width))
    truth[::7] = 0
    valid = valid_mask(truth) & crop_mask((height, width), 'nyu_eigen')
    assert valid.sum() == settings['valid_pixels']
    measured = depth_metrics(depth[valid], truth[valid])
    # The predictions themselves may differ by the output tolerance, so the shares may too.
    for name, value in settings['metrics'].items():
        assert getattr(measured, OUR_METRICS.get(name, name)) == pytest.approx(value, abs=1e-3)


OUR_METRICS = {'d1': 'delta1', 'd2': 'delta2', 'd3': 'delta3', 'silog': 'silog_loss05'}
