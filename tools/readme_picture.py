# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Make docs/images/room.jpg from the sample recording and the default bundle.

python -m tools.readme_picture OUTPUT
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE, find_bundle
from diffperc_ros.evaluation.report.colours import DEPTH_TABLE, ERROR_TABLE, colour_map
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.runtimes.select import open_runtime

FRAME = 15
FARTHEST_M = 6.0
LARGEST_ERROR = 0.5
DEPTH_TOPIC = '/camera/aligned_depth_to_color/image_raw/compressedDepth'


def main(output: Path) -> None:
    """Compose the four pictures of one frame side by side."""
    bundle = find_bundle(DEFAULT_DEPTH_BUNDLE)
    estimator = DepthEstimator(bundle, open_runtime(bundle, device='cpu'))
    with open_recording(Path('samples/room')) as recording:
        frames = recording.frames('/camera/color/image_raw/compressed')
        frame = next(islice(frames, FRAME, None)).frame
        truths = recording.depth_images(DEPTH_TOPIC)
        truth = next(islice(truths, FRAME, None)).values
    depth = estimator.perceive(frame).values
    known = np.isfinite(truth) & np.isfinite(depth)
    scaled = depth * (np.median(truth[known]) / np.median(depth[known]))
    error = (scaled - truth) / truth
    pictures = [
        frame.image,
        colour_map(truth, 0.0, FARTHEST_M, DEPTH_TABLE),
        colour_map(depth, 0.0, FARTHEST_M, DEPTH_TABLE),
        colour_map(error, -LARGEST_ERROR, LARGEST_ERROR, ERROR_TABLE),
    ]
    row = np.concatenate(
        [cv2.resize(p, (320, 240), interpolation=cv2.INTER_AREA) for p in pictures], 1
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(output), row[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == '__main__':
    main(Path(sys.argv[1]))
