# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from diffperc_ros.scenes import render
from diffperc_ros.scenes.classes import CLASSES, stored_id
from diffperc_ros.scenes.objects import read_objects
from diffperc_ros.scenes.render import Assets, describe, write_shard
from diffperc_ros.scenes.rooms.scene import KINDS

REPOSITORY = Path(__file__).parents[2]
SIZE = (48, 64)
NAMES = ('colour', 'depth', 'focal', 'kind', 'label', 'instance')


def read(folder: Path) -> dict[str, np.ndarray]:
    return {name: np.load(folder / f'{name}.npy', mmap_mode='r') for name in NAMES}


def test_shard_has_its_layout_and_sane_values(tmp_path: Path, assets: Assets) -> None:
    assert write_shard(3, tmp_path, 0, assets, 14, SIZE)
    shard = read(tmp_path / 'shard-00003')
    assert {name: (v.shape, v.dtype) for name, v in shard.items()} == {
        'colour': ((14, *SIZE, 3), np.uint8),
        'depth': ((14, *SIZE), np.uint16),
        'focal': ((14,), np.float32),
        'kind': ((14,), np.int64),
        'label': ((14, *SIZE), np.uint8),
        'instance': ((14, *SIZE), np.uint16),
    }
    assert set(shard['kind']) <= set(range(len(KINDS)))
    assert (shard['focal'] >= 0.55 * 64 - 0.01).all()
    assert (shard['focal'] <= 1.8 * 64 + 0.01).all()
    for colour, depth in zip(shard['colour'], shard['depth'], strict=True):
        assert (depth > 0).mean() > 0.5
        assert 250 < np.median(depth[depth > 0]) < 25_000
        assert colour.std() > 1
    assert [path.name for path in tmp_path.iterdir()] == ['shard-00003']


def test_records_instances_and_labels_of_a_shard_agree(tmp_path: Path, assets: Assets) -> None:
    write_shard(5, tmp_path, 0, assets, 12, SIZE)
    shard = read(tmp_path / 'shard-00005')
    tables = read_objects(tmp_path / 'shard-00005' / 'objects.jsonl')
    assert len(tables) == 12
    pictures = zip(shard['label'], shard['instance'], shard['depth'], tables, strict=True)
    for label, instance, depth, objects in pictures:
        np.testing.assert_array_equal(label == 0, instance == 0)
        assert (label[depth > 0] > 0).all()
        seen = np.unique(instance[instance > 0])
        assert [item.instance for item in objects] == seen.tolist()
        for item in objects:
            rows, columns = np.nonzero(instance == item.instance)
            assert set(label[rows, columns]) == {CLASSES.index(item.label) + 1}
            assert item.pixels == len(rows)
            assert item.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert item.support is None or item.support in seen
            assert 0 < item.visible_share <= 1


def test_every_class_but_person_appears(tmp_path: Path, assets: Assets) -> None:
    """People are of the catalogue alone; the rest is made of solids too."""
    write_shard(4, tmp_path, 40, assets, 120, (24, 32))
    found = np.unique(read(tmp_path / 'shard-00004')['label'])
    expected = {stored_id(name) for name in CLASSES if name != 'person'}
    assert set(found.tolist()) - {0} == expected


def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path, assets: Assets) -> None:
    for folder, seed in (('a', 10), ('b', 10), ('c', 11)):
        write_shard(2, tmp_path / folder, seed, assets, 4, SIZE)
    write_shard(1, tmp_path / 'd', 11, assets, 4, SIZE)
    a, b, c, d = (
        {file.stem: file.read_bytes() for file in path.iterdir()}
        for path in (
            tmp_path / f / s
            for f, s in zip('abcd', ['shard-00002'] * 3 + ['shard-00001'], strict=True)
        )
    )
    assert a == b
    assert a == d, 'a shard follows from seed + index'
    assert a['colour'] != c['colour']
    assert a['depth'] != c['depth']
    assert a['objects'] != c['objects']


def test_existing_shard_is_kept(tmp_path: Path, assets: Assets) -> None:
    (tmp_path / 'shard-00000').mkdir()
    assert not write_shard(0, tmp_path, 0, assets, 2, SIZE)
    assert not list((tmp_path / 'shard-00000').iterdir())


def test_interrupted_shard_leaves_nothing_under_its_name(
    tmp_path: Path, assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = np.save

    def full_disk(path: Path, values: np.ndarray) -> None:
        if path.name == 'focal.npy':
            raise OSError(28, 'No space left on device')
        saved(path, values)

    monkeypatch.setattr(render.np, 'save', full_disk)
    with pytest.raises(OSError, match='No space'):
        write_shard(0, tmp_path, 0, assets, 2, SIZE)
    assert not list(tmp_path.glob('shard-*'))
    monkeypatch.undo()
    assert write_shard(0, tmp_path, 0, assets, 2, SIZE)
    assert {path.name for path in (tmp_path / 'shard-00000').iterdir()} == {
        'objects.jsonl',
        *(f'{name}.npy' for name in NAMES),
    }
    assert [path.name for path in tmp_path.iterdir()] == ['shard-00000']


def test_description_says_what_the_numbers_are(tmp_path: Path, assets: Assets) -> None:
    describe(assets, tmp_path, 7, 16, SIZE)
    text = json.loads((tmp_path / 'dataset.json').read_text())
    assert text['kinds'] == list(KINDS)
    assert text['classes'] == list(CLASSES)
    assert (text['height'], text['width'], text['base_seed']) == (48, 64, 7)
    assert (tmp_path / 'attribution.csv').read_text().startswith('source,model,name')


def test_command_renders_the_shards_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, 'TEXTURES_PER_FAMILY', 1)
    app = typer.Typer()
    app.command()(render.main)
    arguments = ['--output', str(tmp_path), '--shards', '1:3', '--images', '2']
    arguments += ['--height', '24', '--width', '32']
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'attribution.csv',
        'dataset.json',
        'shard-00001',
        'shard-00002',
    ]


def test_two_processes_render_what_one_does(tmp_path: Path) -> None:
    for processes in ('1', '2'):
        command = [sys.executable, '-m', 'diffperc_ros.scenes.render', '--shards', '0:2']
        command += ['--output', str(tmp_path / processes), '--processes', processes]
        command += ['--images', '1', '--height', '24', '--width', '32']
        subprocess.run(command, check=True, timeout=300, capture_output=True, cwd=REPOSITORY)
    for shard in ('shard-00000', 'shard-00001'):
        one, two = (np.load(tmp_path / number / shard / 'colour.npy') for number in ('1', '2'))
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ('extra', 'complaint'),
    [
        (['--shards', 'few'], 'two whole numbers'),
        (['--shards', '0:1', '--furniture', '.'], 'sweethome3d-furniture'),
    ],
)
def test_command_says_what_is_wrong(
    extra: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(render.main)
    result = CliRunner().invoke(app, ['--output', str(tmp_path / 'out'), *extra])
    assert result.exit_code == 2
    words = ' '.join(result.output.replace('│', ' ').split())
    assert complaint in words
    assert not (tmp_path / 'out').exists()
