# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from support.memory_source import MemorySource, ScriptedPredictor, flat

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.evaluation.depth.document import evaluation_document
from diffperc_ros.evaluation.depth.evaluate import evaluate
from diffperc_ros.evaluation.depth.protocol import Protocol
from diffperc_ros.evaluation.report.page import render_page

VOID = {'meta', 'img', 'br', 'path', 'link'}


class Page(HTMLParser):
    """Checks that tags nest, gathers text and every address something could be fetched from."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [
            value or '' for name, value in attrs if name in ('src', 'href', 'srcset', 'data')
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return ' '.join(' '.join(self.words).split())


def page(source: MemorySource, *answers: Any, bundle: Bundle | None = None) -> Page:
    evaluation = evaluate(
        source,
        ScriptedPredictor(answers),
        Protocol(source.name),
        bundle=bundle,
        truth_required=False,
    )
    parsed = Page(render_page(evaluation, evaluation_document(evaluation, 'diffperc evaluate x')))
    assert parsed.open == []
    return parsed


def drive(frames: int = 8) -> dict[int, Any]:
    return {100 * index: flat(1.0 + index, 20, 30) for index in range(frames)}


def test_pictures_are_in_the_page_and_nothing_is_fetched(brightness_bundle: Bundle) -> None:
    parsed = page(MemorySource(drive()), flat(2.0, 20, 30), bundle=brightness_bundle)

    assert parsed.addresses
    assert all(address.startswith('data:image/') for address in parsed.addresses)
    assert 'script' not in parsed.tags
    assert 'link' not in parsed.tags
    # Six frames of colour, recorded, predicted, two errors; each but the first with its bar.
    assert parsed.tags.count('figure') == 6 * 5
    assert parsed.tags.count('img') == 6 * (5 + 4)


def test_the_page_names_what_was_measured_and_how(brightness_bundle: Bundle) -> None:
    text = page(MemorySource(drive()), flat(2.0, 20, 30), bundle=brightness_bundle).text

    for part in (
        'Depth of memory',
        'Mean over 8 images',
        'against the best baseline',
        'worse by',
        'median_depth',
        'mean_map',
        'By true depth, metres, metric',
        'By place in the image, median-scaled',
        '95% within 10.0 ms',
        'sha256 ' + '0' * 64,
        'diffperc evaluate x',
        'not a safety function',
    ):
        assert part in text


def test_without_a_camera_metric_figures_are_not_shown() -> None:
    text = page(MemorySource(drive(), has_camera=False), flat(2.0, 20, 30)).text

    assert 'None: no prediction is metric' in text
    assert 'Predicted, scaled to the recorded median' in text
    assert 'never called metric' in text
    assert 'Error, metric' not in text
    assert 'Metric depth is off' not in text


def test_without_recorded_depth_there_are_pictures_and_latency() -> None:
    source = MemorySource({}, frame_stamps_ms=[0, 100])

    parsed = page(source, flat(2.0))

    assert parsed.tags.count('figure') == 2 * 2
    assert parsed.tags.count('table') == 0
    assert 'holds no depth to compare with' in parsed.text
    assert '2 frames in the order of their stamps' in parsed.text


@pytest.mark.parametrize(
    'truth', [flat(np.nan), flat(0.0), flat(np.inf), flat(50.0)], ids=['NaN', '0', 'inf', 'far']
)
def test_frames_without_a_pixel_to_compare_are_shown_as_such(truth: Any) -> None:
    text = page(MemorySource({0: flat(1.0), 100: truth}), flat(1.0)).text

    assert 't = 0.10 s: no pixel to compare' in text


def test_holes_and_failures_do_not_break_the_page() -> None:
    holes = flat(2.0)
    holes[0] = np.nan
    holes[1] = np.inf

    parsed = page(MemorySource(drive(3)), holes, 'out of memory', flat(np.nan))

    assert parsed.tags.count('figure') == 5 + 4  # The third has no scale to show its error at.


def test_names_from_outside_are_text_not_markup() -> None:
    source = MemorySource({0: flat(1.0)}, name='<script>alert(1)</script>')

    assert 'script' not in page(source, flat(1.0)).tags
