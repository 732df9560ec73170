# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""cv_bridge is played by a stand-in that follows the documented conversions of the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.core.errors import FrameError
from diffperc_ros.nodes.camera import bridge
from diffperc_ros.nodes.camera.bridge import CV_BRIDGE_ENCODINGS, image_of_message
from diffperc_ros.recordings.images import decode_image

CHANNELS = {'mono8': 1, 'rgb8': 3, 'bgr8': 3, 'rgba8': 4, 'bgra8': 4, 'uyvy': 2}


def message(encoding: str, padding: int = 0) -> SimpleNamespace:
    width, height = 8, 6
    step = width * CHANNELS[encoding] + padding
    data = np.random.default_rng(1).integers(0, 256, height * step, dtype=np.uint8).tobytes()
    return SimpleNamespace(
        width=width, height=height, encoding=encoding, step=step, is_bigendian=0, data=data
    )


def convert(message: Any, desired_encoding: str) -> NDArray[np.uint8]:
    assert desired_encoding == 'rgb8'
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    channels = CHANNELS[message.encoding]
    pixels = rows[:, : message.width * channels].reshape(message.height, message.width, channels)
    order = {'mono8': [0, 0, 0], 'bgr8': [2, 1, 0], 'bgra8': [2, 1, 0]}
    return pixels[:, :, order.get(message.encoding, [0, 1, 2])]


class StandIn:
    """Installs a module called cv_bridge, converts with `function`, counts the calls."""

    def __init__(self, function: Callable[..., NDArray[np.uint8]]) -> None:
        self.calls = 0
        self._function = function

    def imgmsg_to_cv2(self, message: Any, desired_encoding: str) -> NDArray[np.uint8]:
        self.calls += 1
        return self._function(message, desired_encoding)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[StandIn | Exception], None]]:
    def install_one(stand_in: StandIn | Exception) -> None:
        class Module(ModuleType):
            def __getattr__(self, name: str) -> Any:
                if isinstance(stand_in, Exception):
                    raise stand_in
                return lambda: stand_in

        monkeypatch.setitem(sys.modules, 'cv_bridge', Module('cv_bridge'))
        bridge.cv_bridge_converter.cache_clear()

    yield install_one
    bridge.cv_bridge_converter.cache_clear()


@pytest.mark.parametrize('padding', [0, 5])
@pytest.mark.parametrize('encoding', CV_BRIDGE_ENCODINGS)
def test_both_ways_give_the_same_array(install: Any, encoding: str, padding: int) -> None:
    stand_in = StandIn(convert)
    install(stand_in)
    image = image_of_message(message(encoding, padding))
    assert stand_in.calls == 2  # one for the probe
    np.testing.assert_array_equal(image, decode_image(message(encoding, padding)))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous


def test_what_cv_bridge_lacks_goes_the_other_way(install: Any) -> None:
    stand_in = StandIn(convert)
    install(stand_in)
    image_of_message(message('uyvy'))
    image_of_message(message('rgb8'))
    assert stand_in.calls == 2  # the probe and the second image


@pytest.mark.parametrize(
    'broken',
    [
        ImportError('numpy.core.multiarray failed to import'),
        AttributeError('_ARRAY_API not found'),
        StandIn(lambda message, _encoding: convert(message, 'rgb8')[:, :, ::-1]),
    ],
    ids=['does not import', 'built for another NumPy', 'swaps colours'],
)
def test_a_cv_bridge_that_does_not_work_is_not_used(install: Any, broken: Any) -> None:
    install(broken)
    np.testing.assert_array_equal(image_of_message(message('bgr8')), decode_image(message('bgr8')))


@pytest.mark.parametrize(
    'changes', [{'width': 0}, {'height': 7}, {'step': 3}, {'encoding': 'nonsense'}]
)
def test_lying_messages_are_refused_with_or_without_cv_bridge(
    install: Any, changes: dict[str, Any]
) -> None:
    for stand_in in (StandIn(convert), ImportError()):
        install(stand_in)
        with pytest.raises(FrameError):
            image_of_message(SimpleNamespace(**{**vars(message('rgb8')), **changes}))
