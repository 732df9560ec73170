# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the objects of the living room are: class, instance, and phrases that speak of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from diffperc_ros.scenes.classes import CLASSES, stored_id

_CLASSES = {
    'floor': ('Floor', 'Rug'),
    'wall': ('Wall', 'Skirting'),
    'ceiling': ('Ceiling',),
    'door': ('Door', 'Door frame', 'Door handle'),
    'window': ('Window', 'Window sill', 'Curtain', 'Curtain rail'),
    'table': ('Coffee table', 'Oak table'),
    'chair': ('Armchair', 'Oak chair'),
    'sofa': ('Winchester sofa', 'Cushion'),
    'cabinet': ('Bookcase', 'Shelves'),
}  # fmt: skip
"""Names of models by class; every other name is an object. As the scenes of the training set
have it, a rug belongs to the floor and a cushion to what it lies on."""

_PARTS = {
    'Door frame': 'Door',
    'Door handle': 'Door',
    'Window sill': 'Window',
    'Curtain': 'Window',
    'Curtain rail': 'Window',
    'Cushion': 'Winchester sofa',
    'Skirting': 'Wall',
}
"""Bodies that are parts of another thing."""

_ONE = {'Bookcase', 'Coffee table', 'Door', 'Window', 'Wall', 'Winchester sofa', 'Slippers'}
"""Things that are made of several bodies, but stand there once."""

PHRASES: dict[str, tuple[str, ...]] = {
    'the sofa': ('Winchester sofa',),
    'the armchair': ('Armchair',),
    'the coffee table': ('Coffee table',),
    'the bookcase': ('Bookcase',),
    'the door': ('Door',),
    'the rug': ('Rug',),
    'the teddy bear': ('Teddy bear',),
    'the ball': ('Basketball',),
    'the floor': ('Floor', 'Rug'),
    'the bed': (),
    'the toilet': (),
    'the person': (),
}
"""Phrase -> names of the models it speaks of; nothing for what is not in the room."""


@dataclass(frozen=True)
class Labels:
    """What each object number of the rendering stands for.

    Attributes
    ----------
    classes
        uint8 (objects + 1,): number of a class, see `diffperc_ros.scenes.classes`.
    instances
        uint16 (objects + 1,): number of a thing; bodies of one thing share it, 0 is none.
    names
        Instance -> name of its model.
    """

    classes: npt.NDArray[np.uint8]
    instances: npt.NDArray[np.uint16]
    names: Mapping[int, str]

    def expressions(self) -> list[dict[str, object]]:
        """Return every phrase with the instances it speaks of, in view or not."""
        return [
            {
                'phrase': phrase,
                'instances': [number for number, name in self.names.items() if name in models],
            }
            for phrase, models in PHRASES.items()
        ]


def label_objects(objects: Mapping[int, str]) -> Labels:
    """Return the labels of numbered objects, whose names may end in Blender's '.001'."""
    class_of = {name: label for label, names in _CLASSES.items() for name in names}
    size = max(objects) + 1
    classes, instances = np.zeros(size, np.uint8), np.zeros(size, np.uint16)
    numbers: dict[str, int] = {}
    names: dict[int, str] = {}
    for number, body in sorted(objects.items()):
        model = re.sub(r'\.\d+$', '', body)
        classes[number] = stored_id(class_of.get(model, 'object'))
        thing = _PARTS.get(model, model)
        key = thing if thing in _ONE else f'{thing} {body}'
        instances[number] = numbers.setdefault(key, len(numbers) + 1)
        names[int(instances[number])] = thing
    missing = {model for models in PHRASES.values() for model in models} - set(names.values())
    if missing:
        raise ValueError(f'phrases speak of models that are not there: {sorted(missing)}')
    return Labels(classes, instances, names)


def class_names() -> dict[int, str]:
    """Return number -> name of every class."""
    return {stored_id(name): name for name in CLASSES}
