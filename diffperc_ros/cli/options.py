# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Options that several commands take, each said once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Task(str, Enum):
    """What can be computed."""

    DEPTH = 'depth'
    SEGMENTATION = 'segmentation'
    QUERY = 'query'


Bag = Annotated[Path, typer.Argument(help='rosbag2 folder, or a .mcap, .db3 or ROS 1 .bag file.')]
BagOrPictures = Annotated[
    Path, typer.Argument(help='Bag, or folder of pictures with frames.csv and intrinsics.json.')
]
BundleName = Annotated[
    str | None,
    typer.Option(
        help='Installed model, or path of a bundle.', show_default="the task's small indoor one"
    ),
]
TaskName = Annotated[
    Task | None,
    typer.Option(help='What to compute.', show_default="the bundle's, else depth"),
]
Scene = Annotated[
    str,
    typer.Option(
        help='Depth: kind of place, as the bundle names it.', show_default="the bundle's"
    ),
]
Classes = Annotated[
    list[str] | None,
    typer.Option(help='Segmentation: a class to keep; may be repeated.', show_default='all'),
]
ConfidenceThreshold = Annotated[
    float, typer.Option(help='Segmentation: probability below which a pixel is unlabelled.')
]
MaskThreshold = Annotated[
    float | None,
    typer.Option(
        help='Query: probability from which a pixel belongs to an object.',
        show_default="the bundle's",
    ),
]
ScoreThreshold = Annotated[
    float | None,
    typer.Option(help='Query: score from which an object counts.', show_default="the bundle's"),
]
ImageTopic = Annotated[
    str | None, typer.Option(help='Colour images.', show_default='the only camera')
]
CameraInfoTopic = Annotated[
    str | None, typer.Option(help='Intrinsics.', show_default='camera_info beside the images')
]
DepthTopic = Annotated[
    str | None, typer.Option(help='Recorded depth.', show_default='the only depth topic')
]
DepthUnit = Annotated[
    float, typer.Option(min=1e-6, help='Metres per count of 16-bit recorded depth.')
]
LabelsTopic = Annotated[
    str | None,
    typer.Option(help='Recorded masks of classes.', show_default='the only masks with label_info'),
]
InstancesTopic = Annotated[
    str | None,
    typer.Option(help='Recorded masks of instances.', show_default='the only .../instances/mask'),
]
ExpressionsTopic = Annotated[
    str | None,
    typer.Option(
        help='Recorded phrases about the instances.', show_default='the only .../expressions'
    ),
]
LabelMapFile = Annotated[
    Path | None,
    typer.Option(
        help="Segmentation: YAML of recorded class: model's class (or null to leave it out)."
    ),
]
JsonFile = Annotated[Path | None, typer.Option(help='File to write all figures to.')]
Cap = Annotated[float, typer.Option(help='Deepest ground truth that counts, metres.')]
ToleranceMs = Annotated[float, typer.Option(help='How far apart stamps may be and still pair.')]
SpreadFrames = Annotated[
    int | None, typer.Option(min=1, help='Look at no more frames, spread evenly.')
]
Profile = Annotated[str, typer.Option(help='Graph of the bundle.')]
Backend = Annotated[
    str, typer.Option(help='Engine: auto, tensorrt, onnxruntime, openvino or torch.')
]
Device = Annotated[str, typer.Option(help='auto, cpu or cuda.')]
Threads = Annotated[int, typer.Option(min=0, help='CPU threads; 0: the engine decides.')]
