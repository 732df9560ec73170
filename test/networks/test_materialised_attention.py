# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor, AttnProcessor2_0

from diffperc_ros.networks.factory import build
from diffperc_ros.networks.materialised_attention import materialise_attention
from diffperc_ros.training.recipes.segmentation import SMALL_INDOOR_SEGMENTATION


@torch.inference_mode()
def test_written_out_attention_answers_the_same() -> None:
    torch.manual_seed(0)
    network = build(SMALL_INDOOR_SEGMENTATION.network).eval()
    image = torch.rand(1, 3, 64, 64)
    fused = network(image)
    changed = materialise_attention(network)
    left = [module.processor for module in network.modules() if isinstance(module, Attention)]
    assert changed == sum(isinstance(processor, AttnProcessor) for processor in left) > 0
    assert not any(isinstance(processor, AttnProcessor2_0) for processor in left)
    torch.testing.assert_close(network(image), fused, rtol=1e-4, atol=1e-5)
    assert materialise_attention(network) == 0
