# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VPD's segmentation network for one's own classes: the start of a training on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from diffperc_ros.checkpoints.base_weights import load_base_weights
from diffperc_ros.checkpoints.embedding import ClassEmbeddings
from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.configuration import VPDSegmentationConfig
from diffperc_ros.networks.vpd import VPDSegmentation


def segmentation_for_classes(
    embeddings: ClassEmbeddings,
    config: VPDSegmentationConfig | None = None,
    base_weights: Path | None = None,
) -> VPDSegmentation:
    """Return VPD's segmentation network with one's own class embeddings as its prompt.

    The answer's channels, and the cross-attention maps that join the features, are the classes in
    the order of `embeddings.names`. The head is fresh: it has to be trained on these classes.

    Parameters
    ----------
    embeddings
        As `diffperc embed-classes` wrote and `read_class_embeddings` reads them.
    config
        Widths and taps; its number of classes is replaced. By default the published network.
    base_weights
        Stable Diffusion 1.5 (a diffusers folder or the original file) for encoder and U-Net;
        None leaves them random.

    Raises
    ------
    SettingError
        When the vectors do not have the width of the U-Net's context.
    CheckpointError
        When the base weights are not those of this backbone.
    """
    config = config or VPDSegmentationConfig()
    width = config.backbone.unet.cross_attention_dim
    vectors = embeddings.vectors
    if vectors.shape[1] != width:
        raise SettingError(
            f'the class embeddings have {vectors.shape[1]} values each but the U-Net takes '
            f'{width}; make them with the text encoder of the Stable Diffusion that it belongs to'
        )
    prompt = replace(config.prompt, classes=len(embeddings.names))
    network = VPDSegmentation(replace(config, prompt=prompt))
    network.prompt.class_embeddings.copy_(vectors)
    if base_weights is not None:
        load_base_weights(network.backbone, config.backbone.unet, base_weights)
    return network
