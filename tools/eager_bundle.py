# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Copies a default bundle and adds the network that it was exported from, for PyTorch to run.

    python -m tools.eager_bundle BUNDLE RUN OUTPUT
    diffperc benchmark BUNDLE --baseline OUTPUT

Default bundles carry graphs only; a benchmark's baseline is the network in plain PyTorch.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml
from safetensors.torch import load_file, save_file

from diffperc_ros.bundle.bundle import MANIFEST_NAME, open_bundle
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.networks.serialization import to_dict
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.recipes.depth import SMALL_INDOOR
from diffperc_ros.training.recipes.query import SMALL_INDOOR_QUERY
from diffperc_ros.training.recipes.segmentation import SMALL_INDOOR_SEGMENTATION

CONFIGURATIONS: dict[str, Any] = {
    'depth': SMALL_INDOOR.network,
    'segmentation': SMALL_INDOOR_SEGMENTATION.network,
    'query': SMALL_INDOOR_QUERY.network,
}
VISION = 'vision.'
"""What the names of the part begin with that looks at pictures, where a text tower lies beside."""


def main(bundle: Path, run: Path, output: Path) -> None:
    """Write `output`."""
    task = open_bundle(bundle).manifest.task
    manifest = yaml.safe_load((bundle / MANIFEST_NAME).read_text())
    files = manifest.pop('files')
    # The weights are as trained, not as the graph stores them: golden answers are not theirs.
    files.pop(manifest.pop('golden')['file'])
    manifest['network'] = {'file': WEIGHTS, 'configuration': to_dict(CONFIGURATIONS[task])}

    def write_files(folder: Path) -> None:
        for name in files:
            shutil.copyfile(bundle / name, folder / name)
        weights = load_file(run / WEIGHTS)
        if task == 'query':
            weights = {
                name.removeprefix(VISION): value
                for name, value in weights.items()
                if name.startswith(VISION)
            }
        save_file(weights, folder / WEIGHTS)

    write_bundle(output, manifest, write_files)


if __name__ == '__main__':
    main(*map(Path, sys.argv[1:]))
