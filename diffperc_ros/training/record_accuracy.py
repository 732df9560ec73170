# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: write what `diffperc evaluate` measured into a bundle's manifest, and print the table.

python -m diffperc_ros.training.record_accuracy --bundle BUNDLE EVALUATION.json ...
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

METRICS = ('abs_rel', 'rmse', 'delta1')
ALIGNMENTS = ('metric', 'median_scaled')


def accuracy_entry(evaluation: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's entry for one JSON document of `diffperc evaluate`."""
    protocol = evaluation['provenance']['protocol']

    def chosen(scores: dict[str, Any]) -> dict[str, dict[str, float]]:
        return {
            alignment: {metric: round(scores[alignment][metric], 4) for metric in METRICS}
            for alignment in ALIGNMENTS
            if scores.get(alignment)
        }

    return {
        'dataset': protocol['dataset'],
        'protocol': ', '.join(
            f'{key.replace("_", " ")}: {value}'
            for key, value in protocol.items()
            if key != 'dataset'
        ),
        'frames': evaluation['frames']['evaluated'],
        'metrics': chosen(evaluation['depth']),
        'baselines': {
            name: chosen(scores) for name, scores in evaluation['baselines'].items() if scores
        },
        'command': f'diffperc evaluate {protocol["dataset"]} --json evaluation.json',
    }


def record_accuracy(bundle: Path, evaluations: list[Path]) -> list[dict[str, Any]]:
    """Replace the accuracy of a bundle's manifest by that of the evaluations.

    Parameters
    ----------
    bundle : folder of the bundle.
    evaluations : JSON files of `diffperc evaluate`, made with the files of this very bundle.

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
        made_with = document['provenance']['bundle']
        if made_with['sha256'] != opened.sha256:
            raise EvaluationError(
                f'{file}: made with another {made_with["name"]} than {bundle}; evaluate again'
            )
    manifest = yaml.safe_load((bundle / MANIFEST_NAME).read_text())
    manifest['accuracy'] = [accuracy_entry(document) for document in documents]
    save_manifest(bundle, manifest)
    open_bundle(bundle)
    return list(manifest['accuracy'])


def markdown_table(entries: list[dict[str, Any]]) -> str:
    """Return the entries as Markdown: a row per data set and answer, the mean of all sets last."""
    head = '| set (frames) | answer | AbsRel | RMSE m | δ1 | AbsRel | RMSE m | δ1 |'
    lines = [
        '| | | metric | | | median-scaled | | |',
        '|---|---|---|---|---|---|---|---|',
        head,
    ]
    sums: dict[str, list[float]] = {}
    for entry in entries:
        for name, scores in {'model': entry['metrics'], **entry['baselines']}.items():
            figures = [scores[a][m] for a in ALIGNMENTS for m in METRICS]
            sums[name] = [x + y for x, y in zip(sums.get(name, [0.0] * 6), figures, strict=True)]
            lines.append(_row(f'{entry["dataset"]} ({entry["frames"]})', name, figures))
    for name, figures in sums.items():
        lines.append(_row('**mean of sets**', name, [value / len(entries) for value in figures]))
    return '\n'.join(lines)


def _row(where: str, name: str, figures: list[float]) -> str:
    cells = ' | '.join(f'{value:.3f}' for value in figures)
    return f'| {where} | {name.replace("_", " ")} | {cells} |'


def main(
    evaluations: Annotated[list[Path], typer.Argument(help='JSON files of diffperc evaluate.')],
    bundle: Annotated[Path, typer.Option(help='Folder of the bundle they were made with.')],
) -> None:
    """Write measured accuracy into the manifest and print it as a table."""
    print(markdown_table(record_accuracy(bundle, evaluations)))  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
