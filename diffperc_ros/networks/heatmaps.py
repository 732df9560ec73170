# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keypoints to heat maps and back.

A picture's pixel centres are whole numbers, and the maps cover the whole picture: the centre of
cell i is at pixel stride * (i + 0.5) - 0.5. So a mirrored picture has exactly mirrored maps. (The
original code of Simple Baselines puts cell i at pixel stride * i, which is why it moves mirrored
maps by one cell.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

SIGMA = 2.0
"""Standard deviation of a target's Gaussian in cells: the customary one for maps of 64x48."""


def encode_heatmaps(
    points: Tensor, size: tuple[int, int], stride: int, sigma: float = SIGMA
) -> Tensor:
    """Return a Gaussian of height 1 around each keypoint, centred between cells where it lies so.

    Parameters
    ----------
    points
        (..., K, 2) x, y in pixels of the picture.
    size
        Height and width of the maps, cells.
    stride
        Side of a cell, pixels.
    sigma
        Standard deviation, cells.

    Returns
    -------
    Tensor
        (..., K, h, w) in [0, 1].
    """
    height, width = size
    centres = _to_cells(points, stride)
    x = torch.arange(width, dtype=points.dtype, device=points.device)
    y = torch.arange(height, dtype=points.dtype, device=points.device)
    horizontal = torch.exp(-((x - centres[..., :1]) ** 2) / (2 * sigma**2))
    vertical = torch.exp(-((y - centres[..., 1:]) ** 2) / (2 * sigma**2))
    return vertical[..., :, None] * horizontal[..., None, :]


def heatmap_weights(
    points: Tensor, visibility: Tensor, size: tuple[int, int], stride: int
) -> Tensor:
    """Return which keypoints a loss counts: 1 for labelled ones inside the picture, else 0.

    Parameters
    ----------
    points
        (..., K, 2) x, y in pixels of the picture.
    visibility
        COCO's (..., K): 0 not labelled, 1 labelled but hidden, 2 visible.
    size, stride
        As for `encode_heatmaps`.
    """
    cells = _to_cells(points, stride).round()
    inside = (cells >= 0).all(-1) & (cells[..., 0] < size[1]) & (cells[..., 1] < size[0])
    return (inside & (visibility > 0)).to(points.dtype)


def decode_heatmaps(heatmaps: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Return where each map is highest, moved a quarter of a cell towards the higher neighbour.

    The customary decoding (Newell et al., ECCV 2016). Of a Gaussian whose centre is inside the
    maps it finds the centre to a quarter of a cell, at the maps' border to half a cell.

    Parameters
    ----------
    heatmaps
        (..., h, w).
    stride
        Side of a cell, pixels.

    Returns
    -------
    points
        (..., 2) x, y in pixels of the picture.
    scores
        (...), the highest values, in [0, 1].
    """
    width = heatmaps.shape[-1]
    values, places = heatmaps.flatten(-2).max(dim=-1)
    row, column = places // width, places % width
    x = column + _quarter(heatmaps, row, column, axis=-1)
    y = row + _quarter(heatmaps, row, column, axis=-2)
    cells = torch.stack((x, y), dim=-1)
    return stride * (cells + 0.5) - 0.5, values.clamp(0, 1)


def predict_with_flip(
    predict: Callable[[Tensor], Tensor],
    image: Tensor,
    mirrored: Sequence[int],
    *,
    shift: bool = False,
) -> Tensor:
    """Return the mean of the heat maps of a picture and of its mirror image.

    Parameters
    ----------
    predict
        Network: pictures (N, 3, H, W), W a multiple of a cell, to maps (N, K, h, w). Called once.
    image
        (B, 3, H, W).
    mirrored
        For each keypoint the one that stands in its place in the mirror (left and right swap).
    shift
        Whether mirrored maps are moved one cell to the right, for weights that were trained with
        cell i at pixel stride * i; with this package's maps they would be moved away.
    """
    plain, flipped = predict(torch.cat((image, image.flip(-1)))).chunk(2)
    back = flipped.flip(-1)[:, list(mirrored)]
    if shift:
        back = torch.cat((back[..., :1], back[..., :-1]), dim=-1)
    return (plain + back) / 2


def _to_cells(points: Tensor, stride: int) -> Tensor:
    return (points + 0.5) / stride - 0.5


def _quarter(heatmaps: Tensor, row: Tensor, column: Tensor, axis: int) -> Tensor:
    """Return 0.25 towards the higher of the two neighbours along an axis, 0 at its ends."""
    length = heatmaps.shape[axis]
    place = column if axis == -1 else row

    def at(step: int) -> Tensor:
        moved = (place + step).clamp(0, length - 1)
        index = (
            row * heatmaps.shape[-1] + moved if axis == -1 else moved * heatmaps.shape[-1] + column
        )
        return heatmaps.flatten(-2).gather(-1, index[..., None])[..., 0]

    inside = (place > 0) & (place < length - 1)
    return torch.where(inside, 0.25 * torch.sign(at(1) - at(-1)), 0.0)
