# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Render the training set: shards of colour, depth, labels, instances and object records.

Run as ``python -m diffperc_ros.scenes.render --output DIR --shards 0:96``.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import Progress

from diffperc_ros.core.errors import SettingError
from diffperc_ros.scenes.assets import Library, load_library, write_attribution
from diffperc_ros.scenes.classes import CLASSES
from diffperc_ros.scenes.objects import write_objects
from diffperc_ros.scenes.rendering.bank import TextureBank, build
from diffperc_ros.scenes.rendering.render_view import Renderer
from diffperc_ros.scenes.rendering.visible import Annotation, Annotator
from diffperc_ros.scenes.rooms.scene import KINDS, build_place
from diffperc_ros.scenes.rooms.views import choose_view

VERSION = 2  # 1 had neither labels nor objects, and no people
SHARES = (0.42, 0.2, 0.16, 0.07, 0.15)  # of the scenes, in the order of KINDS
VIEWS_PER_SCENE = 6
TEXTURE_SEED, TEXTURES_PER_FAMILY = 1, 60


@dataclass(frozen=True)
class Sample:
    """Colour (H, W, 3) uint8, depth (H, W) uint16 mm, 0 = none, focal in pixels, kind of KINDS."""

    colour: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    focal: float
    kind: int
    annotation: Annotation


@dataclass(frozen=True)
class Assets:
    """What scenes are made from, shared by all shards."""

    library: Library
    bank: TextureBank


def load_assets(furniture: Path | None, per_family: int = TEXTURES_PER_FAMILY) -> Assets:
    """Load the furniture, if any, and draw the textures."""
    library = load_library(furniture)
    return Assets(library, build(TEXTURE_SEED, per_family, library.pictures))


def samples(seed: int, assets: Assets, size: tuple[int, int]) -> Iterator[Sample]:
    """Endless pictures of (height, width) from scenes that follow from the seed alone."""
    height, width = size
    number = 0
    while True:
        rng = np.random.default_rng([seed, number])
        number += 1
        kind = int(rng.choice(len(KINDS), p=SHARES))
        place = build_place(rng, KINDS[kind], assets.library, assets.bank)
        renderer, annotator = Renderer(place.scene, assets.bank), Annotator(place.parts)
        for _ in range(VIEWS_PER_SCENE):
            view = choose_view(rng, KINDS[kind], place, renderer)
            if view is None:
                continue
            picture = renderer.render(view, height, width, rng)
            depth = np.rint(np.clip(picture.depth * 1000, 0, 65535)).astype(np.uint16)
            annotation = annotator.annotate(view, picture)
            yield Sample(picture.colour, depth, view.focal * width, kind, annotation)


def write_shard(
    index: int, output: Path, seed: int, assets: Assets, count: int, size: tuple[int, int]
) -> bool:
    """Render shard number index unless it exists; it appears under its name only when whole.

    The pictures depend on seed + index alone. False where the shard was there already.
    """
    final = output / f'shard-{index:05d}'
    if final.exists():
        return False
    partial_folder = output / f'.{final.name}.partial'
    shutil.rmtree(partial_folder, ignore_errors=True)
    partial_folder.mkdir(parents=True)
    items = list(islice(samples(seed + index, assets, size), count))
    arrays: dict[str, NDArray[Any]] = {
        'colour': np.stack([item.colour for item in items]),
        'depth': np.stack([item.depth for item in items]),
        'focal': np.array([item.focal for item in items], np.float32),
        'kind': np.array([item.kind for item in items], np.int64),
        'label': np.stack([item.annotation.label for item in items]),
        'instance': np.stack([item.annotation.instance for item in items]),
    }
    for name, values in arrays.items():
        np.save(partial_folder / f'{name}.npy', values)
    write_objects(partial_folder / 'objects.jsonl', [item.annotation.objects for item in items])
    partial_folder.rename(final)
    return True


def describe(assets: Assets, output: Path, seed: int, count: int, size: tuple[int, int]) -> None:
    """Write dataset.json and attribution.csv beside the shards."""
    models = assets.library.models
    used: dict[str, int] = {}
    for model in models:
        used[model.entry.source] = used.get(model.entry.source, 0) + 1
    text = {
        'version': VERSION,
        'kinds': list(KINDS),
        'classes': list(CLASSES),
        'label': 'uint8, 0 = nothing, else index in classes + 1',
        'instance': 'uint16, 0 = nothing, else the instance of a record in objects.jsonl',
        'height': size[0],
        'width': size[1],
        'images_per_shard': count,
        'base_seed': seed,
        'depth': 'uint16 millimetres along the optical axis, 0 = none',
        'focal': 'pixels at the stored width; principal point at the image centre',
        'colour': 'uint8 RGB',
        'furniture_models': used,
        'attribution': 'attribution.csv',
    }
    output.mkdir(parents=True, exist_ok=True)
    (output / 'dataset.json').write_text(json.dumps(text, indent=2) + '\n', encoding='utf-8')
    write_attribution(models, output / 'attribution.csv')


_WORK: list[Callable[[int], bool]] = []


def _render_one(index: int) -> bool:
    """Render one shard in a worker process, which was started with its job."""
    return _WORK[0](index)


def main(
    output: Annotated[Path, typer.Option(help='Folder for the shards.')],
    shards: Annotated[str, typer.Option(help='First and last-plus-one shard, as 0:96.')],
    furniture: Annotated[
        Path | None, typer.Option(help='Folder with the .sh3f files of sweethome3d-furniture.')
    ] = None,
    seed: Annotated[int, typer.Option(help='Base seed; a shard uses seed + its number.')] = 0,
    images: Annotated[int, typer.Option(help='Images a shard.')] = 256,
    processes: Annotated[int, typer.Option(help='Worker processes.')] = 1,
    height: Annotated[int, typer.Option(help='Image height, even.')] = 240,
    width: Annotated[int, typer.Option(help='Image width, even.')] = 320,
) -> None:
    """Render shards of procedural indoor scenes; existing shards are kept."""
    try:
        first, last = (int(part) for part in shards.split(':'))
    except ValueError:
        raise typer.BadParameter(f'--shards {shards}: give two whole numbers, as 0:96') from None
    size = (height, width)
    try:
        assets = load_assets(furniture)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from error
    describe(assets, output, seed, images, size)
    job = partial(write_shard, output=output, seed=seed, assets=assets, count=images, size=size)
    with Progress() as progress:
        for _ in progress.track(_rendered(job, range(first, last), processes), total=last - first):
            pass


def _rendered(job: Callable[[int], bool], shards: range, processes: int) -> Iterator[bool]:
    """Render shards, here or in several processes, and yield as each is done."""
    if processes == 1:
        yield from map(job, shards)
        return
    # Forked workers share the furniture and the textures instead of loading or receiving them.
    # They are asked to leave, not killed: a handler of SIGTERM would be inherited with the rest.
    with ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context('fork'),
        initializer=_WORK.append,
        initargs=(job,),
    ) as pool:
        for future in as_completed([pool.submit(_render_one, shard) for shard in shards]):
            yield future.result()


if __name__ == '__main__':
    typer.run(main)
