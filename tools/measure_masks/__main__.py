# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Measure the segmentation and query bundles on real sets.

    python -m tools.measure_masks DATA --output output/masks

DATA holds the sets as folders. Every set's figures and page go to a folder under --output; a table
in Markdown is printed. Pages show the pictures: mind their licences before giving them away.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import (
    DEFAULT_QUERY_BUNDLE,
    DEFAULT_SEGMENTATION_BUNDLE,
    find_bundle,
)
from diffperc_ros.core.files import write_whole
from diffperc_ros.evaluation.by_task import Result, evaluate_task
from diffperc_ros.evaluation.depth.document import document_text
from diffperc_ros.evaluation.options import EvaluationOptions
from diffperc_ros.evaluation.segmentation.matching import read_label_map
from diffperc_ros.replay.tasks.open import Request
from tools.measure_masks.sets import ade20k_set, floor_set, picking_bin_set

FLOOR_SETS = ('realsense_bedroom', 'nyu_basement', 'tum_fr3_cabinet')


def main(
    data: Annotated[Path, typer.Argument(help='Folder that holds the sets.')],
    output: Annotated[Path, typer.Option(help='Folder to write figures and pages to.')],
    segmentation: str = DEFAULT_SEGMENTATION_BUNDLE,
    query: str = DEFAULT_QUERY_BUNDLE,
) -> None:
    """Evaluate every set that is there and print a table."""
    segmenter, querier = find_bundle(segmentation), find_bundle(query)
    print('| set | frames | figure | model | baseline |\n| --- | --- | --- | --- | --- |')
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in FLOOR_SETS:
            if (data / name).is_dir() and floor_set(data / name, folder / name):
                options = EvaluationOptions(request=Request(classes=('floor',)))
                result = _measure('segmentation', folder / name, segmenter, options, output)
                _line(result, 'floor IoU', ('segmentation', 'iou', 'floor'))
        if (data / 'ade20k_samples').is_dir():
            label_map = ade20k_set(data / 'ade20k_samples', folder / 'ade20k_samples')
            options = EvaluationOptions(label_map=read_label_map(label_map))
            result = _measure(
                'segmentation', folder / 'ade20k_samples', segmenter, options, output
            )
            _line(result, 'mean IoU', ('segmentation', 'mean_iou'))
        if (data / 'arc2017_bin').is_dir():
            picking_bin_set(data / 'arc2017_bin', folder / 'arc2017_bin')
            result = _measure(
                'query', folder / 'arc2017_bin', querier, EvaluationOptions(), output
            )
            _line(result, 'overall IoU', ('query', 'overall_iou'))


def _measure(
    task: str, folder: Path, bundle: Bundle, options: EvaluationOptions, output: Path
) -> Result:
    command = 'python -m tools.measure_masks'
    result = evaluate_task(task, folder, None, bundle, options, command, lambda done, total: None)
    write_whole(output / folder.name / 'evaluation.json', document_text(result.document))
    write_whole(output / folder.name / 'index.html', result.page())
    return result


def _line(result: Result, title: str, path: tuple[str, ...]) -> None:
    document = result.document
    baselines = [_at(found, path[1:]) for found in document['baselines'].values()]
    cells = [
        document['provenance']['recording']['name'],
        str(document['frames']['evaluated']),
        title,
        _at(document, path),
        ', '.join(baselines) or '-',
    ]
    print(f'| {" | ".join(cells)} |')


def _at(content: object, path: tuple[str, ...]) -> str:
    for key in path:
        content = content[key] if isinstance(content, dict) else None
    return '-' if not isinstance(content, float) else f'{content:.3f}'


if __name__ == '__main__':
    typer.run(main)
