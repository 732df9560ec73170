# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which things a noun speaks of: surely, perhaps, or not.

Things have one name each (`scenes/vocabulary.py`), people have more words than that, and two
people do not draw the line at the same place: whether an armchair is a chair, nobody has to decide
here. What is doubtful makes a phrase unusable wherever such a thing is in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

# Words that mean the same; names they surely stand for; names that some people would call so.
_TABLE = (
    ('floor, ground', 'floor, rug, mat', ''),
    ('wall', 'wall', ''),
    ('ceiling', 'ceiling', ''),
    ('door', 'door', 'doorway'),
    ('doorway', 'doorway', 'door'),
    ('window', 'window', 'curtain, blind'),
    ('curtain', 'curtain', 'shower curtain'),
    ('person, human', 'person, man, woman, girl, boy', ''),
    ('man', 'man', 'boy, person'),
    ('woman', 'woman', 'girl, person'),
    ('child', 'girl, boy', 'man, woman, person'),
    ('chair', 'chair', 'armchair, high chair, stool, bench, ottoman'),
    ('armchair', 'armchair', 'sofa, chair'),
    ('stool', 'stool', 'ottoman, bench, chair'),
    ('ottoman', 'ottoman', 'stool'),
    ('bench', 'bench', 'stool, sofa'),
    ('sofa, couch', 'sofa', 'sofa bed, armchair, bench'),
    ('bed', 'bed', 'sofa bed, crib, mattress'),
    (
        'table',
        'table, coffee table',
        'desk, bedside table, dressing table, changing table, workbench, '
        'ping-pong table, kitchen island, vanity',
    ),
    ('coffee table', 'coffee table', 'table, bedside table'),
    ('desk', 'desk', 'table, workbench, dressing table, vanity'),
    (
        'bedside table, nightstand',
        'bedside table',
        'chest of drawers, cabinet, coffee table, table, stool',
    ),
    (
        'cabinet, cupboard',
        'cabinet, cupboard',
        'wardrobe, locker, filing cabinet, chest, chest of drawers, TV stand, vanity, '
        'kitchen island, bedside table, bookcase, shelf, sink, medicine box',
    ),
    ('wardrobe, closet', 'wardrobe', 'cabinet, cupboard, locker, clothes rack'),
    ('bookcase, bookshelf', 'bookcase', 'shelf, cabinet'),
    ('shelf', 'shelf', 'bookcase, TV stand, spice rack'),
    (
        'chest of drawers, dresser',
        'chest of drawers',
        'cabinet, filing cabinet, bedside table, chest',
    ),
    ('TV stand', 'TV stand', 'cabinet, chest of drawers, table, coffee table'),
    ('lamp, light', 'lamp', 'candle, flashlight'),
    ('TV, television', 'TV', 'screen, computer'),
    ('screen, monitor', 'screen', 'TV, computer, laptop'),
    ('laptop', 'laptop', 'computer, tablet'),
    ('computer', 'computer', 'laptop, screen'),
    ('fridge, refrigerator', 'fridge', 'chest freezer, cabinet'),
    ('oven', 'oven', 'stove, toaster'),
    ('stove, cooker', 'stove', 'oven, grill'),
    ('sink, washbasin', 'sink', 'basin'),
    ('toilet', 'toilet', 'bidet, urinal, potty'),
    ('bathtub, tub', 'bathtub', 'shower'),
    ('shower', 'shower', 'shower head, shower curtain'),
    ('washing machine', 'washing machine', ''),
    ('radiator, heater', 'radiator', 'boiler'),
    ('box, carton', 'box', 'chest, trunk, medicine box, container, safe, suitcase, gift'),
    ('bin, trash can', 'bin', 'basket, barrel, box, pot'),
    ('basket', 'basket', 'bin, box'),
    ('book', 'book', 'books, newspaper'),
    ('row of books', 'books', 'book'),
    ('mug', 'mug', 'cup'),
    ('cup', 'cup, mug', 'glass'),
    ('glass', 'glass', 'cup, mug, bottle, vase'),
    ('bottle', 'bottle', 'baby bottle, oil bottle, vase, jar'),
    ('jar', 'jar', 'bottle, pot, vase'),
    ('bowl', 'bowl', 'plate, basin'),
    ('plate, dish', 'plate', 'bowl, tray'),
    ('vase', 'vase', 'bottle, pot, jar, glass, plant'),
    ('pot', 'pot', 'pan, vase, bowl, coffee press, potty, plant'),
    ('pan', 'pan', 'pot'),
    ('plant', 'plant', 'cactus, christmas tree, vase, pot'),
    ('picture, painting', 'picture', 'calendar, whiteboard, screen, mirror, sign'),
    ('mirror', 'mirror', 'picture, window'),
    ('clock', 'clock', 'watch'),
    ('pillow, cushion', 'pillow, cushion', ''),
    ('ball', 'ball', 'punching bag'),
    ('can, tin', 'can', 'jar, bottle'),
    ('phone, telephone', 'phone', 'remote control, intercom'),
    ('camera', 'camera', ''),
    ('keyboard', 'keyboard', 'piano'),
    ('printer', 'printer', ''),
    ('speaker', 'speaker', 'amplifier'),
    ('piano', 'piano', 'keyboard'),
    ('suitcase', 'suitcase', 'trunk, briefcase, box'),
    ('bag, handbag', 'handbag, bag', 'suitcase, briefcase'),
    ('shoe', 'shoe', ''),
    ('hat, cap', 'hat', 'helmet'),
    ('towel', 'towel', 'clothes'),
    ('blanket, cloth', 'blanket, cloth', 'towel, clothes'),
    ('rug, carpet', 'rug', 'mat'),
    ('candle', 'candle', 'lamp'),
    ('fan, ventilator', 'fan, ceiling fan', ''),
    ('fireplace', 'fireplace', 'stove'),
    ('drill', 'drill', ''),
    ('hammer', 'hammer', ''),
    ('teddy bear', 'teddy bear', 'doll'),
    ('coffee machine', 'coffee machine', 'coffee press'),
    ('toaster', 'toaster', 'oven, grill'),
)

UNCOUNTABLE = frozenset(
    [
        *('clothes', 'food', 'keys', 'logs', 'headphones', 'glasses', 'scissors', 'pliers'),
        *('bread', 'milk', 'soap', 'tape', 'railing', 'fence', 'cosmetics', 'object'),
    ]
)
"""Names that do not go with "the" one or "two" of them; nothing is said of such things."""


@dataclass(frozen=True)
class Reach:
    """Names of the things that a word stands for surely, and of those it may stand for."""

    surely: frozenset[str]
    perhaps: frozenset[str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split(', ')) - {''}


_REACHES = {
    word: Reach(_names(surely), _names(perhaps))
    for words, surely, perhaps in _TABLE
    for word in words.split(', ')
}

WORDS = tuple(_REACHES)
"""Words whose reach was written down; every other name is a word for itself."""


def reach(word: str) -> Reach:
    """Return what a noun stands for."""
    return _REACHES.get(word, Reach(frozenset({word}), frozenset()))


def stands_for(word: str, name: str) -> bool | None:
    """Whether a noun stands for things of this name; None where people would disagree.

    A name that ends in the word may be meant too: a "baby bottle" is some kind of bottle.
    """
    found = reach(word)
    if name in found.surely:
        return True
    if name in found.perhaps or name.endswith(f' {word}'):
        return None
    return False


def words_for(name: str) -> tuple[str, ...]:
    """Return the nouns that surely stand for things of this name, in a fixed order."""
    words = tuple(word for word, found in _REACHES.items() if name in found.surely)
    return words or (name,)


def share_things(word: str, other: str) -> bool:
    """Whether two nouns can stand for the same thing, surely or perhaps."""
    one, two = reach(word), reach(other)
    return bool((one.surely | one.perhaps) & two.surely or one.surely & two.perhaps)
