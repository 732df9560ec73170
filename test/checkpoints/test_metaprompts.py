# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from diffperc_ros.checkpoints import metaprompts_depth, metaprompts_segmentation
from diffperc_ros.networks.metaprompts import MetaPromptsDepth, MetaPromptsSegmentation
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
)

ONE_STEP = RefiningBackboneConfig(steps=1)


@pytest.mark.parametrize('backbone', [RefiningBackboneConfig(), ONE_STEP])
def test_no_two_tensors_share_a_published_name(backbone: RefiningBackboneConfig) -> None:
    depth = replace(MetaPromptsDepthConfig(), backbone=backbone)
    segmentation = replace(MetaPromptsSegmentationConfig(), backbone=backbone)
    with torch.device('meta'):
        states = (
            MetaPromptsDepth(depth).state_dict(),
            MetaPromptsSegmentation(segmentation).state_dict(),
        )
    for names, unused, copies in (
        (
            metaprompts_depth.published_names(depth, states[0]),
            metaprompts_depth.known_unused(depth),
            metaprompts_depth.tied_copies(depth),
        ),
        (
            metaprompts_segmentation.published_names(segmentation, states[1]),
            metaprompts_segmentation.known_unused(segmentation),
            metaprompts_segmentation.tied_copies(segmentation),
        ),
    ):
        published = [*names.values(), *unused, *copies]
        assert len(set(published)) == len(published)
        assert set(copies.values()) <= set(names.values())


def test_output_layers_are_copied_for_each_pass_that_is_fed() -> None:
    original = 'encoder.unet.unet.diffusion_model.out.2.bias'
    copies = metaprompts_depth.tied_copies(MetaPromptsDepthConfig())
    assert copies['encoder.cross_unet_conv2.2.bias'] == original
    assert copies['encoder.cross_unet_conv3.2.bias'] == original
    assert len(copies) == 8
    single = replace(MetaPromptsDepthConfig(), backbone=ONE_STEP)
    assert metaprompts_depth.tied_copies(single) == {}
    assert original in metaprompts_depth.known_unused(single)
