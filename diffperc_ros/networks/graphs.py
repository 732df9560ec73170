# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The form in which a network is run: named arrays in, one named array out.

Every graph takes `image` uint8 (1, 3, H, W) RGB and normalises it itself. What else it takes, and
what its answer is called, depends on its task; engines, bundles and golden answers use the same
names.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.conditioning.class_prompt import ClassPrompt
from diffperc_ros.networks.conditioning.sentence_prompt import SentencePrompt

Task: TypeAlias = Literal['depth', 'segmentation', 'query', 'pose']

TASKS: dict[str, Task] = {
    'vpd_depth': 'depth',
    'vpd_segmentation': 'segmentation',
    'vpd_referring': 'query',
    'metaprompts_depth': 'depth',
    'metaprompts_segmentation': 'segmentation',
    'metaprompts_pose': 'pose',
    'iedp_depth': 'depth',
    'iedp_segmentation': 'segmentation',
}
"""What each method of `methods.METHODS` answers."""

OUTPUTS: dict[Task, str] = {
    'depth': 'depth',
    'segmentation': 'logits',
    'query': 'logits',
    'pose': 'heatmaps',
}
"""What the answer is called: `depth` (1, 1, h, w) in metres; `logits` (1, classes, h, w), for a
query (1, 1, h, w) of object minus background; `heatmaps` (1, keypoints, h, w). All float32."""


class ImageGraph(nn.Module):
    """A network that is told nothing, or always the same, of a picture.

    Parameters
    ----------
    network : takes RGB (B, 3, H, W) in [0, 1].
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.method: str = network.config.method  # type: ignore[union-attr, assignment]

    def example_inputs(self, width: int, height: int) -> dict[str, Tensor]:
        """Return the inputs by name, with zeros for values, of a picture's size in pixels."""
        return {'image': torch.zeros((1, 3, height, width), dtype=torch.uint8)}

    def forward(self, image: Tensor) -> Tensor:
        """Return the answer float32 to an image uint8 (1, 3, H, W)."""
        answer: Tensor = self.network(image.float() / 255)
        return answer.float()


class PromptTable(nn.Module):
    """The contexts of all scene classes, and behind them that of their mean.

    Takes the place of the `ClassPrompt` it was made of.

    Attributes
    ----------
    rows : (classes + 1, 1, dim), a buffer; in a graph with a fixed prompt (1, 1, dim).
    """

    rows: Tensor

    def __init__(self, prompt: ClassPrompt, fixed: int | None = None) -> None:
        super().__init__()
        classes = len(prompt.class_embeddings)
        with torch.no_grad():
            every = prompt(torch.arange(classes, device=prompt.class_embeddings.device), classes)
            rows = torch.cat((every, prompt(None, batch=1)))
        self.register_buffer('rows', rows if fixed is None else rows[fixed : fixed + 1])

    def forward(self, row: Tensor | None, batch: int) -> Tensor:
        """Return the context (B, 1, dim) of rows int64 (B,); None is the only one there is."""
        if row is None:
            return self.rows.expand(batch, -1, -1)
        return self.rows.index_select(0, row)


class PromptedGraph(ImageGraph):
    """A network that may be told the class of the scene.

    Takes over the network, whose prompt becomes a table of contexts.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network)
        network.prompt = PromptTable(_class_prompt(network))

    def example_inputs(self, width: int, height: int) -> dict[str, Tensor]:
        """Return the inputs by name, with zeros for values, of a picture's size in pixels."""
        prompt = torch.zeros((1,), dtype=torch.int32)
        return {**super().example_inputs(width, height), 'prompt': prompt}

    def forward(self, image: Tensor, prompt: Tensor) -> Tensor:  # type: ignore[override]
        """Return the answer float32 to an image uint8 (1, 3, H, W).

        Parameters
        ----------
        image : uint8 (1, 3, H, W) RGB.
        prompt : int32 (1,), a scene class, or the number of classes for the mean of them all.
        """
        answer: Tensor = self.network(image.float() / 255, prompt.long())
        return answer.float()


class SentenceGraph(ImageGraph):
    """A network that is told a sentence."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network)
        prompt = network.prompt
        if not isinstance(prompt, SentencePrompt):
            raise TypeError(f'a sentence needs a SentencePrompt, not {type(prompt).__name__}')
        self.context_shape = (1, prompt.tokens, len(prompt.adapter.gamma))

    def example_inputs(self, width: int, height: int) -> dict[str, Tensor]:
        """Return the inputs by name, with zeros for values, of a picture's size in pixels."""
        return {
            **super().example_inputs(width, height),
            'context': torch.zeros(self.context_shape),
        }

    def forward(self, image: Tensor, context: Tensor) -> Tensor:  # type: ignore[override]
        """Return the object's logit minus the background's, float32 (1, 1, h, w).

        Parameters
        ----------
        image : uint8 (1, 3, H, W) RGB.
        context : float32 (1, tokens, dim), token features of the sentence.
        """
        background, target = self.network(image.float() / 255, context).float().chunk(2, dim=1)
        difference: Tensor = target - background
        return difference


def graph_of(network: nn.Module, fixed_prompt: int | None = None) -> ImageGraph:
    """Return the graph of a network, in evaluation mode; it takes the network over.

    Parameters
    ----------
    network : as `factory.build` makes it.
    fixed_prompt : for a network with scene classes: the class it is always told, or the number of
        classes for the mean of them all; None makes it the graph's input `prompt`.

    Raises
    ------
    SettingError : a fixed prompt for a network without scene classes, or one that is none.
    """
    classes = classes_of(network)
    if classes is not None:
        if fixed_prompt is None:
            return PromptedGraph(network).eval()
        if not 0 <= fixed_prompt <= classes:
            raise SettingError(f'prompt {fixed_prompt} is not in 0 to {classes}, the mean')
        network.prompt = PromptTable(_class_prompt(network), fixed_prompt)
    elif fixed_prompt is not None:
        raise SettingError(f'{type(network).__name__} has no scene classes to fix a prompt of')
    elif isinstance(getattr(network, 'prompt', None), SentencePrompt):
        return SentenceGraph(network).eval()
    return ImageGraph(network).eval()


def classes_of(network: nn.Module) -> int | None:
    """Return how many scene classes a network may be told; None: it is told none."""
    prompt = getattr(network, 'prompt', None)
    return len(prompt.class_embeddings) if isinstance(prompt, ClassPrompt) else None


def _class_prompt(network: nn.Module) -> ClassPrompt:
    prompt = network.prompt
    if not isinstance(prompt, ClassPrompt):
        raise TypeError(f'scene classes need a ClassPrompt, not {type(prompt).__name__}')
    return prompt
