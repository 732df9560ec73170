# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of what the mask models answer in rendered scenes that they never saw.

    python -m tools.scene_pictures segmentation SHARD docs/images/segmentation.jpg
    python -m tools.scene_pictures query SHARD docs/images/query.jpg

Nobody chooses: all answers are ranked by intersection over union, and those that stand at fixed
shares of the ranking are shown, the failures of its lower end with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import typer
from matplotlib.patches import Patch
from numpy.typing import NDArray

from diffperc_ros.bundle.locate import (
    DEFAULT_QUERY_BUNDLE,
    DEFAULT_SEGMENTATION_BUNDLE,
    find_bundle,
)
from diffperc_ros.core.labels import LabelSet
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.training import evaluate_query, evaluate_segmentation
from diffperc_ros.training.data.dataset import Shard
from diffperc_ros.training.data.questions import examinations

SHARES = (0.95, 0.8, 0.6, 0.4, 0.2, 0.05)
"""How many of all answers are worse than the one that is shown."""
PHRASES = 2
COLUMN_INCHES = 2.4
UNKNOWN = len(CLASSES)

Picture = NDArray[np.uint8]
Row = tuple[str, tuple[Picture, ...]]

app = typer.Typer(add_completion=False)
ShardFolder = Annotated[Path, typer.Argument(help='Folder of rendered scenes.')]
File = Annotated[Path, typer.Argument(help='JPEG to write.')]


@app.command()
def segmentation(
    shard: ShardFolder, file: File, bundle: str = DEFAULT_SEGMENTATION_BUNDLE
) -> None:
    """Show pictures beside their true classes and a bundle's."""
    answer = evaluate_segmentation.bundle_answer(find_bundle(bundle))
    pictures = Shard(shard, ('label',))
    scored = []
    for index in range(len(pictures)):
        sample = pictures[index]
        truth = sample.maps['label'].astype(np.int64) - 1
        found = answer(sample.image)
        present = [label for label in range(len(CLASSES)) if (truth == label).any()]
        overlaps = [_overlap(found == label, truth == label) for label in present]
        scored.append((float(np.mean(overlaps)), index))
    palette = np.array(
        [*(label.colour for label in LabelSet.from_names(CLASSES)), (0, 0, 0)], np.uint8
    )
    rows: list[Row] = []
    for score, index in _ranked(scored):
        sample = pictures[index]
        truth = np.where(sample.maps['label'] == 0, UNKNOWN, sample.maps['label'] - 1)
        rows.append(
            (
                f'mean IoU {score:.2f}',
                (sample.image, palette[truth], palette[answer(sample.image)]),
            )
        )
    legend = [Patch(color=palette[index] / 255, label=name) for index, name in enumerate(CLASSES)]
    _save(rows, ('picture', 'true classes', 'answer'), file, legend)


@app.command()
def query(shard: ShardFolder, file: File, bundle: str = DEFAULT_QUERY_BUNDLE) -> None:
    """Show pictures with a phrase beside what it means and what a bundle finds."""
    answer = evaluate_query.bundle_answer(find_bundle(bundle))
    pictures = list(examinations([shard], PHRASES))
    questions = [question for picture in pictures for question in picture.questions]
    scored = []
    silent: list[tuple[bool, int]] = []
    for number, question in enumerate(questions):
        found = answer(pictures[question.picture].image, question.expression.phrase)
        if question.mask.any():
            scored.append((_overlap(found, question.mask), number))
        else:
            silent.append((bool(found.any()), number))
    shown = [(f'IoU {score:.2f}', number) for score, number in _ranked(scored)]
    for wrong, says in ((False, 'not there, not found'), (True, 'not there, yet found')):
        shown += [(says, number) for failed, number in silent if failed is wrong][:1]
    rows: list[Row] = []
    for says, number in shown:
        question = questions[number]
        image = pictures[question.picture].image
        found = answer(image, question.expression.phrase)
        masks = tuple(_marked(image, mask) for mask in (question.mask, found))
        rows.append((f'"{question.expression.phrase}"\n{says}', (image, *masks)))
    _save(rows, ('picture', 'what is meant', 'answer'), file)


def _ranked(scored: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    ranking = sorted(scored)
    return [ranking[round(share * (len(ranking) - 1))] for share in SHARES]


def _overlap(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float((found & truth).sum() / (found | truth).sum())


def _marked(image: Picture, mask: NDArray[np.bool_]) -> Picture:
    """Return a picture in which all but the mask is dark and grey."""
    grey = np.repeat(image.mean(axis=2, keepdims=True) * 0.35, 3, axis=2)
    return np.where(mask[..., None], image, grey).astype(np.uint8)


def _save(
    rows: Sequence[Row], titles: Sequence[str], file: Path, legend: Sequence[Any] = ()
) -> None:
    """Write rows of pictures, two beside each other, as one JPEG."""
    matplotlib.use('Agg')
    columns = len(titles)
    lines = (len(rows) + 1) // 2
    figure, axes = plt.subplots(
        lines,
        2 * columns,
        figsize=(2 * columns * COLUMN_INCHES, lines * COLUMN_INCHES * 0.9),
        squeeze=False,
    )
    for axis in axes.flat:
        axis.axis('off')
    for number, (text, pictures) in enumerate(rows):
        line, side = divmod(number, 2)
        for column, (title, picture) in enumerate(zip(titles, pictures, strict=True)):
            axis = axes[line][side * columns + column]
            axis.imshow(picture)
            axis.set_title(text if column == columns - 1 else title, fontsize=8)
    if legend:
        figure.legend(handles=list(legend), loc='lower center', ncol=len(legend), fontsize=8)
    figure.tight_layout(rect=(0, 0.04 if legend else 0, 1, 1))
    figure.savefig(file, dpi=90, pil_kwargs={'quality': 85})
    plt.close(figure)


if __name__ == '__main__':
    app()
