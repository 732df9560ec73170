# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.core.camera import Camera
from diffperc_ros.core.errors import CameraError, SettingError
from diffperc_ros.core.transforms import Box, ImageTransform, crop, letterbox, pad, resize

sizes = st.tuples(st.integers(1, 2000), st.integers(1, 2000))
margins = st.integers(0, 300)


@st.composite
def crops(draw: st.DrawFn, source: tuple[int, int]) -> ImageTransform:
    width = draw(st.integers(1, source[0]))
    height = draw(st.integers(1, source[1]))
    left = draw(st.integers(0, source[0] - width))
    top = draw(st.integers(0, source[1] - height))
    return crop(source, Box(left, top, width, height))


@st.composite
def steps(draw: st.DrawFn, source: tuple[int, int]) -> ImageTransform:
    kind = draw(st.sampled_from(['resize', 'letterbox', 'crop', 'pad']))
    if kind == 'crop':
        return draw(crops(source))
    if kind == 'pad':
        return pad(source, *(draw(margins) for _ in range(4)))
    return {'resize': resize, 'letterbox': letterbox}[kind](source, draw(sizes))


@st.composite
def chains(draw: st.DrawFn) -> list[ImageTransform]:
    source = draw(sizes)
    chain = []
    for _ in range(draw(st.integers(1, 4))):
        chain.append(draw(steps(source)))
        source = chain[-1].target
    return chain


def composed(chain: list[ImageTransform]) -> ImageTransform:
    whole = chain[0]
    for step in chain[1:]:
        whole = whole.then(step)
    return whole


PIXELS = np.array([[0.0, 0.0], [10.0, 3.5], [-4.0, 700.25]])


@given(chains())
def test_a_composition_does_what_its_steps_do(chain: list[ImageTransform]) -> None:
    expected = PIXELS
    for step in chain:
        expected = step.points(expected)
    np.testing.assert_allclose(composed(chain).points(PIXELS), expected, rtol=1e-9, atol=1e-6)


@given(chains())
def test_the_inverse_undoes(chain: list[ImageTransform]) -> None:
    whole = composed(chain)
    scale = max(1.0, 1 / whole.scale_x, 1 / whole.scale_y)
    back = whole.inverse().points(whole.points(PIXELS))
    np.testing.assert_allclose(back, PIXELS, atol=1e-6 * scale)


@given(chains(), st.floats(0.2, 20))
def test_intrinsics_follow_the_pixels(chain: list[ImageTransform], depth: float) -> None:
    """Project, transform, unproject: the point comes back."""
    whole = composed(chain)
    camera = Camera(*whole.source, 500.0, 480.0, 300.0, 200.0)
    after = whole.camera(camera)
    point = np.array([0.3, -0.2, depth])
    pixel = whole.points(camera.project(point))
    np.testing.assert_allclose(after.unproject(pixel, np.array(depth)), point, atol=1e-6)


@given(sizes, sizes)
def test_resizing_maps_borders_to_borders(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    corners = np.array([[-0.5, -0.5], [source[0] - 0.5, source[1] - 0.5]])
    np.testing.assert_allclose(
        resize(source, target).points(corners),
        [[-0.5, -0.5], [target[0] - 0.5, target[1] - 0.5]],
        atol=1e-6,
    )


@given(sizes, sizes)
def test_a_letterbox_touches_two_borders_and_keeps_the_ratio(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    transform = letterbox(source, target)
    box = transform.content
    assert box.width == target[0] or box.height == target[1]
    assert 0 <= box.left <= box.left + box.width <= target[0]
    assert 0 <= box.top <= box.top + box.height <= target[1]
    assert abs(target[0] - box.width - 2 * box.left) <= 1
    # The scaled picture has whole pixels: its ratio is off by half a pixel at most, or one pixel
    # where a very long picture would otherwise vanish.
    exact = min(target[0] / source[0], target[1] / source[1])
    assert abs(box.width - exact * source[0]) <= 1
    assert abs(box.height - exact * source[1]) <= 1


@pytest.mark.parametrize(
    ('transform', 'content', 'visible'),
    [
        (resize((640, 480), (256, 192)), Box(0, 0, 256, 192), Box(0, 0, 640, 480)),
        (letterbox((1280, 720), (256, 192)), Box(0, 24, 256, 144), Box(0, 0, 1280, 720)),
        (letterbox((480, 640), (256, 192)), Box(56, 0, 144, 192), Box(0, 0, 480, 640)),
        (crop((640, 480), Box(80, 0, 480, 480)), Box(0, 0, 480, 480), Box(80, 0, 480, 480)),
        (pad((480, 480), 0, 0, 32, 32), Box(0, 0, 480, 480), Box(0, 0, 480, 480)),
    ],
)
def test_content_and_visible(transform: ImageTransform, content: Box, visible: Box) -> None:
    assert transform.content == content
    assert transform.visible == visible


def test_halving_an_image_puts_the_centre_between_pixels() -> None:
    camera = resize((640, 480), (320, 240)).camera(Camera(640, 480, 600, 600, 319.5, 239.5, -30.0))
    assert (camera.fx, camera.cx, camera.cy) == (300, 159.5, 119.5)
    assert camera.baseline_x == -15


@pytest.mark.parametrize(
    ('make', 'error'),
    [
        (lambda: crop((64, 48), Box(-1, 0, 10, 10)), SettingError),
        (lambda: crop((64, 48), Box(60, 0, 10, 10)), SettingError),
        (lambda: resize((64, 48), (32, 24)).then(resize((64, 48), (32, 24))), SettingError),
        (lambda: pad((0, 48), 0, 0, 1, 1), SettingError),
        (lambda: ImageTransform((4, 4), (4, 4), 0.0, 1.0, 0.0, 0.0), SettingError),
        (lambda: resize((64, 48), (32, 24)).camera(Camera(32, 24, 9, 9, 1, 1)), CameraError),
    ],
)
def test_what_cannot_be_is_refused(make: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        make()  # type: ignore[operator]
