# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Half precision, typed in the network itself, so that every engine computes what was decided.

Float32 stay: the picture's normalisation, the last step of every head (networks do that
themselves), and of the parts below those that are named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from diffperc_ros.core.errors import OutputError
from diffperc_ros.export.attention import compute_softmax_in_float32
from diffperc_ros.export.reductions.backbones import ReducedBackbone
from diffperc_ros.networks.conditioning.sentence_prompt import SentencePrompt
from diffperc_ros.networks.encoders.clip_image import CLIPImageEncoder
from diffperc_ros.networks.graphs import ImageGraph

Part: TypeAlias = Literal['encoder', 'softmax']
CAREFUL: frozenset[Part] = frozenset({'encoder', 'softmax'})
"""What stays float32 unless speed is worth the risk: encoders of pictures, whose activations are
the largest, and the softmax of every attention of the U-Net."""

LARGEST_HALF = float(torch.finfo(torch.float16).max)


class Converted(nn.Module):
    """A part that computes in one type and answers in another."""

    def __init__(self, part: nn.Module, inside: torch.dtype, outside: torch.dtype) -> None:
        super().__init__()
        self.part = part.to(inside)
        self.inside, self.outside = inside, outside

    def forward(self, values: Tensor) -> Tensor:
        """Return the part's answer to values of any floating type."""
        answer: Tensor = self.part(values.to(self.inside))
        return answer.to(self.outside)


def to_half(graph: ImageGraph, float32: Collection[Part] = CAREFUL) -> ImageGraph:
    """Return the same graph in half precision; it takes the graph over.

    Parameters
    ----------
    graph : reduced.
    float32 : parts that keep float32.
    """
    network = graph.network.half()
    of_pictures = torch.float32 if 'encoder' in float32 else torch.float16
    for name, module in list(network.named_modules()):
        if isinstance(module, ReducedBackbone):
            module.encoder = Converted(module.encoder, of_pictures, torch.float16)
            if 'softmax' in float32:
                for unet in module.unets:
                    compute_softmax_in_float32(unet)
        elif isinstance(module, CLIPImageEncoder):
            network.set_submodule(name, Converted(module, of_pictures, torch.float16))
        elif isinstance(module, SentencePrompt):
            network.set_submodule(name, Converted(module, torch.float16, torch.float16))
    return graph


@torch.no_grad()
def check_range(
    graph: ImageGraph, inputs: Mapping[str, Tensor], float32: Collection[Part] = CAREFUL
) -> None:
    """Check that no layer that will be half answers with what half precision cannot hold.

    An engine on a CPU would not notice: it computes half-precision graphs in float32.

    Parameters
    ----------
    graph : reduced, still float32.
    inputs : of one run.
    float32 : parts that keep float32.

    Raises
    ------
    OutputError : names the layer and its largest value.
    """
    kept = [
        inner
        for module in graph.modules()
        if 'encoder' in float32
        for inner in _picture_encoders(module)
    ]
    spared = {id(module) for encoder in kept for module in encoder.modules()}
    layers = {
        name: module
        for name, module in graph.named_modules()
        if id(module) not in spared and not list(module.children())
    }
    largest: dict[str, float] = {}
    hooks = [
        module.register_forward_hook(
            lambda _layer, _given, answer, name=name: (
                largest.update({name: max(largest.get(name, 0.0), float(answer.abs().max()))})
                if isinstance(answer, Tensor) and answer.is_floating_point()
                else None
            )
        )
        for name, module in layers.items()
    ]
    try:
        graph(**inputs)
    finally:
        for hook in hooks:
            hook.remove()
    worst = max(largest, key=lambda name: largest[name])
    if not largest[worst] < LARGEST_HALF:
        raise OutputError(
            f'{worst.removeprefix("network.")} reaches {largest[worst]:.3g}, half precision ends '
            f'at {LARGEST_HALF:.0f}; export this network as fp32'
        )


def _picture_encoders(module: nn.Module) -> list[nn.Module]:
    if isinstance(module, ReducedBackbone):
        return [module.encoder]
    return [module] if isinstance(module, CLIPImageEncoder) else []
