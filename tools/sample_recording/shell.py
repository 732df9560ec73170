# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shell of a room: floor, walls with one window, ceiling, door, light from outside.

The room spans x from -width/2 to width/2 and y from 0 to length, floor at z = 0. Its window
is in the wall on the right (x = width/2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import bpy  # type: ignore[import-not-found, unused-ignore]

from tools.sample_recording import materials
from tools.sample_recording.shapes import box, curtain


@dataclass(frozen=True)
class Shell:
    """Size of a room in metres and the look of its surfaces.

    Attributes
    ----------
    width, length, height : float
        Inner size.
    window : tuple of float
        First and last y, sill and lintel height of the opening.
    wall, accent, floor, cloth : bpy Material
        Side walls; the wall ahead; floor; curtains.
    panorama : str
        Environment map (.exr) that is seen and that shines through the window.
    daylight : float
        Strength of the environment map.
    sun : tuple of float
        Strength, height above the horizon and turn (0 shines along -x), degrees.
    """

    width: float
    length: float
    height: float
    window: tuple[float, float, float, float]
    wall: Any
    accent: Any
    floor: Any
    cloth: Any
    panorama: str
    daylight: float
    sun: tuple[float, float, float]


def build(shell: Shell) -> None:
    """Build walls, window, curtains, skirting and light."""
    half, length, height = shell.width / 2, shell.length, shell.height
    thick = 0.16
    middle = length / 2
    white = materials.plain('white paint', (0.82, 0.81, 0.78), 0.4)
    ceiling = materials.plaster('ceiling paint', (0.85, 0.84, 0.82))
    box('Floor', (shell.width, length, thick), (0, middle, -thick / 2), shell.floor)
    box('Ceiling', (shell.width, length, thick), (0, middle, height + thick / 2), ceiling)
    left = -half - thick / 2
    box('Wall', (thick, length, height), (left, middle, height / 2), shell.wall)
    box('Wall', (shell.width, thick, height), (0, -thick / 2, height / 2), shell.wall)
    box('Wall', (shell.width, thick, height), (0, length + thick / 2, height / 2), shell.accent)

    near, far, sill, lintel = shell.window
    right = half + thick / 2
    for y0, y1, z0, z1 in (
        (0.0, near, 0.0, height),
        (far, length, 0.0, height),
        (near, far, 0.0, sill),
        (near, far, lintel, height),
    ):
        box(
            'Wall',
            (thick, y1 - y0, z1 - z0),
            (right, (y0 + y1) / 2, (z0 + z1) / 2),
            shell.wall,
        )
    wide, tall = far - near, lintel - sill
    centre, level = (near + far) / 2, (sill + lintel) / 2
    for y in (near + 0.03, centre, far - 0.03):
        box('Window', (0.06, 0.06, tall), (right, y, level), white)
    for z in (sill + 0.03, lintel - 0.03):
        box('Window', (0.06, wide, 0.06), (right, centre, z), white)
    box('Window sill', (0.24, wide + 0.12, 0.03), (half, centre, sill - 0.015), white)
    rail = materials.plain('rail', (0.25, 0.2, 0.15), 0.3, 0.8)
    box('Curtain rail', (0.025, wide + 1.1, 0.025), (half - 0.12, centre, lintel + 0.16), rail)
    for y in (near - 0.22, far + 0.22):
        place = (half - 0.12, y, (lintel + 0.16) / 2 + 0.02)
        curtain('Curtain', (0.55, lintel + 0.12), place, 90.0, shell.cloth)

    board = (0.015, 0.09)
    box('Skirting', (board[0], length, board[1]), (-half + 0.0075, middle, 0.045), white)
    box('Skirting', (board[0], length, board[1]), (half - 0.0075, middle, 0.045), white)
    box('Skirting', (shell.width, board[0], board[1]), (0, length - 0.0075, 0.045), white)
    _daylight(shell, (right + thick, centre, level), (wide, tall))


def door(x: float, y: float, material: Any, handle: Any) -> None:
    """Build a closed door 0.86 x 2.03 m in the wall ahead, at its inner face y."""
    box('Door frame', (0.98, 0.05, 2.09), (x, y - 0.015, 1.045), material)
    box('Door', (0.86, 0.03, 2.03), (x, y - 0.05, 1.015), material)
    for z, tall in ((0.55, 0.75), (1.5, 0.8)):
        box('Door', (0.6, 0.012, tall), (x, y - 0.068, z), material)
    box('Door handle', (0.13, 0.02, 0.02), (x - 0.33, y - 0.12, 1.02), handle)
    box('Door handle', (0.02, 0.06, 0.02), (x - 0.385, y - 0.09, 1.02), handle)


def ceiling_lamp(x: float, y: float, height: float, power: float) -> None:
    """Hang a warm area light of `power` watt under the ceiling, itself not seen."""
    lamp = bpy.data.lights.new('ceiling lamp', 'AREA')
    lamp.shape, lamp.size, lamp.energy, lamp.color = 'DISK', 0.5, power, (1.0, 0.86, 0.7)
    body = bpy.data.objects.new('ceiling lamp', lamp)
    body.location = (x, y, height - 0.05)
    body.visible_camera = False
    bpy.context.collection.objects.link(body)


def _daylight(shell: Shell, centre: tuple[float, float, float], size: tuple[float, float]) -> None:
    world = bpy.data.worlds.new('outside')
    bpy.context.scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    sky = tree.nodes.new('ShaderNodeTexEnvironment')
    sky.image = bpy.data.images.load(shell.panorama)
    background = tree.nodes['Background']
    background.inputs['Strength'].default_value = shell.daylight
    tree.links.new(sky.outputs['Color'], background.inputs['Color'])

    portal = bpy.data.lights.new('portal', 'AREA')
    portal.shape, portal.size, portal.size_y = 'RECTANGLE', size[1], size[0]
    portal.cycles.is_portal = True
    opening = bpy.data.objects.new('portal', portal)
    opening.location = centre
    opening.rotation_euler = (0.0, math.pi / 2, 0.0)
    bpy.context.collection.objects.link(opening)

    strength, elevation, turn = shell.sun
    lamp = bpy.data.lights.new('sun', 'SUN')
    lamp.energy, lamp.angle, lamp.color = strength, math.radians(1.2), (1.0, 0.93, 0.82)
    sun = bpy.data.objects.new('sun', lamp)
    sun.rotation_euler = (0.0, math.radians(90 - elevation), math.radians(turn))
    bpy.context.collection.objects.link(sun)
