# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which reductions fit which network: all that its conditioning allows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from diffperc_ros.export.reductions.backbones import reduce_backbone, reduce_refining_backbone
from diffperc_ros.export.reductions.unused_parts import drop_training_parts
from diffperc_ros.networks.backbone import DiffusionBackbone
from diffperc_ros.networks.conditioning.label_prompt import LabelPrompt
from diffperc_ros.networks.conditioning.meta_prompts import AdaptedPrompts
from diffperc_ros.networks.graphs import ImageGraph, PromptTable
from diffperc_ros.networks.refinement import RefiningBackbone


class PromptRow(nn.Module):
    """The U-Net holds a vector per prompt: it is told the row, or nothing where there is one."""

    def forward(self, row: Tensor | None = None, batch: int = 1) -> Tensor | None:
        """Return the row."""
        return row


class LastPrompts(nn.Module):
    """What is left of prompts that the U-Nets hold: the last pass's, for the re-arrangement."""

    rows: Tensor

    def __init__(self, rows: Tensor) -> None:
        super().__init__()
        self.register_buffer('rows', rows)

    def forward(self) -> tuple[Tensor]:
        """Return the prompts (N, dim) of the last pass, in a tuple as if passes went before."""
        return (self.rows,)


@torch.no_grad()
def reduce(graph: ImageGraph) -> ImageGraph:
    """Return the same graph with everything constant in its weights; it takes the graph over.

    Sentences and pictures as prompts stay as they are: their tokens are known at run time only.

    Parameters
    ----------
    graph : as `networks.graphs.graph_of` makes it; changed in place. Its answers change by
        rounding alone.
    """
    network = graph.network
    drop_training_parts(network)
    for name, module in list(network.named_modules()):
        if isinstance(module, DiffusionBackbone):
            network.set_submodule(name, reduce_backbone(module, _take_contexts(network)))
        elif isinstance(module, RefiningBackbone):
            network.set_submodule(
                name, reduce_refining_backbone(module, _take_prompts(network, module))
            )
    return graph.eval()


def _take_contexts(network: nn.Module) -> Tensor | None:
    """Return what the U-Net may be told (prompts, tokens, dim), and replace its source by rows."""
    prompt = getattr(network, 'prompt', None)
    if isinstance(prompt, PromptTable):
        contexts = prompt.rows
    elif isinstance(prompt, LabelPrompt):
        contexts = prompt(batch=1)
    else:
        return None
    network.prompt = PromptRow()
    return contexts


def _take_prompts(network: nn.Module, backbone: RefiningBackbone) -> list[Tensor]:
    """Return each pass's prompts (N, dim), and replace their source by the last pass's."""
    prompts = network.prompts
    if isinstance(prompts, AdaptedPrompts):
        rows = list(prompts())
        network.prompts = LastPrompts(rows[-1])
        return rows
    if isinstance(prompts, nn.Parameter):
        return [prompts] * len(backbone.time_vectors)
    raise TypeError(f'no rule for prompts of the kind {type(prompts).__name__}')
