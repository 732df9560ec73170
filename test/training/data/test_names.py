# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import torch

from diffperc_ros.scenes.colours import COLOURS
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.training.data.augment import Sample, no_augmentation
from diffperc_ros.training.data.cells import UNTOLD
from diffperc_ros.training.data.dataset import Shard
from diffperc_ros.training.data.names import NAMES, name_target

ANY = np.random.default_rng(0)


def seen(name: str, colour: str | None, instance: int) -> VisibleObject:
    box = (0, 0, 8, 8)
    return VisibleObject(
        instance, 'object', name, colour, (0, 0, 1), box, 64, (1, 1, 1), None, False, 1.0
    )


def sample_of(instances: np.ndarray, *objects: VisibleObject) -> Sample:
    image = np.zeros((*instances.shape, 3), np.uint8)
    return Sample(image, {'instance': instances.astype(np.uint16)}, 1.0, 0, objects)


def test_a_cell_is_told_what_is_in_its_middle(shard_with_words: Shard) -> None:
    sample = no_augmentation(shard_with_words[0], (96, 64), ANY)
    item = name_target(sample, ANY)
    assert item['name'].shape == item['colour'].shape == item['weight'].shape == (8, 12)
    said = {thing.instance: thing for thing in sample.objects}
    for row, column in np.ndindex(8, 12):
        thing = said[int(sample.maps['instance'][8 * row + 4, 8 * column + 4])]
        expected = NAMES.index(thing.name) if thing.name in NAMES else UNTOLD
        assert item['name'][row, column] == expected
        colour = UNTOLD if thing.colour is None else COLOURS.index(thing.colour)
        assert item['colour'][row, column] == colour


def test_what_no_phrase_speaks_of_is_not_told() -> None:
    instances = np.repeat([[0, 5, 9]], 8, axis=0).repeat(8, axis=1)
    item = name_target(sample_of(instances, seen('soap', 'green', 9)), ANY)
    assert item['name'].tolist() == [[UNTOLD] * 3]
    assert item['colour'].tolist() == [[UNTOLD, UNTOLD, COLOURS.index('green')]]


def test_colours_of_combinations_that_are_only_asked_are_kept_back() -> None:
    instances = np.repeat([[1, 2, 3]], 8, axis=0).repeat(8, axis=1)
    chairs = (seen('chair', 'blue', 1), seen('chair', 'red', 2), seen('armchair', 'blue', 3))
    item = name_target(sample_of(instances, *chairs), ANY)
    assert item['colour'].tolist() == [[UNTOLD, COLOURS.index('red'), COLOURS.index('blue')]]
    assert (item['name'] != UNTOLD).all()


def test_every_thing_weighs_the_root_of_its_cells() -> None:
    instances = np.zeros((32, 32))
    instances[:, 16:] = 1
    instances[:8, :8] = 2
    weight = name_target(sample_of(instances), ANY)['weight']
    for number, cells in ((1, 8), (2, 1), (0, 7)):
        where = torch.from_numpy(instances[4::8, 4::8] == number)
        torch.testing.assert_close(weight[where].sum(), torch.tensor(cells**0.5))
