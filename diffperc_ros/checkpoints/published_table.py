# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of published checkpoints in docs/methods.md, made from their descriptions.

python -m diffperc_ros.checkpoints.published_table docs/methods.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from diffperc_ros.checkpoints.published import PublishedCheckpoint, Result, published_checkpoints

BEGIN, END = '<!-- begin of the generated part -->', '<!-- end of the generated part -->'
_HEADER = (
    '| name | file | task | data set | published | passes | how tested | told besides |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
)
_TASKS = {'depth': 'depth', 'segmentation': 'segmentation', 'query': 'referring', 'pose': 'pose'}


def published_table() -> str:
    """Return the generated part of the page: a table of results, then each one's terms."""
    checkpoints = published_checkpoints().values()
    rows = [row for checkpoint in checkpoints for row in _rows(checkpoint)]
    details = [line for checkpoint in checkpoints for line in _details(checkpoint)]
    return '\n'.join((*_HEADER, *rows, '', *details)).rstrip() + '\n'


def with_table(page: str) -> str:
    """Return a page whose part between the two marks is the table of today."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f'the page lacks {BEGIN} or {END}')
    return f'{before}{BEGIN}\n\n{published_table()}\n{END}{after}'


def _rows(checkpoint: PublishedCheckpoint) -> Iterator[str]:
    for file in checkpoint.files:
        for result in file.results:
            cells = (
                f'`{checkpoint.name}`',
                file.file,
                _TASKS[checkpoint.task],
                result.dataset,
                _figures(result),
                result.passes,
                result.test_time,
                result.told,
            )
            yield f'| {" | ".join(cells)} |'


def _figures(result: Result) -> str:
    return ', '.join(f'{name} {value:g}' for name, value in result.metrics.items())


def _details(checkpoint: PublishedCheckpoint) -> Iterator[str]:
    yield f'### {checkpoint.name}'
    yield ''
    yield f'{checkpoint.title}. Paper: <{checkpoint.paper}>, code: <{checkpoint.code}>.'
    yield ''
    for file in checkpoint.files:
        yield f'- File: {file.file}, <{file.url}>'
    for term in checkpoint.terms:
        yield f'- Terms: {term}'
    for fact in checkpoint.verified:
        yield f'- Checked here: {fact}'
    yield '- Not checked here: the published figures, which need the weights and the data set'
    yield ''


if __name__ == '__main__':
    path = Path(sys.argv[1])
    path.write_text(with_table(path.read_text('utf-8')), 'utf-8')
