# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every network of the package at the smallest width that has every part, and its graphs.

python -m support.every_network FOLDER    writes an ONNX file of each, from the folder test/
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from diffperc_ros.bundle.golden import GoldenSample
from diffperc_ros.bundle.manifest import ImageInput
from diffperc_ros.export.forms import FormSettings, write_forms
from diffperc_ros.export.golden import golden_samples
from diffperc_ros.networks.configuration import (
    ClassPromptConfig,
    ReferringHeadConfig,
    SemanticFPNHeadConfig,
    SentencePromptConfig,
    VPDReferringConfig,
    VPDSegmentationConfig,
)
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.graphs import ImageGraph, graph_of
from diffperc_ros.networks.iedp_configuration import (
    CLIPImageConfig,
    IEDPDepthConfig,
    IEDPSegmentationConfig,
    ImplicitPromptConfig,
)
from diffperc_ros.networks.metaprompts_configuration import (
    MetaPromptsDepthConfig,
    MetaPromptsDepthHeadConfig,
    MetaPromptsPoseConfig,
    MetaPromptsPoseHeadConfig,
    MetaPromptsSegmentationConfig,
    RefiningBackboneConfig,
    UPerNetHeadConfig,
)
from diffperc_ros.networks.methods import NetworkConfig
from support.networks import TINY

WIDTH, HEIGHT = 128, 64

_BACKBONE = replace(TINY.backbone, latent_scale=0.5)
_REFINING = RefiningBackboneConfig(
    encoder=_BACKBONE.encoder, unet=_BACKBONE.unet, taps=_BACKBONE.taps, steps=2
)
_CLIP = CLIPImageConfig(
    name='random', image_size=28, patch_size=14, hidden_size=16, layers=1, heads=2, mlp_size=16
)
_FPN = SemanticFPNHeadConfig(pyramid_channels=8, channels=8)

CONFIGS: dict[str, NetworkConfig] = {
    config.method: config
    for config in (
        replace(TINY, backbone=_BACKBONE),
        VPDSegmentationConfig(backbone=_BACKBONE, prompt=ClassPromptConfig(classes=5), head=_FPN),
        VPDReferringConfig(
            backbone=_BACKBONE,
            prompt=SentencePromptConfig(tokens=7),
            head=ReferringHeadConfig(channels=8),
        ),
        MetaPromptsDepthConfig(
            backbone=_REFINING,
            prompts=6,
            head=MetaPromptsDepthHeadConfig(
                norm_num_groups=4,
                fusion_channels=8,
                deconvolution_channels=(8, 8, 8),
                decoder_channels=8,
                init_std=0.1,
            ),
        ),
        MetaPromptsSegmentationConfig(
            backbone=_REFINING,
            prompts=6,
            classes=5,
            norm_num_groups=4,
            head=UPerNetHeadConfig(channels=8),
        ),
        MetaPromptsPoseConfig(
            backbone=_REFINING,
            prompts=6,
            keypoints=3,
            head=MetaPromptsPoseHeadConfig(
                norm_num_groups=4,
                fusion_channels=8,
                deconvolution_channels=(8,),
                decoder_channels=8,
                init_std=0.1,
            ),
        ),
        IEDPDepthConfig(
            backbone=_BACKBONE,
            clip_image=_CLIP,
            prompt=ImplicitPromptConfig(queries=6, heads=2),
            head=TINY.head,
        ),
        IEDPSegmentationConfig(
            backbone=_BACKBONE,
            clip_image=_CLIP,
            prompt=ImplicitPromptConfig(queries=5, heads=2),
            classes=5,
            head=_FPN,
        ),
    )
}


def make_graph(method: str) -> ImageGraph:
    """Return the graph of a network with random weights under which every layer matters."""
    torch.manual_seed(0)
    return graph_of(randomise(build(CONFIGS[method])))


def randomise(network: nn.Module) -> nn.Module:
    """Give a network random weights under which every layer matters, the same every time."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            parameter.data.normal_(std=fan_in**-0.5, generator=generator)
        else:
            parameter.data.add_(torch.empty_like(parameter).normal_(std=0.1, generator=generator))
    return network.eval()


def make_samples(
    graph: ImageGraph, width: int = WIDTH, height: int = HEIGHT
) -> list[GoldenSample]:
    """Return a graph's answers to two made-up pictures, with different prompts or phrases."""
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(2)]
    others = {
        name: value for name, value in graph.example_inputs(64, 64).items() if name != 'image'
    }
    told = [
        {
            name: np.array([turn], np.int32)
            if name == 'prompt'
            else random.normal(size=tuple(value.shape)).astype(np.float32)
            for name, value in others.items()
        }
        for turn in (5, 1)
    ]
    return golden_samples(graph, pictures, ImageInput(width=width, height=height), told)


@cache
def exported(
    method: str,
    precision: str = 'fp32',
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Path:
    """Return the ONNX file of a network, compared with PyTorch; made once a process."""
    graph = make_graph(method)
    settings = FormSettings(width, height, (precision,), opset_17=True)  # type: ignore[arg-type]
    stem = f'{method}_{width}x{height}'
    write_forms(graph, _folder(), stem, settings, make_samples(graph, width, height))
    return _folder() / f'{stem}.{precision}.onnx'


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix='exported-networks-'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if __name__ == '__main__':
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for name in CONFIGS:
        print(shutil.copy(exported(name), target))  # noqa: T201
