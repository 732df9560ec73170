# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: write measured figures into a bundle's manifest, and print them as tables.

python -m diffperc_ros.training.record_accuracy --bundle BUNDLE EVALUATION.json ...

The documents are those of `diffperc evaluate`, or of `evaluate_segmentation` and `evaluate_query`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from diffperc_ros.bundle.bundle import MANIFEST_NAME, open_bundle
from diffperc_ros.bundle.write import save_manifest
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.training.accuracy_entry import ALIGNMENTS, DEPTH, accuracy_entry, made_with


def record_accuracy(bundle: Path, evaluations: list[Path]) -> list[dict[str, Any]]:
    """Replace the accuracy of a bundle's manifest by that of the evaluations.

    Parameters
    ----------
    bundle : folder of the bundle.
    evaluations : JSON files, made with the files of this very bundle.

    Returns
    -------
    entries : as they stand in the manifest.

    Raises
    ------
    BundleError : the bundle does not open.
    EvaluationError : a document was made with another bundle.
    """
    opened = open_bundle(bundle)
    documents = [json.loads(file.read_text()) for file in evaluations]
    for file, document in zip(evaluations, documents, strict=True):
        name, sha256 = made_with(document)
        if sha256 != opened.sha256:
            raise EvaluationError(
                f'{file}: made with another {name} than {bundle}; evaluate again'
            )
    manifest = yaml.safe_load((bundle / MANIFEST_NAME).read_text())
    manifest['accuracy'] = [accuracy_entry(document) for document in documents]
    save_manifest(bundle, manifest)
    open_bundle(bundle)
    return list(manifest['accuracy'])


def depth_table(entries: list[dict[str, Any]]) -> str:
    """Return depth's entries as Markdown: a row per set and answer, the mean of all sets last."""
    head = '| set (frames) | answer | AbsRel | RMSE m | δ1 | AbsRel | RMSE m | δ1 |'
    lines = [
        '| | | metric | | | median-scaled | | |',
        '|---|---|---|---|---|---|---|---|',
        head,
    ]
    sums: dict[str, list[float]] = {}
    for entry in entries:
        for name, scores in {'model': entry['metrics'], **entry['baselines']}.items():
            figures = [scores[a][m] for a in ALIGNMENTS for m in DEPTH]
            sums[name] = [x + y for x, y in zip(sums.get(name, [0.0] * 6), figures, strict=True)]
            lines.append(_row(f'{entry["dataset"]} ({entry["frames"]})', name, figures))
    for name, figures in sums.items():
        lines.append(_row('**mean of sets**', name, [value / len(entries) for value in figures]))
    return '\n'.join(lines)


def mask_table(entry: dict[str, Any]) -> str:
    """Return an entry about masks as Markdown: a row per figure, a column per answer."""
    answers = {'model': entry['metrics'], **entry['baselines']}
    lines = [
        f'| {entry["dataset"]} ({entry["frames"]}) | {" | ".join(map(_words, answers))} |',
        f'|---|{"---|" * len(answers)}',
    ]
    for group, figures in entry['metrics'].items():
        for name in figures:
            cells = [scores.get(group, {}).get(name) for scores in answers.values()]
            shown = ' | '.join('' if cell is None else f'{cell:.3g}' for cell in cells)
            lines.append(f'| {_words(group)}: {_words(name)} | {shown} |')
    return '\n'.join(lines)


def _row(where: str, name: str, figures: list[float]) -> str:
    cells = ' | '.join(f'{value:.3f}' for value in figures)
    return f'| {where} | {_words(name)} | {cells} |'


def _words(name: str) -> str:
    return name.replace('_', ' ')


def main(
    evaluations: Annotated[list[Path], typer.Argument(help='JSON files with figures.')],
    bundle: Annotated[Path, typer.Option(help='Folder of the bundle they were made with.')],
) -> None:
    """Write measured accuracy into the manifest and print it as tables."""
    entries = record_accuracy(bundle, evaluations)
    if open_bundle(bundle).manifest.task == 'depth':
        print(depth_table(entries))  # noqa: T201
    else:
        print('\n\n'.join(map(mask_table, entries)))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
