# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What scenes are put together from: a mesh that knows what it is and what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diffperc_ros.scenes.shapes.mesh import Mesh, join, moved


@dataclass(frozen=True)
class Part:
    """One object of a scene, or of a group that is carried into a scene as a whole.

    Attributes
    ----------
    mesh
        Its triangles.
    label, name
        Class of CLASSES and noun.
    size
        (width, depth, height) metres as it was made, before it was turned.
    support
        Index in its group or scene of the part that it stands on; None where it hangs on a wall,
        or where the group's ground is still to come.
    pane
        What of it rays pass through: glass is seen as part of a window but has no depth.
    """

    mesh: Mesh
    label: str
    name: str
    size: tuple[float, float, float]
    support: int | None = None
    pane: Mesh | None = None


def part(mesh: Mesh, label: str, name: str, support: int | None = None) -> Part:
    """Part in its own upright frame, from which its size is taken."""
    low, high = mesh.bounds()
    width, depth, height = (high - low).tolist()
    return Part(mesh, label, name, (width, depth, height), support)


def carried(
    group: Sequence[Part], offset: ArrayLike, rotation: ArrayLike | None = None
) -> list[Part]:
    """All parts rotated about the origin by a (3, 3) matrix, then moved by (3,) metres."""
    return [
        replace(
            item,
            mesh=moved(item.mesh, offset, rotation),
            pane=None if item.pane is None else moved(item.pane, offset, rotation),
        )
        for item in group
    ]


def bounds(group: Sequence[Part]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smallest and largest corner of a group, (3,) float64 each, metres."""
    ends = np.array([item.mesh.bounds() for item in group])
    return ends[:, 0].min(0), ends[:, 1].max(0)


def on(base: Sequence[Part], index: int | None, group: Sequence[Part]) -> list[Part]:
    """Append a group to a base; what has no support in the group stands on part `index` of it."""
    shift = len(base)
    settled = [
        replace(item, support=index if item.support is None else item.support + shift)
        for item in group
    ]
    return [*base, *settled]


def numbered(parts: Sequence[Part]) -> Mesh:
    """One mesh whose object_id counts the parts."""
    return join([_with_id(item.mesh, number) for number, item in enumerate(parts)])


def numbered_panes(parts: Sequence[Part]) -> Mesh | None:
    """One mesh of all panes, object_id being the number of the part; None without any."""
    panes = [
        _with_id(item.pane, number) for number, item in enumerate(parts) if item.pane is not None
    ]
    return join(panes) if panes else None


def _with_id(mesh: Mesh, number: int) -> Mesh:
    return replace(mesh, object_id=np.full(len(mesh.corners), number, np.int32))
