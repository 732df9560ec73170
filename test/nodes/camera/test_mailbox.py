# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffperc_ros.nodes.camera.mailbox import Mailbox


@given(st.lists(st.integers(), min_size=1), st.integers(1, 5))
def test_keeps_the_newest_in_order_and_tells_of_losses(items: list[int], capacity: int) -> None:
    mailbox: Mailbox[int] = Mailbox(capacity)
    displaced = sum(mailbox.put(item) for item in items)
    kept = items[-capacity:]
    assert displaced == len(items) - len(kept)
    assert [mailbox.take() for _ in kept] == kept


def test_a_slow_taker_never_sees_an_item_older_than_the_last_but_one() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(0)
    assert mailbox.take() == 0
    for item in range(1, 100):
        mailbox.put(item)
    assert mailbox.take() == 99


@pytest.mark.parametrize('waiting', [False, True], ids=['before', 'while waiting'])
def test_close_releases_the_taker_and_drops_what_waits(waiting: bool) -> None:
    mailbox: Mailbox[int] = Mailbox()
    answers: list[int | None] = []
    taker = threading.Thread(target=lambda: answers.append(mailbox.take()))
    if waiting:
        taker.start()
    else:
        mailbox.put(1)
    mailbox.close()
    if not waiting:
        taker.start()
    taker.join(5)
    assert answers == [None]


@given(st.lists(st.sampled_from('abcT'), max_size=60), st.integers(1, 3))
def test_nobody_is_served_twice_while_another_waits(events: list[str], capacity: int) -> None:
    """Letters leave an item, T takes one."""
    mailbox: Mailbox[str] = Mailbox(capacity, 'abc')
    waiting: dict[str, int] = dict.fromkeys('abc', 0)
    passed: dict[str, list[str]] = {name: [] for name in 'abc'}
    for event in events:
        if event != 'T':
            mailbox.put(event, event)
            waiting[event] = min(waiting[event] + 1, capacity)
        elif any(waiting.values()):
            taken = mailbox.take()
            assert taken is not None
            assert waiting[taken] > 0
            waiting[taken] -= 1
            passed[taken] = []
            for name, others in passed.items():
                if waiting[name] and name != taken:
                    others.append(taken)
                    assert len(others) == len(set(others)), f'{name} waits for {others}'
                elif not waiting[name]:
                    passed[name] = []
