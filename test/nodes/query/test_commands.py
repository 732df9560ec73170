# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Commands: each gets a verdict, the query before it stays until the new one is ready."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from support.ros import need, wait_until

need('rclpy')

from diffperc_ros.bundle.bundle import Bundle  # noqa: E402
from diffperc_ros.core.errors import CommandError, InferenceError  # noqa: E402
from diffperc_ros.nodes.query.commands import CommandQueue, Verdict  # noqa: E402
from diffperc_ros.nodes.reporting.diagnostics import Level  # noqa: E402
from diffperc_ros.perception.text import Queries, TextEncoder  # noqa: E402
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime  # noqa: E402
from diffperc_ros.runtimes.protocol import Arrays  # noqa: E402

pytestmark = pytest.mark.ros


class Text(OnnxRuntime):
    """The text graph, with a gate and a fault."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.file('text.onnx'))
        self.gate = threading.Event()
        self.gate.set()
        self.broken = False

    def run(self, inputs: Arrays) -> dict:
        self.gate.wait(10)
        if self.broken:
            raise InferenceError('told to fail')
        return super().run(inputs)


class Listener:
    def __init__(self, bundle: Bundle) -> None:
        self.text = Text(bundle)
        self.exchanged: list[Queries] = []
        self.verdicts: list[Verdict] = []
        encoder = TextEncoder(bundle, self.text)
        self.commands = CommandQueue(encoder, 3, self.exchanged.append, self.verdicts.append)

    def verdict(self, number: int) -> Verdict:
        wait_until(lambda: len(self.verdicts) >= number, f'verdict {number}')
        return self.verdicts[number - 1]


@pytest.fixture
def listener(query_bundle: Bundle) -> Iterator[Listener]:
    listener = Listener(query_bundle)
    listener.commands.start()
    yield listener
    listener.text.gate.set()
    listener.commands.stop()


def test_every_command_gets_a_verdict_and_only_changes_a_revision(listener: Listener) -> None:
    commands = listener.commands
    for number, (command, phrases, revision) in enumerate(
        [
            ('go to the red thing', ('the red thing',), 1),
            ('the red thing', ('the red thing',), 1),
            ('RED; blue\nred', ('red', 'blue'), 2),
            ('  ;; ', (), 3),
            ('', (), 3),
        ],
        start=1,
    ):
        commands.submit(command)
        verdict = listener.verdict(number)
        assert (verdict.queries.phrases, verdict.queries.revision) == (phrases, revision)
        assert (verdict.rejected, verdict.reason, verdict.level) == ('', '', Level.OK)
    assert [one.revision for one in listener.exchanged] == [1, 2, 3]


@pytest.mark.parametrize(
    ('command', 'reason'),
    [
        ('the purple thing', "no word for 'purple'"),
        ('red red red red red', 'has 5 tokens; the model reads 4'),
        ('red; blue; green; thing', '4 phrases; at most 3'),
        ('go to', 'names no object'),
        ('\U0001f600', 'names no object'),
        ('red, ' * 2000, 'characters'),
    ],
)
def test_a_rejected_command_leaves_the_query(
    listener: Listener, command: str, reason: str
) -> None:
    listener.commands.submit('red')
    before = listener.verdict(1).queries
    listener.commands.submit(command)
    verdict = listener.verdict(2)
    assert verdict.queries is before
    assert verdict.rejected == command
    assert reason in verdict.reason
    assert verdict.level == Level.WARN
    assert len(listener.exchanged) == 1


def test_a_text_graph_that_fails_leaves_the_query(listener: Listener) -> None:
    listener.commands.submit('red')
    listener.verdict(1)
    listener.text.broken = True
    listener.commands.submit('blue')
    verdict = listener.verdict(2)
    assert verdict.queries.phrases == ('red',)
    assert 'told to fail' in verdict.reason
    assert verdict.level == Level.ERROR
    listener.text.broken = False
    listener.commands.submit('blue')
    assert listener.verdict(3).queries.phrases == ('blue',)


def test_the_query_stays_while_the_next_one_is_encoded(listener: Listener) -> None:
    listener.commands.submit('red')
    listener.verdict(1)
    listener.text.gate.clear()
    listener.commands.submit('blue')
    assert listener.exchanged[-1].phrases == ('red',)
    assert listener.commands.queries.phrases == ('red',)
    listener.text.gate.set()
    assert listener.verdict(2).queries.phrases == ('blue',)
    assert listener.exchanged[-1].phrases == ('blue',)


def test_without_a_thread_a_command_is_followed_or_refused_at_once(query_bundle: Bundle) -> None:
    listener = Listener(query_bundle)
    listener.commands.adopt('red')
    assert listener.exchanged[0].phrases == ('red',)
    with pytest.raises(CommandError, match='purple'):
        listener.commands.adopt('purple')
    assert listener.commands.queries.phrases == ('red',)
    listener.commands.submit('blue')  # nobody works
    listener.commands.stop()
    assert len(listener.verdicts) == 1
