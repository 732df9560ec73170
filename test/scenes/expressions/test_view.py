# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from diffperc_ros.scenes.expressions.view import mirrored, seen_in


def test_a_cut_picture_knows_what_is_left_of_things(thing) -> None:
    instances = np.zeros((20, 30), np.uint16)
    instances[5:9, 4:10] = 3
    instances[10:20, 20:30] = 7
    view = seen_in(instances, [thing(3, 'mug'), thing(5, 'box'), thing(7, 'lamp')])
    assert (view.width, view.height) == (30, 20)
    assert [item.instance for item in view.objects] == [3, 7]
    mug, lamp = view.objects
    assert (mug.box, mug.pixels, mug.truncated) == ((4, 5, 10, 9), 24, False)
    assert (lamp.box, lamp.pixels, lamp.truncated) == ((20, 10, 30, 20), 100, True)


def test_mirroring_twice_changes_nothing(thing) -> None:
    item = thing(1, 'mug', 40)
    assert mirrored(mirrored(item, 256), 256) == item
    assert mirrored(item, 256).centre[0] == -item.centre[0]
    assert mirrored(item, 256).box == (206, 80, 226, 120)
