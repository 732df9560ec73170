# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All reductions together, for every network."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from support.every_network import CONFIGS, make_graph, make_samples
from torch import Tensor

from diffperc_ros.export.golden import as_tensors
from diffperc_ros.export.reductions.backbones import ReducedBackbone
from diffperc_ros.export.reductions.reduce import reduce
from diffperc_ros.networks.configuration import VPDSegmentationConfig
from diffperc_ros.networks.factory import build
from diffperc_ros.networks.graphs import graph_of

GONE = {
    'vpd_depth': ('time_emb', 'quant_conv', 'attn2', 'adapter', 'class_embeddings'),
    'vpd_segmentation': ('time_emb', 'quant_conv', 'attn2.to_k', 'attn2.to_v', 'adapter'),
    'vpd_referring': ('time_emb', 'quant_conv'),
    'metaprompts_depth': ('time_emb', 'quant_conv', 'attn2.to_k', 'adapters', 'time_vectors'),
    'metaprompts_segmentation': ('time_emb', 'attn2.to_v', 'auxiliary_head', 'time_vectors'),
    'metaprompts_pose': ('time_emb', 'quant_conv', 'attn2.to_k', 'adapters'),
    'iedp_depth': ('time_emb', 'quant_conv'),
    'iedp_segmentation': ('time_emb', 'quant_conv'),
}


@pytest.mark.parametrize('method', sorted(CONFIGS))
def test_answers_change_by_rounding_alone_and_weights_are_gone(method: str) -> None:
    plain = make_graph(method)
    sample = make_samples(plain)[0]
    (expected,) = sample.outputs.values()
    reduced = reduce(copy.deepcopy(plain))
    with torch.no_grad():
        found = reduced(**as_tensors(sample)).double()
        exact = _in_double(plain, as_tensors(sample))
    rounding = (torch.from_numpy(expected).double() - exact).abs().max()
    assert exact.std() > 1e-3
    assert (found - exact).abs().max() <= 8 * rounding
    left = {name for name, _ in reduced.named_parameters()}
    for gone in GONE[method]:
        assert not [name for name in left if gone in name], gone
        assert [name for name in plain.state_dict() if gone in name or 'row' in name], gone
    size = {
        id(graph): sum(parameter.numel() for parameter in graph.parameters())
        for graph in (plain, reduced)
    }
    assert size[id(reduced)] < size[id(plain)]


def test_passes_share_their_weights() -> None:
    reduced = reduce(make_graph('metaprompts_depth'))
    (backbone,) = (part for part in reduced.modules() if isinstance(part, ReducedBackbone))
    first, last = backbone.unets
    assert first.conv_in.weight is last.conv_in.weight
    assert (
        first.down_blocks[0].resnets[0].conv1.bias is not last.down_blocks[0].resnets[0].conv1.bias
    )
    assert hasattr(first, 'conv_out')
    assert not hasattr(last, 'conv_out')


def test_a_single_class_still_has_its_attention_map() -> None:
    config = CONFIGS['vpd_segmentation']
    assert isinstance(config, VPDSegmentationConfig)
    torch.manual_seed(0)
    graph = graph_of(build(replace(config, prompt=replace(config.prompt, classes=1))))
    image = torch.randint(0, 256, (1, 3, 64, 128), dtype=torch.uint8)
    with torch.no_grad():
        expected = graph(image)
        torch.testing.assert_close(reduce(graph)(image), expected, rtol=1e-4, atol=1e-5)


def _in_double(graph: torch.nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """Return the answer of a graph's network computed in float64 throughout."""
    wide = copy.deepcopy(graph).double()
    answers: list[Tensor] = []
    wide.network.register_forward_pre_hook(
        lambda _module, given: tuple(
            item.double() if item.is_floating_point() else item for item in given
        )
    )
    wide.network.register_forward_hook(lambda _module, _given, answer: answers.append(answer))
    wide(**inputs)
    (answer,) = answers
    if answer.shape[1] == 2:
        return (answer[:, 1:] - answer[:, :1]).double()
    return answer.double()
