# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diffperc_ros.scenes.colours import COLOURS, paint
from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.render import Assets
from diffperc_ros.scenes.rendering.camera import look
from diffperc_ros.scenes.rendering.render_view import Renderer, Rendering, Scene
from diffperc_ros.scenes.rendering.visible import Annotation, Annotator, clear_colour
from diffperc_ros.scenes.shapes.mesh import box, quad
from diffperc_ros.scenes.shapes.part import Part, numbered, numbered_panes, part

SIZE = (96, 128)
VIEW = look(np.array([0.0, 0.0, 1.0]), 0.0, 0.0, 0.0, 1.0)
WALL = part(quad((6, 40, -40), (0, -80, 0), (0, 0, 80), 0), 'wall', 'wall')
TABLE = part(box((3, -1, 0.2), (4, 1, 0.8), 1), 'table', 'table')
HIDDEN = part(box((4.5, -5, 0), (4.6, -4, 1), 1), 'chair', 'chair')


def picture(
    parts: list[Part], assets: Assets, colours: tuple[str, ...] = ('grey', 'red')
) -> tuple[Rendering, Annotation]:
    """Parts in neutral light, materials of the given colours, and what is said of them."""
    looks = MaterialTable(np.random.default_rng(0), assets.bank)
    for number, colour in enumerate(colours):
        looks.of_colour(paint(np.random.default_rng(number), colour))
    lamp = np.array([[0, 0, 2.5, 0.2, 0, 0, 0, 0.2, 0, 8, 8, 8, 0]], float)
    mesh, panes = numbered(parts), numbered_panes(parts)
    scene = Scene(mesh, looks.table(), lamp, np.full(3, 0.2), np.ones(3), 0, panes)
    shown = Renderer(scene, assets.bank).render(VIEW, *SIZE, np.random.default_rng(0))
    return shown, Annotator(parts).annotate(VIEW, shown)


def test_record_of_a_box_in_front_of_a_wall(assets: Assets) -> None:
    mug = replace(part(box((3, 0, 0.8), (3.2, 0.2, 1.0), 1), 'object', 'mug'), support=1)
    _, found = picture([WALL, TABLE, mug, HIDDEN], assets)
    wall, table, cup = found.objects
    assert [item.label for item in found.objects] == ['wall', 'table', 'object']
    assert [item.instance for item in found.objects] == [1, 2, 3]
    assert (table.support, cup.support, cup.name) == (None, 2, 'mug')
    assert (wall.truncated, table.truncated) == (True, False)
    assert table.size == pytest.approx((1, 2, 0.6), abs=1e-3)
    # The front at 3 m reaches from -1 to 1 m sideways and 0.2 to 0.8 m down from the axis.
    focal = 128
    expected = [64 - focal / 3, 48 + 0.2 * focal / 4, 64 + focal / 3, 48 + 0.8 * focal / 3]
    np.testing.assert_allclose(table.box, expected, atol=1.01)
    assert table.centre[0] == pytest.approx(0, abs=0.02)
    assert table.centre[1] == pytest.approx(0.4, abs=0.12)
    assert table.centre[2] == pytest.approx(3, abs=0.01)
    # To the left of the axis is +y in the world, -x in the optical frame.
    assert cup.centre[0] == pytest.approx(-0.1, abs=0.03)


def test_share_that_is_not_hidden(assets: Assets) -> None:
    alone = picture([WALL, TABLE], assets)[1].objects[1]
    screen = part(box((2, 0, 0), (2.01, 3, 3), 0), 'object', 'screen')
    half = picture([WALL, TABLE, screen], assets)[1].objects[1]
    assert alone.visible_share == 1
    assert half.visible_share == pytest.approx(half.pixels / alone.pixels, abs=0.03)
    assert 0.4 < half.visible_share < 0.6


def test_what_is_seen_through_glass_is_window_without_depth(assets: Assets) -> None:
    frame = part(box((5, -0.1, 0), (5.1, 0.1, 2), 0), 'window', 'window')
    glass = quad((5, 2, 0), (0, -4, 0), (0, 0, 2), 0)
    shown, found = picture([replace(frame, pane=glass)], assets)
    window = found.objects[0]
    assert window.pixels > 3 * (shown.depth > 0).sum()
    assert set(np.unique(found.label)) == {0, 5}
    assert window.centre[2] == pytest.approx(5, abs=0.02)
    assert window.colour is None


@pytest.mark.parametrize('word', ['red', 'green', 'blue', 'yellow', 'purple'])
def test_named_colour_is_what_the_picture_shows_in_neutral_light(
    word: str, assets: Assets
) -> None:
    shown, found = picture([WALL, TABLE], assets, ('grey', word))
    table = found.objects[1]
    assert table.colour == word
    r, g, b = np.median(shown.colour[found.instance == table.instance], 0)
    above = {
        'red': r > 1.5 * max(g, b),
        'green': g > max(r, b),
        'blue': b > max(r, g),
        'yellow': min(r, g) > 1.3 * b,
        'purple': min(r, b) > g,
    }
    assert above[word]


def test_persons_have_no_colour(assets: Assets) -> None:
    someone = replace(TABLE, label='person', name='woman')
    assert picture([WALL, someone], assets)[1].objects[1].colour is None


@pytest.mark.parametrize('share', [0.0, 0.5, 0.9, 1.0])
def test_patterned_things_have_no_colour(share: float) -> None:
    rng = np.random.default_rng(0)
    albedo = np.stack([paint(rng, 'red')] * 100)
    albedo[int(share * 100) :] = paint(rng, 'green')
    expected = {0.0: 'green', 0.5: None, 0.9: 'red', 1.0: 'red'}[share]
    assert clear_colour(albedo) == expected
    assert clear_colour(albedo[:0]) is None
    assert len(COLOURS) == 11
