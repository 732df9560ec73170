# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real sets turned into folders that `diffperc evaluate` reads."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import cv2
import yaml

from diffperc_ros.evaluation.sources.expressions import Expression, expressions_text
from diffperc_ros.evaluation.sources.image_set import ImageSet
from tools.measure_masks.ade20k_classes import model_class
from tools.measure_masks.floor_plane import NAMES, floor_labels


def floor_set(source: Path, folder: Path) -> int:
    """Write the pictures of a depth set in which a floor is found; return how many.

    Parameters
    ----------
    source : folder of pictures with depth.
    folder : to make.
    """
    images = ImageSet(source)
    truths = dict(images.truths())
    stamps = images.truth_stamps()
    of_stamp = {stamp: truths[index] for index, stamp in enumerate(stamps) if index in truths}
    rows = []
    folder.mkdir(parents=True)
    for index, frame in images.frames():
        truth = of_stamp.get(frame.stamp.nanoseconds)
        if truth is None or frame.camera is None:
            continue
        labels = floor_labels(truth.values, frame.camera)
        if labels is None:
            continue
        cv2.imwrite(str(folder / f'rgb_{index}.png'), frame.image[:, :, ::-1])
        cv2.imwrite(str(folder / f'labels_{index}.png'), labels)
        rows.append({'rgb': f'rgb_{index}.png', 'labels': f'labels_{index}.png'})
    _finish(folder, rows, NAMES)
    return len(rows)


def ade20k_set(source: Path, folder: Path) -> Path:
    """Write ADE20K pictures with their labels; return the label map to evaluate them with.

    Parameters
    ----------
    source : folder with frames.csv, frames/rgb_*.jpg, frames/labels_*.png, objectInfo150.txt.
    folder : to make.
    """
    with (source / 'objectInfo150.txt').open(encoding='utf-8') as stream:
        lines = list(csv.DictReader(stream, delimiter='\t'))
    names = {int(line['Idx']): line['Name'].strip() for line in lines}
    folder.mkdir(parents=True)
    rows = []
    for picture in sorted((source / 'frames').glob('rgb_*.jpg')):
        labels = picture.with_name(picture.stem.replace('rgb', 'labels') + '.png')
        for file in (picture, labels):
            shutil.copy(file, folder)
        rows.append({'rgb': picture.name, 'labels': labels.name})
    _finish(folder, rows, names)
    label_map = folder.with_suffix('.map.yaml')
    mapping = {name: model_class(name) for name in names.values()}
    label_map.write_text(yaml.safe_dump(mapping, sort_keys=False))
    return label_map


def picking_bin_set(source: Path, folder: Path) -> None:
    """Write the picking bin's picture with its named instances; 'the' stands before each name.

    Parameters
    ----------
    source : folder with frames/rgb_*.jpg, frames/instances_*.png and frames/instances_*.json.
    folder : to make.
    """
    folder.mkdir(parents=True)
    rows = []
    for picture in sorted((source / 'frames').glob('rgb_*.jpg')):
        instances = picture.with_name(picture.stem.replace('rgb', 'instances') + '.png')
        named = json.loads(instances.with_suffix('.json').read_text('utf-8'))
        expressions = [
            Expression(phrase=f'the {one["name"]}', instances=(one['id'],)) for one in named
        ]
        for file in (picture, instances):
            shutil.copy(file, folder)
        (folder / f'{picture.stem}.json').write_text(expressions_text(expressions))
        rows.append(
            {
                'rgb': picture.name,
                'instances': instances.name,
                'expressions': f'{picture.stem}.json',
            }
        )
    _finish(folder, rows, {})


def _finish(folder: Path, rows: list[dict[str, str]], names: Mapping[int, str]) -> None:
    with (folder / 'frames.csv').open('w', newline='', encoding='utf-8') as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ['rgb'])
        writer.writeheader()
        writer.writerows(rows)
    if names:
        (folder / 'labels.yaml').write_text(yaml.safe_dump(dict(names), sort_keys=False))
