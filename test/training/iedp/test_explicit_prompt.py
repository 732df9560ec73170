# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from diffperc_ros.checkpoints.prompt_templates import IMAGENET
from diffperc_ros.core.errors import SettingError
from diffperc_ros.training.iedp.configuration import ExplicitPromptConfig
from diffperc_ros.training.iedp.explicit_prompt import (
    ClassSentence,
    ClassSlots,
    RoomPrompt,
    classes_present,
    noisy_presence,
    room_of_folder,
    room_prompt,
    segmentation_prompt,
)
from diffperc_ros.training.iedp.text_tower import TextTower, open_text_tower

NAMES = ('wall', 'bed', 'lamp')
ROOMS = ('study', 'kitchen', 'office', 'study_room', 'office_kitchen')
PLAIN = ExplicitPromptConfig(text_adapter=False)
TOKENS = 9
END = 2


def tokenize(sentences: Sequence[str]) -> Tensor:
    """Word by word, ended and padded by the end-of-text token as CLIP's tokenizer does."""
    rows = [[3 + sum(map(ord, word)) % 50 for word in text.split()] for text in sentences]
    return torch.tensor([(row + [END] * TOKENS)[:TOKENS] for row in rows])


@pytest.fixture(scope='module')
def tower() -> TextTower:
    sizes = CLIPTextConfig(
        vocab_size=60,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        eos_token_id=END,
        pad_token_id=1,
        bos_token_id=0,
    )
    return TextTower(CLIPTextModel(sizes), tokenize)


@pytest.mark.parametrize(
    ('folder', 'room'),
    [
        ('study_room_0004', 'study_room'),
        ('office_kitchen_0001', 'office_kitchen'),
        ('study_0001', 'study'),
        ('kitchen_0028b_out', 'kitchen'),
        ('office', 'office'),
    ],
)
def test_a_folder_is_looked_up_by_its_whole_name(folder: str, room: str) -> None:
    assert ROOMS[room_of_folder(folder, ROOMS)] == room


@pytest.mark.parametrize('folder', ['bathroom_0001', 'nyu_office_0', 'studyroom_0001', ''])
def test_an_unknown_folder_is_named(folder: str) -> None:
    with pytest.raises(SettingError, match=r'no room is called .*study_room'):
        room_of_folder(folder, ROOMS)


def test_presence_counts_pixels_and_leaves_out_what_is_ignored() -> None:
    labels = torch.tensor([[[0, 0, 255], [2, 255, 255]], [[1, 1, 1], [255, 255, 255]]])
    assert classes_present(labels, 3).tolist() == [[True, False, True], [False, True, False]]
    assert classes_present(labels, 3, 2).tolist() == [[True, False, False], [False, True, False]]


def test_noise_hides_and_names_equally_often() -> None:
    torch.manual_seed(0)
    presence = torch.zeros(4000, 20, dtype=torch.bool)
    presence[:, :4] = True
    noisy = noisy_presence(presence, 0.25)
    hidden = (presence & ~noisy).float().sum(1).mean()
    named = (~presence & noisy).float().sum(1).mean()
    assert float(hidden) == pytest.approx(1, abs=0.1)
    assert float(named) == pytest.approx(1, abs=0.1)


def test_without_noise_no_random_number_is_drawn() -> None:
    presence = torch.rand(2, 5) < 0.5
    before = torch.get_rng_state()
    assert noisy_presence(presence, 0.0) is presence
    assert torch.equal(before, torch.get_rng_state())


def test_a_slot_holds_its_class_or_nothing() -> None:
    texts, empty = torch.randn(3, 4), torch.randn(4)
    context = ClassSlots(PLAIN, texts, empty)(torch.tensor([[[0, 2]], [[255, 1]]]))
    expected = torch.stack(
        [torch.stack([texts[0], empty, texts[2]]), torch.stack([empty, texts[1], empty])]
    )
    assert torch.equal(context, expected)


def test_noise_is_for_training_alone() -> None:
    noisy = ExplicitPromptConfig(text_adapter=False, label_noise=0.9)
    labels = torch.randint(0, 3, (8, 4, 4))
    slots, plain = (ClassSlots(c, torch.eye(3), torch.zeros(3)) for c in (noisy, PLAIN))
    assert not torch.equal(slots(labels), plain(labels))
    assert torch.equal(slots.eval()(labels), plain(labels))
    rooms = torch.arange(5).repeat(100)
    told = RoomPrompt(noisy, torch.eye(5)[:, None])
    wrong = (told(rooms)[:, 0].argmax(1) != rooms).float().mean()
    assert float(wrong) == pytest.approx(0.9, abs=0.05)
    assert torch.equal(told.eval()(rooms)[:, 0].argmax(1), rooms)


def test_texts_of_slots_are_means_over_templates(tower: TextTower) -> None:
    prompt = segmentation_prompt(PLAIN, tower, NAMES)
    assert isinstance(prompt, ClassSlots)
    assert len(IMAGENET) == 80
    bed = tower.pooled([template.format('bed') for template in IMAGENET])
    torch.testing.assert_close(prompt.class_texts[1], bed.mean(0))
    torch.testing.assert_close(prompt.empty_text, tower.pooled([''])[0])
    single = segmentation_prompt(replace(PLAIN, templates='single'), tower, NAMES)
    assert isinstance(single, ClassSlots)
    torch.testing.assert_close(single.class_texts[:1], tower.pooled(['a photo of a wall.']))


def test_a_sentence_lists_the_classes_present(tower: TextTower) -> None:
    config = ExplicitPromptConfig(prompt_mode='sentence', text_adapter=False)
    prompt = segmentation_prompt(config, tower, NAMES)
    assert isinstance(prompt, ClassSentence)
    assert prompt.sentence([True, False, True]) == 'a photo of a wall, lamp'
    assert prompt.sentence([False] * 3) == ''
    context = prompt(torch.tensor([[[0, 2]], [[255, 255]]]))
    torch.testing.assert_close(context, tower.last_hidden(['a photo of a wall, lamp', '']))


def test_rooms_are_told_by_sentence_or_by_one_token(tower: TextTower) -> None:
    rooms = torch.tensor([3, 0])
    told = room_prompt(PLAIN, tower, ROOMS)(rooms)
    expected = tower.last_hidden(['a photo of a study room', 'a photo of a study'])
    torch.testing.assert_close(told, expected)
    config = replace(PLAIN, depth_prompt='pooled', templates='single')
    expected = tower.pooled(['a photo of a study room.', 'a photo of a study.'])
    torch.testing.assert_close(room_prompt(config, tower, ROOMS)(rooms), expected[:, None])


def test_the_adapter_is_on_by_default(tower: TextTower) -> None:
    assert float(room_prompt(ExplicitPromptConfig(), tower, ROOMS).adapter.gamma[0]) == (
        pytest.approx(1e-4)
    )


def test_the_tower_learns_nothing(tower: TextTower) -> None:
    assert not any(parameter.requires_grad for parameter in tower.model.parameters())
    assert not tower.model.training
    assert not tower.last_hidden(['a bed']).requires_grad


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match='no CLIP text encoder'):
        open_text_tower(tmp_path)


@pytest.mark.parametrize('setting', [{'label_noise': 1.0}, {'label_noise': -1}, {'min_pixels': 0}])
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingError, match=next(iter(setting))):
        ExplicitPromptConfig(**setting)
