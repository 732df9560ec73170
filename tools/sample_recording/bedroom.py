# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A bedroom for holding out: other furniture, colours, light and way than the sample's room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.sample_recording import materials
from tools.sample_recording.camera_path import Way
from tools.sample_recording.catalogue import Model
from tools.sample_recording.shapes import box, cushion, framed, furniture
from tools.sample_recording.shell import Shell, build, ceiling_lamp, door

WAY = Way(
    corners=((-1.15, 0.35, 0.58), (-1.05, 1.10, 0.58), (-0.55, 1.75, 0.58)),
    yaw=(-6.0, -24.0),
    tilt=5.0,
)


def furnish(models: dict[int, Model], panoramas: Path) -> None:
    """Build the room: desk on the left, bed ahead on the right, wardrobe in the corner."""
    beech = materials.planks('beech boards', (0.45, 0.29, 0.17), (0.66, 0.47, 0.31), 0.09)
    blue = materials.plaster('blue wall', (0.30, 0.40, 0.52))
    pale = materials.plaster('pale wall', (0.70, 0.71, 0.70))
    cloth = materials.fabric('curtain cloth', (0.52, 0.56, 0.60))
    white = materials.plain('white lacquer', (0.78, 0.78, 0.76), 0.35)
    brass = materials.plain('brass', (0.7, 0.5, 0.2), 0.3, 1.0)
    build(
        Shell(
            width=3.7,
            length=4.7,
            height=2.4,
            window=(1.2, 2.5, 0.9, 2.1),
            wall=pale,
            accent=blue,
            floor=beech,
            cloth=cloth,
            panorama=str(panoramas / 'city.exr'),
            daylight=1.3,
            sun=(3.0, 30.0, -12.0),
        )
    )
    door(-1.25, 4.7, white, brass)
    ceiling_lamp(0.2, 2.4, 2.4, 70.0)
    furniture(models[88], (0.72, 3.52), 0.0)
    furniture(models[4], (-0.58, 4.44), 0.0)
    furniture(models[15], (-0.60, 4.46), 0.0, None)
    furniture(models[107], (-1.30, 3.05), 0.0, None)
    furniture(models[51], (0.75, 3.95), -15.0, None)
    furniture(models[75], (-1.56, 2.95), 90.0)
    furniture(models[125], (-1.05, 2.75), -110.0)
    furniture(models[106], (-1.10, 2.05), 65.0)
    furniture(models[74], (1.64, 1.85), -90.0)
    furniture(models[108], (0.95, 1.95), 205.0)
    furniture(models[120], (0.95, 1.95), 30.0, None)
    furniture(models[8], (-0.35, 2.75), 40.0)
    furniture(models[141], (0.35, 2.15), 25.0)
    furniture(models[115], (-1.62, 3.85), 0.0)
    furniture(models[96], (-0.62, 4.60), 0.0, 1.25)
    pattern = materials.carpet_pattern(
        8, ((0.62, 0.64, 0.62), (0.20, 0.30, 0.38), (0.75, 0.58, 0.40), (0.25, 0.26, 0.28))
    )
    rug = materials.picture('grey rug', pattern, 0.95)
    box('Rug', (1.3, 1.9, 0.01), (-0.35, 2.2, 0.005), rug, 80.0)
    plum = materials.fabric('plum cloth', (0.30, 0.07, 0.16))
    cushion('Cushion', (0.40, 0.40, 0.14), (0.25, 3.95, 0.72), (35, 0, 12), plum)
    _picture_over_the_bed(panoramas)


def _picture_over_the_bed(panoramas: Path) -> None:
    frame: Any = materials.plain('black frame', (0.03, 0.03, 0.03), 0.4)
    view = materials.photograph(str(panoramas / 'sunrise.exr'), 0.30, 0.38, 0.2, 1.6)
    framed('sunrise', (0.8, 0.5), (0.55, 4.7, 1.55), 0.0, view=view, frame=frame)
