# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""IEDP's explicit prompts: what the labels of a picture say, in CLIP's words.

They see the ground truth, so they exist in training alone and are part of no saved network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffperc_ros.checkpoints.prompt_templates import TEMPLATES
from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.conditioning.text_adapter import TextAdapter
from diffperc_ros.training.iedp.configuration import ExplicitPromptConfig
from diffperc_ros.training.iedp.text_tower import EMPTY, TextTower

IGNORED = 255
_RECORDING_NUMBER = re.compile(r'_\d{4}\w*$')


class ClassSlots(nn.Module):
    """One token per class: its text feature where it is present, the empty prompt's elsewhere.

    Parameters
    ----------
    class_texts
        Text features (classes, dim).
    empty_text
        Text feature (dim,) of the empty prompt.
    """

    def __init__(
        self, config: ExplicitPromptConfig, class_texts: Tensor, empty_text: Tensor
    ) -> None:
        super().__init__()
        self.config = config
        self.tokens = len(class_texts)
        self.register_buffer('class_texts', class_texts)
        self.register_buffer('empty_text', empty_text)
        self.class_texts: Tensor
        self.empty_text: Tensor
        self.adapter = _adapter(config, class_texts.shape[-1])

    def forward(self, labels: Tensor) -> Tensor:
        """Return the context (B, classes, dim) of label maps (B, H, W), after augmentation."""
        presence = _told_presence(self, self.config, labels, self.tokens)
        slots = torch.where(presence[..., None], self.class_texts, self.empty_text)
        context: Tensor = self.adapter(slots)
        return context


class ClassSentence(nn.Module):
    """The tokens of a sentence that lists the classes present, in their order.

    Parameters
    ----------
    tower
        CLIP's text encoder; a sentence that is too long for it loses its end.
    names
        The classes.
    """

    def __init__(
        self, config: ExplicitPromptConfig, tower: TextTower, names: Sequence[str]
    ) -> None:
        super().__init__()
        self.config = config
        self.names = tuple(names)
        self.tower = tower
        _, self.tokens, dim = tower.last_hidden([EMPTY]).shape
        self.adapter = _adapter(config, dim)

    def forward(self, labels: Tensor) -> Tensor:
        """Return the context (B, tokens, dim) of label maps (B, H, W), after augmentation."""
        presence = _told_presence(self, self.config, labels, len(self.names))
        text = self.tower.last_hidden([self.sentence(row) for row in presence.tolist()])
        context: Tensor = self.adapter(text.to(labels.device))
        return context

    def sentence(self, presence: Sequence[bool]) -> str:
        """Return the sentence of one picture; without any class it is empty."""
        named = [name for name, present in zip(self.names, presence, strict=True) if present]
        return f'a photo of a {", ".join(named)}' if named else EMPTY


class RoomPrompt(nn.Module):
    """The text of the room that a depth picture was taken in.

    Parameters
    ----------
    room_texts
        Text features (rooms, tokens, dim).
    """

    def __init__(self, config: ExplicitPromptConfig, room_texts: Tensor) -> None:
        super().__init__()
        self.config = config
        self.tokens = room_texts.shape[1]
        self.register_buffer('room_texts', room_texts)
        self.room_texts: Tensor
        self.adapter = _adapter(config, room_texts.shape[-1])

    def forward(self, rooms: Tensor) -> Tensor:
        """Return the context (B, tokens, dim) of room types int64 (B,)."""
        if self.training and self.config.label_noise:
            count = len(self.room_texts)
            others = (rooms + torch.randint_like(rooms, 1, max(count, 2))) % count
            taken = torch.rand(rooms.shape, device=rooms.device) < self.config.label_noise
            rooms = torch.where(taken, others, rooms)
        context: Tensor = self.adapter(self.room_texts[rooms])
        return context


def segmentation_prompt(
    config: ExplicitPromptConfig,
    tower: TextTower,
    names: Sequence[str],
) -> ClassSlots | ClassSentence:
    """Return the explicit prompt for label maps whose classes have these names."""
    if config.prompt_mode == 'sentence':
        return ClassSentence(config, tower, names)
    texts = tower.mean_over(TEMPLATES[config.templates], names)
    return ClassSlots(config, texts, tower.pooled([EMPTY])[0])


def room_prompt(
    config: ExplicitPromptConfig,
    tower: TextTower,
    rooms: Sequence[str],
) -> RoomPrompt:
    """Return the explicit prompt for depth pictures from these types of rooms."""
    spoken = [room.replace('_', ' ') for room in rooms]
    if config.depth_prompt == 'pooled':
        texts = tower.mean_over(TEMPLATES[config.templates], spoken)
        return RoomPrompt(config, texts[:, None])
    return RoomPrompt(config, tower.last_hidden([f'a photo of a {room}' for room in spoken]))


def room_of_folder(folder: str, rooms: Sequence[str]) -> int:
    """Return which of `rooms` a folder of NYU Depth v2 shows, such as `study_room_0004`.

    The name must be the room's and nothing else: VPD's published lookup takes the first room
    whose name occurs in the folder's, and so takes study rooms for studies.

    Raises
    ------
    SettingError
        When the folder is named after none of them.
    """
    room = _RECORDING_NUMBER.sub('', folder)
    if room not in rooms:
        raise SettingError(f"no room is called '{room}' ({folder}); there are: {', '.join(rooms)}")
    return list(rooms).index(room)


def classes_present(labels: Tensor, classes: int, min_pixels: int = 1) -> Tensor:
    """Return which classes a label map shows: bool (B, classes) of int64 (B, H, W).

    Pixels labelled 255 count for none.
    """
    counted = torch.where(labels == IGNORED, classes, labels).flatten(1)
    counts = functional.one_hot(counted, classes + 1).sum(dim=1)
    return counts[:, :classes] >= min_pixels


def noisy_presence(presence: Tensor, noise: float) -> Tensor:
    """Hide each present class with probability `noise`, and name as many absent ones on average.

    Parameters
    ----------
    presence
        Bool (B, classes).
    noise
        Probability, 0 leaves everything as it is and draws no random numbers.
    """
    if noise == 0:
        return presence
    present = presence.sum(dim=1, keepdim=True)
    absent = presence.shape[1] - present
    named = (noise * present / absent.clamp_min(1)).clamp_max(1).expand_as(presence)
    flipped = torch.rand_like(named) < torch.where(presence, noise, named)
    return presence ^ flipped


def _told_presence(
    prompt: nn.Module, config: ExplicitPromptConfig, labels: Tensor, classes: int
) -> Tensor:
    """Return the classes a prompt names: those present, in training with noise."""
    presence = classes_present(labels, classes, config.min_pixels)
    return noisy_presence(presence, config.label_noise if prompt.training else 0.0)


def _adapter(config: ExplicitPromptConfig, dim: int) -> nn.Module:
    return TextAdapter(dim, config.adapter_scale) if config.text_adapter else nn.Identity()
