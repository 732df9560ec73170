# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the runs behind the query bundle know, word by word.

    python -m tools.query_parts parts QUERY_RUN HELD_OUT/shard-00000
    python -m tools.query_parts names NAMING_RUN HELD_OUT/shard-00000

A wrong mask does not say whether the noun, the colour or the place was misread. The linear map
that a bundle lacks, and a run has, does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from safetensors.torch import load_file
from tokenizers import Tokenizer

from diffperc_ros.scenes.expressions.generate import Expression
from diffperc_ros.scenes.expressions.meaning import Coloured, main_part
from diffperc_ros.scenes.expressions.view import View
from diffperc_ros.training.bundle_query import load_query_network
from diffperc_ros.training.data.cells import UNTOLD, middles
from diffperc_ros.training.data.dataset import Shard
from diffperc_ros.training.data.parts import PARTS, part_truths
from diffperc_ros.training.data.questions import examinations
from diffperc_ros.training.loop import WEIGHTS
from diffperc_ros.training.recipes.naming import (
    SMALL_INDOOR_NAMING,
    NamingNetwork,
    naming_task,
    validate,
)
from diffperc_ros.training.recipes.query import SMALL_INDOOR_QUERY
from diffperc_ros.training.train_query import TOKENIZER
from diffperc_ros.training.word_vectors import padded

PHRASES = 4

app = typer.Typer(add_completion=False)
Run = Annotated[Path, typer.Argument(help='Folder of a training run.')]
Shards = Annotated[list[Path], typer.Argument(help='Folders of rendered scenes.')]
Pictures = Annotated[int, typer.Option(help='Of every shard, at most.')]


@app.command()
@torch.inference_mode()
def parts(run: Run, shards: Shards, pictures: Pictures = 256) -> None:
    """Print where noun, colour and anchor of phrases are told, against where they are.

    Only phrases count that denote something, in the cells whose truth is clear. The colour of a
    thing that is one of the combinations which are never trained is unclear here too. Where a
    colour is told although the phrase is asked without it, it was guessed from the noun.
    """
    network = load_query_network(SMALL_INDOOR_QUERY, run)
    tokenizer = Tokenizer.from_file(str(run / TOKENIZER))
    stage = SMALL_INDOOR_QUERY.stages[-1]
    size = (stage.width, stage.height)
    # Trained and held-out phrases; then cells that are both, told and true.
    counts = np.zeros((2, len(PARTS), 3), np.int64)
    guessed = np.zeros((2, 3), np.int64)
    for folder in shards:
        shard = Shard(folder, ('instance',), objects=True)
        for index, picture in enumerate(examinations([folder], PHRASES, pictures)):
            asked = [question for question in picture.questions if question.mask.any()]
            if not asked:
                continue
            sample = shard[index]
            instances = sample.maps['instance']
            view = View(sample.objects, instances.shape[1], instances.shape[0])
            cells = middles(cv2.resize(instances, size, interpolation=cv2.INTER_NEAREST))
            scaled = cv2.resize(picture.image, size, interpolation=cv2.INTER_AREA)
            image = torch.from_numpy(scaled).permute(2, 0, 1)[None].float() / 255
            phrases = [question.expression.phrase for question in asked]
            phrases += [without_colour(question.expression) for question in asked]
            tokens = [
                padded(tokenizer, phrase, SMALL_INDOOR_QUERY.text.tokens) for phrase in phrases
            ]
            logits = middles(network(image, torch.tensor([tokens])).phrases[0, :, 2:])
            said, unsaid = np.split(logits.numpy() > 0, 2)
            for question, told, told_unasked in zip(asked, said, unsaid, strict=True):
                truth = part_truths(question.expression.meaning, view, instances.max())[:, cells]
                row = int(question.held_out)
                counts[row] += agreement(told, truth)
                guessed[row] += agreement(told_unasked, truth)[PARTS.index('colour')]
    table = Table('phrases', 'part', 'IoU', 'found', 'right')
    for row, name in enumerate(('trained', 'never trained together')):
        labelled = zip((*PARTS, 'colour, not said'), (*counts[row], guessed[row]), strict=True)
        for part, (both, told, true) in labelled:
            shares = [both / max(all_of, 1) for all_of in (told + true - both, true, told)]
            table.add_row(name, part, *[f'{share:.3f}' for share in shares])
    Console().print(table)


@app.command()
def names(run: Run, shards: Shards) -> None:
    """Print how many cells a naming run gives the right name and colour, shard by shard."""
    network = NamingNetwork(SMALL_INDOOR_NAMING.encoder)
    network.load_state_dict(load_file(run / WEIGHTS))
    network.eval()
    task = naming_task(SMALL_INDOOR_NAMING)
    stage = SMALL_INDOOR_NAMING.stages[-1]
    table = Table('shard', 'names right', 'colours right')
    for folder in shards:
        found = validate(
            network, task.held_out([folder], (stage.width, stage.height)), stage.batch
        )
        table.add_row(folder.name, *[f'{share:.3f}' for share in found.values()])
    Console().print(table)


def without_colour(expression: Expression) -> str:
    """Return what is sought in a phrase without its colour: "chair" for "red chair by the bed"."""
    sought = None if expression.meaning is None else main_part(expression.meaning)
    return sought.of.word if isinstance(sought, Coloured) else expression.phrase


def agreement(told: NDArray[np.bool_], truth: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return for every part how many clear cells are both, told, and true: (parts, 3).

    Parameters
    ----------
    told : (parts, h, w), where the network says that the part is.
    truth : (parts, h, w): 1, 0, or UNTOLD, which does not count.
    """
    true, clear = truth == 1, truth != UNTOLD
    return np.stack([cells.sum((1, 2)) for cells in (told & true, told & clear, true)], axis=1)


if __name__ == '__main__':
    app()
