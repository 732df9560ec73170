# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Materials made of Blender's shader nodes, and pictures painted with NumPy.

Texture coordinates are metres of the object that wears the material, so a plank is as long
on a shelf as on a floor.
"""

from __future__ import annotations

from typing import Any

import bpy  # type: ignore[import-not-found, unused-ignore]
import numpy as np

Colour = tuple[float, float, float]


def plain(name: str, colour: Colour, roughness: float = 0.6, metallic: float = 0.0) -> Any:
    """One colour (linear RGB, 0..1) all over."""
    material, surface = _principled(name, roughness)
    surface.inputs['Base Color'].default_value = (*colour, 1.0)
    surface.inputs['Metallic'].default_value = metallic
    return material


def plaster(name: str, colour: Colour) -> Any:
    """Painted wall: cloudy in the large, grainy in the small."""
    material, surface = _principled(name, 0.85)
    tree = material.node_tree
    clouds = _noise(tree, (1.5, 1.5, 1.5), detail=6.0)
    darker: Colour = (colour[0] * 0.86, colour[1] * 0.85, colour[2] * 0.83)
    _link(tree, _ramp(tree, clouds, darker, colour), surface.inputs['Base Color'])
    _bump(tree, surface, _noise(tree, (90.0, 90.0, 90.0), detail=3.0), 0.002)
    return material


def wood(name: str, dark: Colour, bright: Colour, along: str = 'x') -> Any:
    """Grain that runs along the x, y or z axis of the object."""
    material, surface = _principled(name, 0.45)
    tree = material.node_tree
    _link(tree, _grain(tree, dark, bright, along), surface.inputs['Base Color'])
    return material


def planks(name: str, dark: Colour, bright: Colour, row: float = 0.14) -> Any:
    """Floor boards along x, `row` metres wide, 1.3 m long, each board in its own tone."""
    material, surface = _principled(name, 0.38)
    tree = material.node_tree
    boards = tree.nodes.new('ShaderNodeTexBrick')
    boards.inputs['Color1'].default_value = (0.62, 0.60, 0.58, 1.0)
    boards.inputs['Color2'].default_value = (1.0, 1.0, 1.0, 1.0)
    boards.inputs['Mortar'].default_value = (0.12, 0.10, 0.09, 1.0)
    boards.inputs['Scale'].default_value = 1.0
    boards.inputs['Mortar Size'].default_value = 0.0016
    boards.inputs['Brick Width'].default_value = 1.3
    boards.inputs['Row Height'].default_value = row
    _link(tree, _object_metres(tree, (1.0, 1.0, 1.0)), boards.inputs['Vector'])
    mix = tree.nodes.new('ShaderNodeMix')
    mix.data_type, mix.blend_type = 'RGBA', 'MULTIPLY'
    mix.inputs['Factor'].default_value = 1.0
    _link(tree, _grain(tree, dark, bright, 'x'), mix.inputs[6])
    _link(tree, boards.outputs['Color'], mix.inputs[7])
    _link(tree, mix.outputs[2], surface.inputs['Base Color'])
    return material


def fabric(name: str, colour: Colour, stripe: Colour | None = None, period: float = 0.05) -> Any:
    """Woven cloth, with stripes across x when a second colour is given."""
    material, surface = _principled(name, 0.95)
    tree = material.node_tree
    if stripe is None:
        threads = _noise(tree, (260.0, 260.0, 260.0), detail=2.0)
        darker: Colour = (colour[0] * 0.55, colour[1] * 0.55, colour[2] * 0.55)
        tint = _ramp(tree, threads, darker, colour)
    else:
        wave = tree.nodes.new('ShaderNodeTexWave')
        wave.inputs['Scale'].default_value = 0.31 / period
        wave.inputs['Distortion'].default_value = 0.4
        _link(tree, _object_metres(tree, (1.0, 1.0, 1.0)), wave.inputs['Vector'])
        tint = _ramp(tree, wave.outputs['Factor'], colour, stripe, low=0.45, high=0.55)
    _link(tree, tint, surface.inputs['Base Color'])
    _bump(tree, surface, _noise(tree, (300.0, 300.0, 300.0), detail=2.0), 0.003)
    return material


def picture(name: str, pixels: np.ndarray[Any, Any], roughness: float = 0.5) -> Any:
    """Spread an image over the whole object, seen along the object's z axis.

    Parameters
    ----------
    name : str
        Name of material and image.
    pixels : ndarray, (H, W, 3) float
        sRGB 0..1, first row at the top.
    roughness : float
        0 mirrors, 1 is matt.
    """
    material, surface = _principled(name, roughness)
    tree = material.node_tree
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = pixels[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.pack()
    texture = tree.nodes.new('ShaderNodeTexImage')
    texture.image = image
    texture.extension = 'EXTEND'
    coordinates = tree.nodes.new('ShaderNodeTexCoord')
    _link(tree, coordinates.outputs['Generated'], texture.inputs['Vector'])
    _link(tree, texture.outputs['Color'], surface.inputs['Base Color'])
    return material


def carpet_pattern(
    seed: int, palette: tuple[Colour, Colour, Colour, Colour]
) -> np.ndarray[Any, Any]:
    """Borders around a lattice of diamonds with worn threads; (600, 400, 3) sRGB 0..1."""
    y, x = np.mgrid[0:600, 0:400].astype(np.float64)
    border = np.minimum(np.minimum(x, 399 - x), np.minimum(y, 599 - y))
    diamonds = np.abs((x / 40) % 2 - 1) + np.abs((y / 50) % 2 - 1)
    kind = np.where(diamonds % 1 < 0.22, 1, np.where(diamonds > 1.45, 2, 0))
    kind = np.where((border < 55) & (border > 14), np.where((x + y) // 14 % 3 == 0, 2, 1), kind)
    kind = np.where((border < 62) & (border >= 55), 3, kind)
    kind = np.where(border <= 14, 3, kind)
    wear = np.random.default_rng(seed).normal(1.0, 0.10, kind.shape)
    return np.clip(np.asarray(palette)[kind] * wear[..., None], 0.0, 1.0)


def photograph(
    path: str, left: float, top: float, span: float, aspect: float
) -> np.ndarray[Any, Any]:
    """Cut a window out of a panorama (.exr), as a print; (H, W, 3) sRGB 0..1.

    `left`, `top` and `span` (the width) are shares of the panorama's width and height,
    `aspect` is width over height of the print.
    """
    image = bpy.data.images.load(path)
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    linear = pixels.reshape(height, width, 4)[::-1, :, :3]
    columns, rows = int(span * width), int(span * width / aspect)
    x, y = int(left * width), int(top * height)
    crop = linear[y : y + rows, x : x + columns]
    crop = crop * (0.22 / np.median(crop))
    return np.asarray(np.clip(crop / (1.0 + 0.35 * crop), 0.0, 1.0) ** (1 / 2.2))


def _principled(name: str, roughness: float) -> tuple[Any, Any]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    surface = material.node_tree.nodes['Principled BSDF']
    surface.inputs['Roughness'].default_value = roughness
    return material, surface


def _link(tree: Any, source: Any, target: Any) -> None:
    tree.links.new(source, target)


def _object_metres(tree: Any, scale: Colour) -> Any:
    coordinates = tree.nodes.new('ShaderNodeTexCoord')
    mapping = tree.nodes.new('ShaderNodeMapping')
    mapping.inputs['Scale'].default_value = scale
    _link(tree, coordinates.outputs['Object'], mapping.inputs['Vector'])
    return mapping.outputs['Vector']


def _noise(tree: Any, scale: Colour, detail: float, distortion: float = 0.0) -> Any:
    noise = tree.nodes.new('ShaderNodeTexNoise')
    noise.inputs['Scale'].default_value = 1.0
    noise.inputs['Detail'].default_value = detail
    noise.inputs['Distortion'].default_value = distortion
    _link(tree, _object_metres(tree, scale), noise.inputs['Vector'])
    return noise.outputs['Factor']


def _ramp(
    tree: Any,
    factor: Any,
    first: Colour,
    second: Colour,
    *,
    low: float = 0.3,
    high: float = 0.7,
) -> Any:
    ramp = tree.nodes.new('ShaderNodeValToRGB')
    ends = ramp.color_ramp.elements
    ends[0].position, ends[0].color = low, (*first, 1.0)
    ends[1].position, ends[1].color = high, (*second, 1.0)
    _link(tree, factor, ramp.inputs[0])
    return ramp.outputs['Color']


def _grain(tree: Any, dark: Colour, bright: Colour, along: str) -> Any:
    scale = {'x': (1.6, 28.0, 28.0), 'y': (28.0, 1.6, 28.0), 'z': (28.0, 28.0, 1.6)}[along]
    return _ramp(tree, _noise(tree, scale, detail=8.0, distortion=0.8), dark, bright)


def _bump(tree: Any, surface: Any, height: Any, distance: float) -> None:
    bump = tree.nodes.new('ShaderNodeBump')
    bump.inputs['Distance'].default_value = distance
    _link(tree, height, bump.inputs['Height'])
    _link(tree, bump.outputs['Normal'], surface.inputs['Normal'])
