# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every tensor of VPD's published referring forward, from the words to the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from diffperc_ros.evaluation.metrics.referring import (
    THRESHOLDS,
    MaskOverlap,
    mask_overlap,
    referring_metrics,
)
from diffperc_ros.networks.conditioning.sentence_prompt import embed_sentences
from diffperc_ros.networks.vpd import VPDReferring
from parity.generator import make_tensor
from parity.reference import (
    OUTPUT_TOLERANCE,
    Reference,
    assert_arrays_equal,
    assert_statistics_equal,
)
from parity.segmentation import assert_labels_equal, named, record_attention_maps
from parity.stages import numpy, record_outputs, unet_blocks


def text_model(reference: Reference) -> CLIPTextModel:
    """Return the reference's small text encoder."""
    described = reference.json('text_keys')
    model = CLIPTextModel(CLIPTextConfig(**described['config'])).eval()
    scales = reference.config['text_scales']
    weights = {
        name: torch.from_numpy(
            make_tensor(f'clip.{name}', tuple(shape), reference.seed)
            * np.float32(scales.get(name, 1))
        )
        for name, shape in described['keys'].items()
    }
    # transformers 5 dropped the first component of these names.
    prefix = 'text_model.'
    if not any(name.startswith(prefix) for name in model.state_dict()):
        weights = {name.removeprefix(prefix): value for name, value in weights.items()}
    model.load_state_dict(weights)
    return model


@torch.no_grad()
def test_every_stage_is_the_published_one(
    vpd_refer: Reference, vpd_refer_network: VPDReferring
) -> None:
    expected = vpd_refer.arrays('stages')
    settings = vpd_refer.section('stages')
    network = vpd_refer_network
    backbone: Any = network.backbone
    decoder = {
        f'relu{unit + 1}_{4 - stage}': network.head.stages[stage][unit]
        for stage in range(3)
        for unit in range(2)
    }
    outputs = record_outputs(
        {
            'vae_moments': backbone.encoder.quant_conv,
            'latent': backbone.encoder,
            'context': network.prompt,
            'logits_low': network.head,
            **decoder,
            **unet_blocks(backbone.unet),
        }
    )
    maps = record_attention_maps(backbone.unet)
    features: list[Tensor] = []
    network.head.register_forward_pre_hook(lambda _module, inputs: features.extend(inputs[0]))

    image = vpd_refer.image(settings['image_key'], settings['image_shape'])
    input_ids = torch.from_numpy(expected.pop('input_ids'))
    model = text_model(vpd_refer)
    sentence = embed_sentences(model, input_ids)
    logits = network(image, sentence)
    outputs |= maps | named('feats', features)
    outputs['last_hidden_state'] = sentence
    outputs['logits'] = logits
    outputs['logits_stride2'] = logits[..., ::2, ::2]
    # The pooled feature is part of the reference but of no network of this task.
    expected.pop('pooler_output', None)
    ours = numpy(outputs)
    assert_labels_equal(logits, expected.pop('mask'))
    final = {'logits_low': OUTPUT_TOLERANCE, 'logits_stride2': OUTPUT_TOLERANCE}
    assert_arrays_equal(ours, expected, final)
    for name, statistics in vpd_refer.statistics('stages').items():
        if name != 'pooler_output':
            assert_statistics_equal(ours[name][: statistics['shape'][0]], statistics, atol=1e-3)


def test_metrics(vpd_refer: Reference) -> None:
    expected, arrays = vpd_refer.json('metrics'), vpd_refer.arrays('metrics')
    targets = np.repeat(arrays['targets'], expected['sentences_per_ref'], axis=0) > 0
    overlaps = [
        mask_overlap(prediction > 0, target)
        for prediction, target in zip(arrays['predictions'], targets, strict=True)
    ]
    assert overlaps == [
        MaskOverlap(*counts)
        for counts in zip(expected['intersections'], expected['unions'], strict=True)
    ]
    assert [overlap.iou for overlap in overlaps] == pytest.approx(expected['per_sentence_iou'])

    measured = referring_metrics(overlaps)
    printed = [
        f'Mean IoU is {100 * measured.mean_iou:.2f}',
        *(
            f'precision@{threshold} = {100 * share:.2f}'
            for threshold, share in zip(THRESHOLDS, measured.precision, strict=True)
        ),
        f'overall IoU = {100 * measured.overall_iou:.2f}',
    ]
    assert printed == expected['published_test_script']['printed'][1:]
    inflated, overall = expected['published_train_script']['returned']
    assert 100 * measured.overall_iou == pytest.approx(overall)
    # The training script divides by references, of which there are fewer than sentences.
    sentences = sum(expected['sentences_per_ref'])
    assert 100 * measured.mean_iou * sentences / expected['n_refs'] == pytest.approx(inflated)
