# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page: everything that a reader needs to believe the figures or to doubt them.

One file. Pictures are inside it, nothing is fetched, no script runs.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from diffperc_ros.evaluation.depth.results import Evaluation
from diffperc_ros.evaluation.depth.scores import ALIGNMENTS, MEDIAN_SCALED, METRIC
from diffperc_ros.evaluation.outcome import Outcome
from diffperc_ros.evaluation.report.exhibits import exhibit_row
from diffperc_ros.evaluation.report.latency_plot import latency_plot
from diffperc_ros.evaluation.report.tables import (
    MEANINGS,
    PART_METRICS,
    metric_table,
    part_rows,
)
from diffperc_ros.evaluation.report.words import ALIGNMENT_MEANINGS, facts, headline, reading

TITLES = {METRIC: 'Metric', MEDIAN_SCALED: 'Median-scaled'}


def render_page(evaluation: Evaluation, document: dict[str, Any]) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    evaluation : what was found.
    document : the same as `evaluation_document` returns it, for the provenance.
    """
    depth = evaluation.depth
    tables, parts = [], []
    if depth is not None:
        tables = [
            (TITLES[name], ALIGNMENT_MEANINGS[name], metric_table(depth, name))
            for name in ALIGNMENTS
        ]
        parts = [
            (
                title,
                [
                    (TITLES[name], part_rows(of, name))
                    for name in ALIGNMENTS
                    if depth.figures[name]
                ],
            )
            for title, of in (
                ('By true depth, metres', depth.by_range),
                ('By place in the image', depth.by_region),
            )
        ]
    first = evaluation.frames[0].stamp
    return render(
        'depth.html.j2',
        f'Depth of {document["provenance"]["recording"]["name"]}',
        evaluation,
        document,
        headline=headline(evaluation),
        facts=facts(evaluation),
        reading=reading(evaluation),
        evaluation=evaluation,
        tables=tables,
        parts=parts,
        part_metrics=[MEANINGS[name][0] for name in PART_METRICS],
        rows=[exhibit_row(exhibit, first) for exhibit in evaluation.exhibits],
    )


def render(
    name: str, title: str, outcome: Outcome, document: dict[str, Any], **content: Any
) -> str:
    """Return the page of any task as HTML.

    Parameters
    ----------
    name : of the task's template.
    title : of the page.
    outcome : what was found.
    document : the same as JSON, for the provenance.
    content : whatever else the template needs; headline, facts, reading, rows at least.
    """
    latencies = outcome.latencies_ms
    return template(name).render(
        title=title,
        document=document,
        provenance=document['provenance'],
        plot=latency_plot(latencies.tolist()) if latencies.size else None,
        **content,
    )


def template(name: str) -> Template:
    """Return a template of this folder."""
    environment = Environment(
        loader=PackageLoader('diffperc_ros.evaluation.report', '.'),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name)
