# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which bundle a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffperc_ros.cli.options import Task

if TYPE_CHECKING:
    from diffperc_ros.bundle.bundle import Bundle


def model_for(task: Task | None, bundle: str | None) -> Bundle:
    """Open the bundle that was named, or the default one of the task (depth where none is said).

    Raises
    ------
    BundleError : there is none, or the one that was named is for another task.
    """
    from diffperc_ros.bundle.locate import DEFAULT_BUNDLES, find_bundle
    from diffperc_ros.core.errors import BundleError

    model = find_bundle(bundle or DEFAULT_BUNDLES[(task or Task.DEPTH).value])
    if task is not None and model.manifest.task != task.value:
        raise BundleError(
            f"{model.path}: a bundle for {model.manifest.task}, but --task says '{task.value}'"
        )
    return model
