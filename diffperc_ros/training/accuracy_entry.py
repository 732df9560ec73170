# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A document of measured figures as a manifest's entry under `accuracy`.

Two kinds of document: what `diffperc evaluate` writes of any task, and what the examinations on
rendered scenes write (`evaluate_segmentation`, `evaluate_query`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

Groups: TypeAlias = dict[str, dict[str, float]]

DEPTH = ('abs_rel', 'rmse', 'delta1')
ALIGNMENTS = ('metric', 'median_scaled')
SEGMENTATION = ('mean_iou', 'mean_accuracy', 'pixel_accuracy')
QUERY = ('overall_iou', 'mean_iou', 'missed', 'absent_correct')
PRECISION = '0.5'
"""IoU from which on a phrase counts as found."""


def accuracy_entry(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of one document."""
    return (_evaluated if 'provenance' in document else _examined)(document)


def made_with(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return name and sha256 of the bundle that a document's figures belong to."""
    if 'provenance' in document:
        bundle = document['provenance']['bundle']
        return bundle['name'], bundle['sha256']
    return document['bundle'], document['sha256']


def _evaluated(document: Mapping[str, Any]) -> dict[str, Any]:
    task = document['task']
    protocol = document['provenance']['protocol']
    grouped = {'depth': _depth, 'segmentation': _segmentation, 'query': _query}[task]
    return {
        'dataset': protocol['dataset'],
        'protocol': ', '.join(
            f'{key.replace("_", " ")}: {value}'
            for key, value in protocol.items()
            if key != 'dataset'
        ),
        'frames': document['frames']['evaluated'],
        'metrics': grouped(document[task]),
        'baselines': {
            name: grouped(scores) for name, scores in document['baselines'].items() if scores
        },
        'command': _command(document['provenance']['command'], protocol['dataset']),
    }


def _examined(document: Mapping[str, Any]) -> dict[str, Any]:
    shards = document['shards']
    # Only an examination of phrases has groups of them.
    task = 'segmentation' if 'all' in document['metrics'] else 'query'
    told = ' '.join(f'--shards {shard}' for shard in shards)
    protocol = 'scenes that were drawn with another seed than those of the training'
    if document.get('unseen_only', False):
        told += ' --unseen-only'
        protocol += '; only phrases that say a colour and a noun never trained together'
    return {
        'dataset': f'rendered scenes, {", ".join(shards)}',
        'protocol': protocol,
        'frames': document['frames'],
        'metrics': _known(document['metrics']),
        'baselines': {name: _known(scores) for name, scores in document['baselines'].items()},
        'command': (
            f'python -m diffperc_ros.training.evaluate_{task} {document["bundle"]} {told} '
            '--json evaluation.json'
        ),
    }


def _command(given: str, dataset: str) -> str:
    """Return how to repeat an evaluation, without the paths of the machine that made it."""
    if given.startswith('python -m tools.'):
        return f'{given} SETS --output output/masks'
    return f'diffperc evaluate {dataset} --json evaluation.json'


def _depth(scores: Mapping[str, Any]) -> Groups:
    return _known(
        {
            alignment: {metric: scores[alignment][metric] for metric in DEPTH}
            for alignment in ALIGNMENTS
            if scores.get(alignment)
        }
    )


def _segmentation(scores: Mapping[str, Any]) -> Groups:
    return _known({'all': {name: scores[name] for name in SEGMENTATION}, 'iou': scores['iou']})


def _query(scores: Mapping[str, Any]) -> Groups:
    precision = (scores['precision'] or {}).get(PRECISION)
    figures = {name: scores.get(name) for name in QUERY}
    return _known({'all': {**figures, f'precision_at_{PRECISION}': precision}})


def _known(groups: Mapping[str, Mapping[str, float | None]]) -> Groups:
    """Return figures to four digits, without those that do not exist."""
    return {
        group: {
            name: round(value, 4)
            for name, value in figures.items()
            if value is not None and not math.isnan(value)
        }
        for group, figures in groups.items()
    }
