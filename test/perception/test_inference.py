# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What perceivers have in common: warming up, and sharing the picture they look at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from support.bundles import write_brightness_bundle
from support.colour_bundles import TOKENS, write_query_bundle, write_segmentation_bundle
from support.scripted_runtime import ScriptedRuntime

from diffperc_ros.core.errors import InferenceError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.perception.depth import DepthEstimator
from diffperc_ros.perception.inference import prepare
from diffperc_ros.perception.query import Querier
from diffperc_ros.perception.segmentation import Segmenter
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.protocol import Arrays
from diffperc_ros.runtimes.select import open_runtime


def test_warming_up_runs_every_graph_once_with_what_it_takes(tmp_path: Path) -> None:
    """The real engines refuse a wrong input by name, shape and type."""
    depth = write_brightness_bundle(tmp_path / 'depth')
    DepthEstimator(depth, open_runtime(depth)).warm_up()
    colours = write_segmentation_bundle(tmp_path / 'colours')
    Segmenter(colours, open_runtime(colours)).warm_up()
    query = write_query_bundle(tmp_path / 'query')
    context = TextEncoder(query, OnnxRuntime(query.file('text.onnx'))).warm_up()
    assert context.shape == (1, TOKENS, 3)
    Querier(query, open_runtime(query)).warm_up(context)


def test_the_chosen_prompt_is_told_when_warming_up(tmp_path: Path) -> None:
    prompt = {'source': 'class_mean', 'names': ['kitchen', 'office'], 'input': 'scene'}
    bundle = write_brightness_bundle(tmp_path / 'depth', prompt=prompt)
    told: list[Arrays] = []

    def answer(_call: int, inputs: Arrays) -> dict[str, np.ndarray]:
        told.append(inputs)
        return {}

    DepthEstimator(bundle, ScriptedRuntime(answer), scene='office').warm_up()
    assert told[0]['scene'].tolist() == [1]


def test_a_label_file_that_does_not_fit_is_seen_when_warming_up(tmp_path: Path) -> None:
    bundle = write_segmentation_bundle(tmp_path / 'colours')
    runtime = ScriptedRuntime(lambda *_: {'logits': np.zeros((1, 4, 48, 64), np.float32)})
    with pytest.raises(InferenceError, match=r'has shape \(1, 4, 48, 64\), not \(1, 3'):
        Segmenter(bundle, runtime).warm_up()


def test_perceivers_can_share_the_picture(tmp_path: Path) -> None:
    depth = write_brightness_bundle(tmp_path / 'depth')
    colours = write_segmentation_bundle(tmp_path / 'colours')
    shared = lru_cache(maxsize=2)(prepare)
    estimator = DepthEstimator(depth, open_runtime(depth))
    segmenter = Segmenter(colours, open_runtime(colours))
    estimator.prepare = segmenter.prepare = shared
    frame = Frame(np.full((96, 128, 3), 90, np.uint8), Stamp(1, 2), '')
    alone = Segmenter(colours, open_runtime(colours)).perceive(frame)
    estimator.perceive(frame)
    np.testing.assert_array_equal(segmenter.perceive(frame).class_ids, alone.class_ids)
    assert (shared.cache_info().hits, shared.cache_info().misses) == (1, 1)
    segmenter.perceive(Frame(frame.image, frame.stamp, ''))  # the next frame is another one
    assert shared.cache_info().misses == 2
