# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run one network at its published width on one picture: time and peak memory.

The weights are random, so the answer means nothing; that it has the picture's size, is finite and
what it costs is what is shown. Run as

    python tools/full_width_forward.py vpd_depth --picture room.jpg --width 480 --height 480
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import cv2
import torch

from diffperc_ros.networks.factory import build
from diffperc_ros.networks.methods import METHODS


def main() -> None:
    """Build, run once, print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('method', choices=sorted(METHODS))
    parser.add_argument('--picture', type=Path, required=True)
    parser.add_argument('--width', type=int, default=512)
    parser.add_argument('--height', type=int, default=512)
    parser.add_argument('--threads', type=int, default=1)
    arguments = parser.parse_args()
    picture = cv2.imread(str(arguments.picture), cv2.IMREAD_COLOR)
    if picture is None:
        parser.error(f'{arguments.picture}: no picture')
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    started = time.perf_counter()
    network = build(METHODS[arguments.method]()).eval()
    built = time.perf_counter()
    scaled = cv2.resize(picture, (arguments.width, arguments.height), interpolation=cv2.INTER_AREA)
    image = torch.from_numpy(scaled[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    inputs = [image]
    if arguments.method == 'vpd_referring':
        config = network.config
        inputs.append(
            torch.randn(1, config.prompt.tokens, config.backbone.unet.cross_attention_dim)
        )
    cpu = time.process_time()
    clock = time.perf_counter()
    with torch.inference_mode():
        answer = network(*inputs)
    print(
        json.dumps(
            {
                'method': arguments.method,
                'picture': f'{arguments.width}x{arguments.height}',
                'million_parameters': round(sum(p.numel() for p in network.parameters()) / 1e6, 1),
                'build_s': round(built - started, 1),
                'forward_s': round(time.perf_counter() - clock, 1),
                'forward_cpu_s': round(time.process_time() - cpu, 1),
                'peak_gib': round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
                'answer': list(answer.shape),
                'finite': bool(torch.isfinite(answer).all()),
                'torch': torch.__version__,
                'threads': arguments.threads,
            }
        )
    )


if __name__ == '__main__':
    main()
