# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Finding a bundle by name or path. Nothing is ever downloaded."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from diffperc_ros.bundle.bundle import MANIFEST_NAME, Bundle, open_bundle
from diffperc_ros.core.errors import BundleError

DEFAULT_DEPTH_BUNDLE = 'vpd-depth-small-indoor'
DEFAULT_SEGMENTATION_BUNDLE = 'vpd-segmentation-small-indoor'
DEFAULT_QUERY_BUNDLE = 'vpd-query-small-indoor'

DEFAULT_BUNDLES = {
    'depth': DEFAULT_DEPTH_BUNDLE,
    'segmentation': DEFAULT_SEGMENTATION_BUNDLE,
    'query': DEFAULT_QUERY_BUNDLE,
}
"""Task -> name of the bundle that is used where none is named."""


def model_folders() -> list[Path]:
    """Return the folders that may hold installed bundles, in the order they are searched.

    First `DIFFPERC_MODELS` (folders separated as in PATH), then `share/diffperc_ros/models` of
    every prefix in AMENT_PREFIX_PATH and of this Python installation, last the source checkout.
    """
    folders = [Path(entry) for entry in _path_list('DIFFPERC_MODELS')]
    prefixes = [Path(entry) for entry in _path_list('AMENT_PREFIX_PATH')]
    prefixes += [Path(sys.prefix), Path(sysconfig.get_path('data'))]
    folders += [prefix / 'share' / 'diffperc_ros' / 'models' for prefix in prefixes]
    folders.append(Path(__file__).resolve().parents[2] / 'models')
    return list(dict.fromkeys(folders))


def find_bundle(name_or_path: str) -> Bundle:
    """Open a bundle given the name of an installed one or the path of a folder.

    A word without a slash is a name first; where none is installed under it, a folder beside
    whoever asks, such as `diffperc import --output` just wrote.

    Raises
    ------
    BundleError : nothing is found (the message lists installed names and searched folders), or
        what is found cannot be opened.
    """
    if not name_or_path:
        raise BundleError(
            'no model given; name an installed bundle or the path of a bundle folder'
        )
    if os.sep in name_or_path or name_or_path.startswith('.'):
        return open_bundle(Path(name_or_path).expanduser())
    folders = model_folders()
    for folder in folders:
        if (folder / name_or_path / MANIFEST_NAME).is_file():
            return open_bundle(folder / name_or_path)
    if (Path(name_or_path) / MANIFEST_NAME).is_file():
        return open_bundle(Path(name_or_path))
    searched = ', '.join(str(folder) for folder in folders if folder.is_dir()) or 'none exist'
    installed = ', '.join(installed_bundles()) or 'none'
    raise BundleError(
        f"no bundle is called '{name_or_path}'; installed: {installed} (searched: {searched}); "
        'give the path of a bundle folder, or set DIFFPERC_MODELS'
    )


def installed_bundles() -> list[str]:
    """Return the sorted names of all bundles that `find_bundle` knows by name."""
    return sorted(
        {
            manifest.parent.name
            for folder in model_folders()
            for manifest in folder.glob(f'*/{MANIFEST_NAME}')
        }
    )


def _path_list(variable: str) -> list[str]:
    return [entry for entry in os.environ.get(variable, '').split(os.pathsep) if entry]
