# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import numpy as np
import pytest

from diffperc_ros.scenes.materials import MaterialTable
from diffperc_ros.scenes.render import Assets
from diffperc_ros.scenes.rendering.camera import View, look
from diffperc_ros.scenes.rendering.render_view import Renderer, Scene, develop, uv_density
from diffperc_ros.scenes.shapes.mesh import Mesh, box, quad
from diffperc_ros.scenes.shapes.part import numbered, part

SIZE = (48, 64)
EYE = np.array([0.0, 0.0, 1.0])


def renderer(parts: list[Mesh], assets: Assets, lit: bool = True) -> Renderer:
    looks = MaterialTable(np.random.default_rng(0), assets.bank)
    for _ in range(4):
        looks.of_role('thing')
    lamp = [0, 0, 2.5, 0.2, 0, 0, 0, 0.2, 0, 8, 8, 8, 0]
    light = np.array([lamp], float) * (1 if lit else [*[1] * 9, 0, 0, 0, 1])
    mesh = numbered([part(item, 'object', 'thing') for item in parts])
    return Renderer(Scene(mesh, looks.table(), light, np.zeros(3), np.ones(3), 0), assets.bank)


def pinhole(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Normalised image coordinates of the pixel centres."""
    h, w = SIZE
    x = (np.arange(w) + 0.5 - w / 2) / (view.focal * w)
    y = (np.arange(h) + 0.5 - h / 2) / (view.focal * w)
    return np.meshgrid(x, y)


@pytest.mark.parametrize('distance', [0.4, 2.0, 9.0])
def test_wall_facing_the_camera_has_one_depth_to_the_corners(
    assets: Assets, distance: float
) -> None:
    wall = quad((distance, 40, -40), (0, -80, 0), (0, 0, 80), 0)
    view = look(EYE, 0.0, 0.0, 0.2, 0.6)
    depth = renderer([wall], assets).render(view, *SIZE, np.random.default_rng(0)).depth
    np.testing.assert_allclose(depth, distance, atol=1e-3)


@pytest.mark.parametrize('tilt', [-70.0, -35.0])
def test_floor_depth_is_that_of_a_plane(assets: Assets, tilt: float) -> None:
    floor = quad((-50, -50, 0), (100, 0, 0), (0, 100, 0), 0)
    view = look(EYE, 0.4, np.radians(tilt), 0.0, 1.1)
    depth = renderer([floor], assets).render(view, *SIZE, np.random.default_rng(0)).depth
    _, y = pinhole(view)
    down = -np.sin(np.radians(tilt)) + y * np.cos(np.radians(tilt))
    np.testing.assert_allclose(depth, 1 / down, atol=1e-3)


def test_box_depth_and_object_under_every_pixel(assets: Assets) -> None:
    parts = [quad((6, 40, -40), (0, -80, 0), (0, 0, 80), 0), box((3, -1, 0), (4, 1, 2), 1)]
    view = look(EYE, 0.0, 0.0, 0.0, 1.0)
    depth, objects = renderer(parts, assets).preview(view, *SIZE)
    x, y = pinhole(view)
    on_box = (np.abs(x * 3) < 1) & (np.abs(y * 3) < 1)
    np.testing.assert_array_equal(objects, on_box)
    np.testing.assert_allclose(depth, np.where(on_box, 3.0, 6.0), atol=1e-3)


def test_nothing_hit_means_no_depth_and_the_colour_of_outside(assets: Assets) -> None:
    behind = quad((-3, -1, 0), (0, 2, 0), (0, 0, 2), 0)
    view = look(EYE, 0.0, 0.0, 0.0, 1.0)
    picture = renderer([behind], assets).render(view, *SIZE, np.random.default_rng(0))
    assert not picture.depth.any()
    assert picture.colour.any()


def test_same_numbers_same_picture_other_numbers_another(assets: Assets) -> None:
    parts = [quad((-9, -9, 0), (18, 0, 0), (0, 18, 0), 0), box((2, -1, 0), (3, 1, 1), 1)]
    view, made = look(EYE, 0.0, -0.3, 0.0, 1.0), renderer(parts, assets)
    first, again, other = (
        made.render(view, *SIZE, np.random.default_rng(seed)).colour for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_a_box_hides_from_the_lamp_is_darker(assets: Assets) -> None:
    floor = quad((-9, -9, 0), (18, 0, 0), (0, 18, 0), 0)
    shade = box((0.5, -0.4, 1.6), (1.3, 0.4, 1.7), 1)
    view = look(np.array([1.5, 0.0, 1.2]), 0.0, np.radians(-90) + 1e-6, 0.0, 0.7)

    def light(parts: list[Mesh]) -> np.ndarray:
        made = renderer(parts, assets)
        made.scene.table[:, 3] = -1  # no pattern, so that light alone is seen
        made.scene.table[:, 7] = 0
        flat = np.zeros(3)
        object.__setattr__(made.scene, 'sky', flat)
        return made.render(view, *SIZE, np.random.default_rng(3)).colour.astype(float)

    plain, shaded = light([floor]), light([floor, shade])
    contrast = [image.max() / max(image.min(), 1.0) for image in (plain, shaded)]
    assert contrast[1] > 2 * contrast[0]


def test_density_counts_texture_units_a_metre() -> None:
    mesh = quad((0, 0, 0), (2, 0, 0), (0, 5, 0), 0)
    np.testing.assert_allclose(uv_density(mesh), 1.0, rtol=1e-5)


def test_developing_keeps_order_and_range() -> None:
    ramp = np.linspace(0.01, 3, 64)[None, :, None].repeat(48, 0).repeat(3, 2)
    picture = develop(ramp, np.random.default_rng(0))
    assert picture.dtype == np.uint8
    assert picture[24, 60].sum() > picture[24, 30].sum() > picture[24, 3].sum()
