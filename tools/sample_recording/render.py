# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Render a room: a colour and a geometry EXR per frame, with the names of its objects.

Runs in an environment with `bpy`. Colour is path traced and denoised. Geometry (planar depth
and object index) is a pass of its own with one ray through each pixel's centre: the depth of
an anti-aliased pass belongs to a ray somewhere inside the pixel, which on a floor 4 m away is
wrong by centimetres.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import re
from pathlib import Path
from typing import Any

import bpy  # type: ignore[import-not-found, unused-ignore]

from tools.sample_recording.camera_path import FOCAL, HEIGHT, WIDTH, Way
from tools.sample_recording.catalogue import unpack_catalogue

_PANORAMAS = Path(bpy.utils.resource_path('LOCAL')) / 'datafiles/studiolights/world'


def main() -> None:
    """Parse the command line, build the room, render the frames."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('room', choices=['living_room', 'bedroom'])
    parser.add_argument('furniture', type=Path, help='BlendSwap-CC-0.sh3f')
    parser.add_argument('output', type=Path)
    parser.add_argument('--frames', type=int, default=30)
    parser.add_argument('--only', type=int, nargs='*', help='numbers of the frames to render')
    parser.add_argument('--samples', type=int, default=10)
    parser.add_argument('--scale', type=int, default=100, help='percent of 640x480')
    arguments = parser.parse_args()

    bpy.ops.wm.read_factory_settings(use_empty=True)
    arguments.output.mkdir(parents=True, exist_ok=True)
    models = unpack_catalogue(arguments.furniture, arguments.output / 'furniture')
    room = importlib.import_module(f'tools.sample_recording.{arguments.room}')
    room.furnish(models, _PANORAMAS)
    _refuse_missing_textures()
    objects = _number_objects()
    (arguments.output / 'objects.json').write_text(json.dumps(objects, indent=1))

    camera = _camera(room.WAY)
    _engine(arguments.scale)
    for frame in arguments.only or range(arguments.frames):
        _place(camera, room.WAY, frame / (arguments.frames - 1))
        for kind, samples in (('geometry', 1), ('colour', arguments.samples)):
            path = arguments.output / f'{kind}_{frame:04d}.exr'
            if not path.exists():
                _render(kind, samples, path)


def _refuse_missing_textures() -> None:
    """Stop before a picture shows the pink that stands for a texture that is not there."""
    for image in bpy.data.images:
        if image.source == 'FILE' and not Path(bpy.path.abspath(image.filepath)).exists():
            raise FileNotFoundError(f'texture of a model is missing: {image.filepath}')


def _number_objects() -> dict[int, dict[str, str | None]]:
    """Give every object its index (from 1); say its name and who made its model, if not us."""
    objects = {}
    for number, body in enumerate((o for o in bpy.data.objects if o.type == 'MESH'), start=1):
        body.pass_index = number
        name = re.sub(r'\.\d+$', '', body.name)
        objects[number] = {'name': name, 'creator': body.get('creator')}
    return objects


def _camera(way: Way) -> Any:
    lens = bpy.data.cameras.new('camera')
    lens.sensor_fit, lens.sensor_width = 'HORIZONTAL', 36.0
    lens.lens = FOCAL / WIDTH * lens.sensor_width
    lens.clip_start, lens.clip_end = 0.05, 200.0
    camera = bpy.data.objects.new('camera', lens)
    bpy.context.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    _place(camera, way, 0.0)
    return camera


def _place(camera: Any, way: Way, share: float) -> None:
    position, yaw = way.pose(share)
    camera.location = position
    camera.rotation_euler = (math.radians(90.0 - way.tilt), 0.0, math.radians(yaw))


def _engine(scale: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = scale
    scene.render.use_persistent_data = True
    scene.render.threads_mode, scene.render.threads = 'FIXED', 1
    scene.render.image_settings.media_type = 'MULTI_LAYER_IMAGE'
    scene.render.image_settings.file_format = 'OPEN_EXR_MULTILAYER'
    scene.render.image_settings.color_depth = '32'
    scene.render.image_settings.exr_codec = 'ZIP'
    scene.cycles.device = 'CPU'
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.denoiser = 'OPENIMAGEDENOISE'
    scene.cycles.sample_clamp_indirect = 6.0
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_object_index = True


def _render(kind: str, samples: int, path: Path) -> None:
    scene = bpy.context.scene
    scene.cycles.samples = samples
    scene.cycles.use_denoising = kind == 'colour'
    scene.cycles.denoising_prefilter = 'FAST'
    scene.cycles.max_bounces = 6 if kind == 'colour' else 0
    scene.cycles.filter_width = 1.5 if kind == 'colour' else 0.01
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


if __name__ == '__main__':
    main()
