# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a bundle with a full-width VPD depth network of random weights, to export.

    python -m tools.full_width_bundle FOLDER

What export costs does not depend on the weights' values; 3.8 GB are written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.networks.configuration import VPDDepthConfig
from diffperc_ros.networks.factory import build, save
from diffperc_ros.networks.serialization import to_dict


def main(path: Path) -> None:
    """Write the bundle to `path`."""
    torch.manual_seed(0)
    config = VPDDepthConfig()
    network = build(config).eval()
    # As initialised, the decoder answers 5 m everywhere, which would prove nothing.
    for parameter in network.head.parameters():  # type: ignore[union-attr]
        if parameter.ndim > 1:
            parameter.data.normal_(std=(2 / parameter[0].numel()) ** 0.5)
    rooms = [f'room-{number}' for number in range(config.prompt.classes)]
    manifest = {
        'format': 1,
        'name': 'full-width-random',
        'task': 'depth',
        'method': 'vpd',
        'licence': 'Apache-2.0',
        'description': 'Random weights at full width: shows what export costs, knows nothing.',
        'training': {'data': 'none'},
        'input': {'width': 512, 'height': 512, 'fit': 'letterbox'},
        'depth': {'kind': 'relative', 'min_depth': 0.001, 'max_depth': 10.0},
        'prompt': {'source': 'class_mean', 'names': rooms},
        'network': {'file': 'network.safetensors', 'configuration': to_dict(config)},
    }
    write_bundle(path, manifest, lambda folder: save(network, folder / 'network.safetensors'))


if __name__ == '__main__':
    main(Path(sys.argv[1]))
