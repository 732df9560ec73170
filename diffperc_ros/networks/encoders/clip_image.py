# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CLIP's image encoder: the picture as the tokens that IEDP's implicit prompt is made of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModel

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.bicubic import resize_bicubic
from diffperc_ros.networks.iedp_configuration import CLIPImageConfig

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)


class CLIPImageEncoder(nn.Module):
    """Picture to tokens, resizing and CLIP's own normalisation included.

    Both are part of the network, so that an exported graph carries them.
    """

    def __init__(self, config: CLIPImageConfig) -> None:
        super().__init__()
        self.config = config
        self.model = _transformer(
            CLIPVisionModel(
                CLIPVisionConfig(
                    hidden_size=config.hidden_size,
                    intermediate_size=config.mlp_size,
                    num_hidden_layers=config.layers,
                    num_attention_heads=config.heads,
                    image_size=config.image_size,
                    patch_size=config.patch_size,
                )
            )
        )
        if config.frozen:
            self.requires_grad_(False).eval()
        self.register_load_state_dict_post_hook(_check_fingerprint)  # type: ignore[no-untyped-call]

    def train(self, mode: bool = True) -> CLIPImageEncoder:
        """Set training mode, which a frozen encoder does not follow."""
        super().train(mode and not self.config.frozen)
        return self

    def prepare(self, image: Tensor) -> Tensor:
        """Return CLIP's square picture (B, 3, image_size, image_size), in CLIP's statistics.

        Parameters
        ----------
        image
            RGB (B, 3, H, W) in [-1, 1].
        """
        side = self.config.image_size
        if self.config.resize == 'centre_crop':
            image = _centre_square(image)
        # Bicubic weights overshoot; like the eight-bit pictures CLIP was trained with, these end
        # at black and white.
        square = resize_bicubic(image, (side, side)).clamp(-1, 1)
        mean, std = (square.new_tensor(values).view(3, 1, 1) for values in (_MEAN, _STD))
        return ((square + 1) / 2 - mean) / std

    def forward(self, image: Tensor) -> Tensor:
        """Return tokens (B, N, hidden_size) of an RGB image (B, 3, H, W) in [-1, 1].

        N is 1 + (image_size / patch_size)^2 for 'all', the class token first.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.config.frozen):
            tokens: Tensor = self.model(self.prepare(image)).last_hidden_state
            if self.config.final_norm:
                tokens = self.model.post_layernorm(tokens)
        if self.config.tokens == 'class':
            return tokens[:, :1]
        return tokens[:, 1:] if self.config.tokens == 'patches' else tokens


def clip_image_config(folder: Path) -> CLIPImageConfig:
    """Return the settings of the encoder in a transformers folder, its fingerprint included.

    Raises
    ------
    SettingError
        When the folder holds no CLIP model.
    """
    model = _read(folder)
    sizes = model.config
    return CLIPImageConfig(
        name=folder.name,
        fingerprint=fingerprint(model),
        image_size=sizes.image_size,
        patch_size=sizes.patch_size,
        hidden_size=sizes.hidden_size,
        layers=sizes.num_hidden_layers,
        heads=sizes.num_attention_heads,
        mlp_size=sizes.intermediate_size,
    )


def load_clip_image(encoder: CLIPImageEncoder, folder: Path) -> None:
    """Give an encoder the weights of a transformers folder; nothing is ever downloaded.

    Raises
    ------
    SettingError
        When the folder holds no CLIP model, or not the one that the encoder's settings name.
    """
    state = _read(folder).state_dict()
    try:
        encoder.load_state_dict({f'model.{name}': tensor for name, tensor in state.items()})
    except RuntimeError as error:
        raise SettingError(
            f'{folder}: these are not the weights of {encoder.config.name}: {error}'
        ) from error


def fingerprint(model: nn.Module) -> str:
    """Return the SHA-256 of a model's tensors: names, shapes and values rounded to fp16.

    Rounded, because a file may store weights in half precision.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f'{name}{tuple(tensor.shape)}'.encode())
        digest.update(tensor.detach().half().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _check_fingerprint(encoder: nn.Module, _keys: Any) -> None:
    if not isinstance(encoder, CLIPImageEncoder):
        return
    if not (encoder.config.frozen and encoder.config.fingerprint):
        return
    found = fingerprint(encoder.model)
    if found != encoder.config.fingerprint:
        raise SettingError(
            f'the weights of the CLIP image encoder have the fingerprint {found[:12]}..., but the '
            f'network was made with {encoder.config.name}, {encoder.config.fingerprint[:12]}...; '
            'give the weights of that model'
        )


def _transformer(model: nn.Module) -> Any:
    """Return the layers themselves, which transformers 4 wraps once more than 5 does.

    So names in a state are the same under both.
    """
    return getattr(model, 'vision_model', model)


def _read(folder: Path) -> Any:
    try:
        model = CLIPVisionModel.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise SettingError(
            f'{folder}: no CLIP image encoder in the form of the transformers library '
            f'(config.json, model.safetensors): {error}'
        ) from error
    return _transformer(model)


def _centre_square(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[..., top : top + side, left : left + side]
