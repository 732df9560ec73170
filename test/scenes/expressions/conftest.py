# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Hand-made views."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.scenes.objects import VisibleObject

Make = Callable[..., VisibleObject]


@pytest.fixture
def thing() -> Make:
    """A thing of a name at (column, distance), its other properties if they matter."""

    def make(
        instance: int,
        name: str,
        column: int = 128,
        distance: float = 2.0,
        *,
        label: str = 'object',
        colour: str | None = None,
        size: float = 0.5,
        support: int | None = None,
    ) -> VisibleObject:
        return VisibleObject(
            instance=instance,
            label=label,
            name=name,
            colour=colour,
            centre=((column - 128) / 200 * distance, 0.3, distance),
            box=(column - 10, 80, column + 10, 120),
            pixels=800,
            size=(size, size, size),
            support=support,
            truncated=False,
            visible_share=1.0,
        )

    return make


@pytest.fixture
def view() -> Callable[..., View]:
    return lambda *objects: View(tuple(objects), 256, 192)
