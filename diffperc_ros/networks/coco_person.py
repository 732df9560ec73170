# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The keypoints of a person as COCO has them."""

from __future__ import annotations

KEYPOINTS = (
    'nose',
    'left_eye',
    'right_eye',
    'left_ear',
    'right_ear',
    'left_shoulder',
    'right_shoulder',
    'left_elbow',
    'right_elbow',
    'left_wrist',
    'right_wrist',
    'left_hip',
    'right_hip',
    'left_knee',
    'right_knee',
    'left_ankle',
    'right_ankle',
)
"""Left and right are the person's own."""

_OTHER_SIDE = {'left': 'right', 'right': 'left'}


def _mirrored(name: str) -> str:
    side, _, part = name.partition('_')
    return f'{_OTHER_SIDE[side]}_{part}' if part else name


MIRRORED = tuple(KEYPOINTS.index(_mirrored(name)) for name in KEYPOINTS)
"""For each keypoint, the one that stands in its place in the mirror."""
