# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time

from diffperc_ros.core.frame import Stamp
from diffperc_ros.nodes.camera.pairing import REMEMBERED_INFOS, CameraInfoPairing, Pair


def test_exact_stamp_wins_over_the_latest() -> None:
    pairing = CameraInfoPairing(0.0)
    for second in range(3):
        pairing.add(Stamp(second, 0), f'info {second}')
    assert pairing.find(Stamp(1, 0)) == Pair('info 1', exact=True)


def test_an_image_waits_for_the_info_that_follows_it() -> None:
    pairing = CameraInfoPairing(5.0)
    pairing.add(Stamp(0, 0), 'old')
    late = threading.Timer(0.05, lambda: pairing.add(Stamp(1, 0), 'new'))
    late.start()
    assert pairing.find(Stamp(1, 0)) == Pair('new', exact=True)
    late.join()


def test_without_matching_stamps_the_latest_is_taken_and_only_the_first_image_waits() -> None:
    pairing = CameraInfoPairing(0.2)
    pairing.add(Stamp(0, 0), 'latched')
    durations = []
    for second in (10, 11, 12):
        start = time.monotonic()
        assert pairing.find(Stamp(second, 0)) == Pair('latched', exact=False)
        durations.append(time.monotonic() - start)
    assert durations[0] >= 0.2
    assert max(durations[1:]) < 0.1


def test_a_lost_info_does_not_end_the_waiting_for_those_that_come() -> None:
    pairing = CameraInfoPairing(0.2)
    pairing.add(Stamp(0, 0), 'info 0')
    assert pairing.find(Stamp(1, 0)) == Pair('info 0', exact=False)
    pairing.add(Stamp(1, 0), 'info 1')  # late, but it shows that the stamps do match
    late = threading.Timer(0.05, lambda: pairing.add(Stamp(2, 0), 'info 2'))
    late.start()
    assert pairing.find(Stamp(2, 0)) == Pair('info 2', exact=True)
    late.join()


def test_nothing_at_all() -> None:
    assert CameraInfoPairing(0.0).find(Stamp(0, 0)) is None


def test_stamps_that_jump_back_are_remembered_like_any_other() -> None:
    pairing = CameraInfoPairing(0.0)
    for second in range(100, 100 + REMEMBERED_INFOS):
        pairing.add(Stamp(second, 0), second)
    pairing.add(Stamp(1, 0), 'looped')
    assert pairing.find(Stamp(1, 0)) == Pair('looped', exact=True)
    assert pairing.find(Stamp(101, 0)) == Pair(101, exact=True)


def test_close_releases_whoever_waits() -> None:
    pairing = CameraInfoPairing(60.0)
    closer = threading.Timer(0.05, pairing.close)
    closer.start()
    start = time.monotonic()
    assert pairing.find(Stamp(0, 0)) is None
    assert time.monotonic() - start < 5
    closer.join()
