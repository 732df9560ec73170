# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a person's box to the picture that a pose network sees, and its keypoints back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffperc_ros.core.errors import SettingError
from diffperc_ros.core.transforms import ImageTransform, Size
from diffperc_ros.networks.heatmaps import decode_heatmaps

BoxEdges = tuple[float, float, float, float]
"""Left, top, width, height in pixels, as COCO has them: the first pixel reaches from 0 to 1."""

CROP: Size = (192, 256)
PADDING = 1.25
_GREY = 127


def person_crop(
    box: BoxEdges, picture: Size, crop: Size = CROP, padding: float = PADDING
) -> ImageTransform:
    """Return the map from a picture to a crop around a person.

    The box is widened to the crop's ratio, then by `padding`, about its centre, and may reach
    beyond the picture (Simple Baselines' rule). Its inverse maps keypoints back.

    Raises
    ------
    SettingError
        When the box is empty.
    """
    left, top, width, height = box
    if not (width > 0 and height > 0):
        raise SettingError(f'the box {box} is empty; give left, top, width and height in pixels')
    scale = min(crop[0] / width, crop[1] / height) / padding
    # Pixel centres are whole numbers, so a box from 0 to 1 has its centre at 0.
    x, y = left + width / 2 - 0.5, top + height / 2 - 0.5
    return ImageTransform(
        picture,
        crop,
        scale,
        scale,
        (crop[0] - 1) / 2 - scale * x,
        (crop[1] - 1) / 2 - scale * y,
    )


def cut(picture: NDArray[np.uint8], transform: ImageTransform) -> NDArray[np.uint8]:
    """Return the crop (h, w, 3) of a picture (H, W, 3); what lies beyond the picture is grey."""
    matrix = np.array(
        [
            [transform.scale_x, 0, transform.offset_x],
            [0, transform.scale_y, transform.offset_y],
        ]
    )
    cropped = cv2.warpAffine(
        picture,
        matrix,
        transform.target,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(_GREY, _GREY, _GREY),
    )
    return np.asarray(cropped, np.uint8)


@torch.no_grad()
def predict_people(
    predict: Callable[[Tensor], Tensor],
    picture: NDArray[np.uint8],
    boxes: Sequence[BoxEdges],
    *,
    stride: int = 4,
    crop: Size = CROP,
    padding: float = PADDING,
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return keypoints and scores of the person in each box.

    Parameters
    ----------
    predict
        Network, or `predict_with_flip` over one: RGB (1, 3, h, w) in [0, 1] to heat maps
        (1, K, h / stride, w / stride).
    picture
        RGB (H, W, 3).
    boxes
        One per person.
    stride
        Side of a heat map's cell, pixels of the crop.
    crop, padding
        As for `person_crop`.

    Returns
    -------
    list
        For each person points (K, 2), x and y in pixels of the picture, and scores (K,).
    """
    height, width = picture.shape[:2]
    people = []
    for box in boxes:
        transform = person_crop(box, (width, height), crop, padding)
        image = torch.from_numpy(cut(picture, transform)).permute(2, 0, 1)[None].float() / 255
        points, scores = decode_heatmaps(predict(image)[0], stride)
        back = transform.inverse().points(points.double().numpy())
        people.append((back, scores.double().numpy()))
    return people
