# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command: choose the score from which a query bundle's instance is an answer, and write it down.

python -m diffperc_ros.training.calibrate_query BUNDLE --shards SHARD

The shards are neither trained on nor those that the bundle is examined with.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
import yaml

from diffperc_ros.bundle.bundle import MANIFEST_NAME, open_bundle
from diffperc_ros.bundle.write import save_manifest
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.core.frame import Frame, Stamp
from diffperc_ros.perception.query import Querier, QuerySettings
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.training.data.questions import Examination, examinations

EMPTY_SHARE = 0.86
"""Of the phrases that mean nothing in their picture, how many shall be answered so."""
PHRASES = 8
LARGEST = 0.99
"""Beyond this nothing would be found any more."""


def score_threshold(scores: Sequence[float]) -> float:
    """Return the smallest score, in thousandths, that leaves EMPTY_SHARE of the answers empty.

    Parameters
    ----------
    scores : highest score of an instance for every phrase that means nothing; 0 where none is.

    Raises
    ------
    EvaluationError : no phrases, or a bundle that is sure of what is not there.
    """
    if not scores:
        raise EvaluationError('no phrase means nothing in these pictures; give more of them')
    quantile = float(np.quantile(scores, EMPTY_SHARE, method='higher'))
    threshold = float(np.floor(1000 * quantile + 1) / 1000) if quantile else 0.0
    if threshold > LARGEST:
        raise EvaluationError(
            f'{EMPTY_SHARE:.0%} empty answers would need a score of {threshold}; train more'
        )
    return threshold


def absent_scores(folder: Path, pictures: Sequence[Examination]) -> list[float]:
    """Return the highest score that a bundle gives to each phrase that means nothing."""
    bundle = open_bundle(folder)
    settings = QuerySettings(bundle.query.mask_threshold, 0.0)
    querier = Querier(bundle, OnnxRuntime(bundle.file(bundle.graph('realtime').file)), settings)
    text = TextEncoder(bundle, OnnxRuntime(bundle.file(bundle.text.graph)))
    scores = []
    for picture in pictures:
        frame = Frame(picture.image, Stamp(0, 0), 'camera')
        for question in picture.questions:
            if not question.mask.any():
                querier.queries = text.encode([question.expression.phrase], revision=1)
                found = querier.perceive(frame).detections
                scores.append(max((detection.score for detection in found), default=0.0))
    return scores


def main(
    bundle: Annotated[Path, typer.Argument(help='Folder of a query bundle.')],
    shards: Annotated[list[Path], typer.Option(help='Folder of a shard; may be repeated.')],
    pictures: Annotated[int | None, typer.Option(help='Of every shard; all by default.')] = None,
) -> None:
    """Write the score threshold into a bundle's manifest."""
    examined = list(examinations(shards, PHRASES, pictures))
    threshold = score_threshold(absent_scores(bundle, examined))
    manifest = yaml.safe_load((bundle / MANIFEST_NAME).read_text())
    manifest['query']['score_threshold'] = threshold
    save_manifest(bundle, manifest)
    print(f'score_threshold {threshold}: {open_bundle(bundle).path}')  # noqa: T201


if __name__ == '__main__':
    typer.run(main)
