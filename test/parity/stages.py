# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tensors inside a network, under the names of the reference."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from torch import Tensor, nn


def record_outputs(modules: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Return a dictionary that fills with each module's latest output."""
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            outputs[name] = output[0] if isinstance(output, tuple) else output

        return hook

    for name, module in modules.items():
        module.register_forward_hook(keep(name))
    return outputs


def unet_blocks(unet: Any) -> dict[str, nn.Module]:
    """Return the modules whose outputs are the blocks of the original U-Net's numbering."""
    ordered: list[nn.Module] = [unet.conv_in]
    for block in unet.down_blocks:
        ordered += getattr(block, 'attentions', block.resnets)
        ordered += block.downsamplers or []
    named = {f'unet_in_{index:02d}': module for index, module in enumerate(ordered)}
    named['unet_mid'] = unet.mid_block
    ordered = []
    for block in unet.up_blocks:
        units = list(getattr(block, 'attentions', block.resnets))
        # The original numbers an upsampler with the last unit of its level.
        ordered += [*units[:-1], block.upsamplers[0] if block.upsamplers else units[-1]]
    return named | {f'unet_out_{index:02d}': module for index, module in enumerate(ordered)}


def numpy(tensors: dict[str, Tensor]) -> dict[str, NDArray[Any]]:
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}
