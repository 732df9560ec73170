# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's segmentation and referring networks with a reference's weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from diffperc_ros.checkpoints.naming import published_names
from diffperc_ros.networks.attention_maps import KeepAttentionMap
from diffperc_ros.networks.configuration import (
    ClassPromptConfig,
    ReferringHeadConfig,
    SemanticFPNHeadConfig,
    SentencePromptConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.vpd import VPDReferring, VPDSegmentation
from parity.reference import Reference, fixture_folders

# Labels may differ where two classes are equally likely, and nowhere else.
UNDECIDED = 1e-3


def vpd_semseg_folders(root: Path) -> list[Path]:
    """Return the fixture folders of VPD segmentation."""
    return fixture_folders(root, 'vpd_semseg', lambda c: 'n_classes' in c and 'attn_sizes' in c)


def vpd_refer_folders(root: Path) -> list[Path]:
    """Return the fixture folders of VPD referring segmentation."""
    return fixture_folders(root, 'vpd_refer', lambda c: 'classifier_dims' in c)


def segmentation_config(reference: Reference) -> VPDSegmentationConfig:
    """Translate the reference's own words for its widths."""
    head = reference.config['head']
    return VPDSegmentationConfig(
        backbone=reference.backbone_config(),
        prompt=ClassPromptConfig(classes=reference.config['n_classes']),
        head=SemanticFPNHeadConfig(
            pyramid_channels=reference.config['neck']['out_channels'],
            channels=head['channels'],
            dropout=head['dropout'],
        ),
    )


def segmentation_network(reference: Reference) -> VPDSegmentation:
    """Return the network with the reference's weights, in evaluation mode."""
    network = VPDSegmentation(segmentation_config(reference))
    names = published_names(network.config, network.state_dict())
    reference.fill(network, names)
    return network


def referring_config(reference: Reference) -> VPDReferringConfig:
    """Translate the reference's own words for its widths."""
    return VPDReferringConfig(
        backbone=reference.backbone_config(),
        prompt=SentencePromptConfig(tokens=reference.config['token_length']),
        head=ReferringHeadConfig(channels=reference.config['hidden']),
    )


def referring_network(reference: Reference) -> VPDReferring:
    """Return the network with the reference's weights, in evaluation mode."""
    network = VPDReferring(referring_config(reference))
    names = published_names(network.config, network.state_dict())
    reference.fill(network, names)
    return network


def record_attention_maps(unet: Any) -> dict[str, Tensor]:
    """Return a dictionary that fills with the maps of a pass, in the order of the layers."""
    found: dict[str, Tensor] = {}
    for kind, blocks in (('down', unet.down_blocks), ('up', unet.up_blocks)):
        layers = [
            transformer.transformer_blocks[0].attn2
            for block in blocks
            for transformer in getattr(block, 'attentions', ())
            if isinstance(transformer.transformer_blocks[0].attn2.processor, KeepAttentionMap)
        ]
        for index, layer in enumerate(layers):

            def keep(
                module: Any, _inputs: Any, _output: Any, name: str = f'attn_{kind}_cross_{index}'
            ) -> None:
                found[name] = module.processor.attention_map

            layer.register_forward_hook(keep)
    return found


def named(prefix: str, tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return tensors under a prefix and their index."""
    return {f'{prefix}_{index}': tensor for index, tensor in enumerate(tensors)}


def assert_labels_equal(scores: Tensor, expected: Any) -> None:
    """Compare arg-max labels (B, H, W) or (H, W) wherever the best class stands out."""
    best = scores.topk(2, dim=1).values
    decided = (best[:, 0] - best[:, 1] > UNDECIDED).numpy()
    assert decided.mean() > 0.98
    labels = scores.argmax(1).numpy()
    truth = np.broadcast_to(expected, labels.shape)
    np.testing.assert_array_equal(labels[decided], truth[decided])
