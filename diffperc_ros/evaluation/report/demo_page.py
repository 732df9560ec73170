# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The first page of the demo: what all models see in the same frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from diffperc_ros.evaluation.by_task import Result
from diffperc_ros.evaluation.report.colours import jpeg_uri
from diffperc_ros.evaluation.report.exhibits import Panel, Row
from diffperc_ros.evaluation.report.page import template

TITLES = {'depth': 'Depth', 'segmentation': 'Classes', 'query': 'Phrases'}


@dataclass(frozen=True)
class _Part:
    title: str
    headline: str
    bundle: str
    latency: str
    folder: str


def render_demo_page(
    results: Sequence[Result], missing: Mapping[str, str], name: str, command: str
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    results : of the tasks that could be shown, at least one; each with its own page in a folder
        named like the task.
    missing : task -> why it could not be shown.
    name : of the recording.
    command : command line.
    """
    compared = [bool(one.document['query']) for one in results if one.task == 'query']
    return template('demo.html.j2').render(
        title=f'What the models see in {name}',
        parts=[_part(result) for result in results],
        missing={TITLES[task]: reason for task, reason in missing.items()},
        rows=_rows(results),
        compared=compared[0] if compared else None,
        created=results[0].document['provenance']['created'],
        command=command,
    )


def _part(result: Result) -> _Part:
    latencies = result.outcome.latencies_ms
    bundle = result.document['provenance'].get('bundle') or {'name': 'not known'}
    what = 'phrase' if result.task == 'query' else 'frame'
    return _Part(
        title=TITLES[result.task],
        headline=result.headline,
        bundle=bundle['name'],
        latency=f'{np.median(latencies):.0f} ms a {what}' if latencies.size else '',
        folder=result.task,
    )


def _rows(results: Sequence[Result]) -> list[Row]:
    """Return a row for every frame that the first result shows, with what others show of it."""
    first = results[0].outcome.frames[0].stamp
    by_stamp = [{one.result.stamp: one for one in result.exhibits} for result in results]
    rows = []
    for stamp, exhibit in by_stamp[0].items():
        panels = [Panel('Colour', jpeg_uri(exhibit.image))]
        for result, exhibits in zip(results, by_stamp, strict=True):
            if stamp in exhibits:
                panels += result.panels(exhibits[stamp])
        rows.append(Row(f't = {(stamp - first) / 1e9:.2f} s', tuple(panels)))
    return rows
