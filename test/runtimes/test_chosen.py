# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from support.scripted_runtime import ScriptedRuntime, constant_depth

from diffperc_ros.runtimes.chosen import Choice, ChosenRuntime


def test_whoever_runs_it_runs_the_other_engine_after_an_exchange() -> None:
    before, after = ScriptedRuntime(constant_depth(1.0)), ScriptedRuntime(constant_depth(2.0))
    runtime = ChosenRuntime(before, Choice('float32', None, engine_key='before'))
    run = runtime.run
    runtime.exchange(ChosenRuntime(after, Choice('float16', None, engine_key='after')))
    assert before.closed
    assert not after.closed
    assert runtime.choice.engine_key == 'after'
    assert run({})['depth'].max() == 2.0
    runtime.close()
    assert after.closed
