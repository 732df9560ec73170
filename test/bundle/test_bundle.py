# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.bundles import manifest, write_brightness_bundle

from diffperc_ros.bundle.bundle import MANIFEST_NAME, Bundle, open_bundle
from diffperc_ros.bundle.locate import find_bundle, installed_bundles
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.errors import BundleError, OutputError


@pytest.fixture
def folder(brightness_bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(brightness_bundle.path, tmp_path / 'bundle'))


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    file = folder / MANIFEST_NAME
    content = yaml.safe_load(file.read_text())
    change(content)
    file.write_text(yaml.safe_dump(content))


def test_a_good_bundle_opens(folder: Path) -> None:
    bundle = open_bundle(folder)
    assert bundle.manifest.name == 'brightness'
    assert bundle.file(bundle.graph('realtime').file).is_file()
    assert len(bundle.sha256) == 64


def test_one_flipped_bit_is_refused(folder: Path) -> None:
    file = folder / 'depth.onnx'
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(BundleError, match=r'depth\.onnx: altered or damaged'):
        open_bundle(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / 'depth.onnx').unlink()
    with pytest.raises(BundleError, match=r'depth\.onnx: listed in bundle\.yaml but missing'):
        open_bundle(folder)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda m: m.update(format=2), 'bundle format 2'),
        (lambda m: m.pop('format'), 'bundle format None'),
        (lambda m: m.update(surprise=1), 'surprise'),
        (lambda m: m['input'].update(width='wide'), r'input\.width'),
        (lambda m: m['input'].update(width=0), r'input\.width'),
        (lambda m: m['depth'].update(min_depth=20.0), 'min_depth 20.0 is not below'),
        (lambda m: m['depth'].update(focal_length=-1.0), r'depth\.focal_length'),
        (lambda m: m['graphs']['realtime'].update(file='other.onnx'), "'other.onnx' is used"),
        (lambda m: m['files'].update({'../outside': '0' * 64}), 'plain file name'),
        (lambda m: m['files'].update({'depth.onnx': 'abc'}), r'files\.depth\.onnx'),
        (lambda m: m.update(graphs={}), 'nothing to run'),
        (lambda m: m.update(task='tidying'), 'task'),
        (lambda m: m.update(task='segmentation'), "'segmentation' must be there"),
        (lambda m: m.update(pose={'keypoints': ['nose']}), "see 'pose'"),
        (lambda m: m.pop('depth'), "'depth' must be there"),
        (lambda m: m['prompt'].update(input='prompt'), 'needs names'),
        (lambda m: m['prompt'].update(source='class_name'), 'value stands beside'),
        (
            lambda m: m.update(
                prompt={'source': 'class_name', 'names': ['kitchen'], 'value': 'kitchens'}
            ),
            "'kitchens' is none of the names",
        ),
        (
            lambda m: m['graphs']['realtime'].update(data=['weights.data']),
            "'weights.data' is used",
        ),
        (
            lambda m: m['graphs']['realtime'].update(
                alternatives=[{'file': 'half.onnx', 'dtype': 'float16', 'opset': 18}]
            ),
            "'half.onnx' is used",
        ),
        (
            lambda m: m.update(golden={'file': 'golden.npz', 'tolerance': {}}),
            "'golden.npz' is used",
        ),
        (
            lambda m: m.update(baselines={'majority_map': 'mean_depth.npy'}),
            "those of task 'segmentation'",
        ),
        (
            lambda m: m.update(baselines={'mean_mask': 'mean_depth.npy', 'threshold': 1.5}),
            'threshold',
        ),
        (lambda m: m['baselines'].update(mean_map='other.npy'), "'other.npy' is used"),
        (lambda m: m.pop('licence'), 'licence'),
        (lambda m: m.update(name='Bad Name'), 'name'),
    ],
)
def test_a_manifest_that_cannot_be_is_refused_by_field(
    folder: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    edit(folder, change)
    with pytest.raises(BundleError, match=message):
        open_bundle(folder)


@pytest.mark.parametrize('text', ['- a list', 'a: [unclosed', '\x00', ''])
def test_a_manifest_that_is_no_mapping_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST_NAME).write_text(text)
    with pytest.raises(BundleError, match=r'bundle\.yaml'):
        open_bundle(folder)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r'no bundle\.yaml'):
        open_bundle(tmp_path)


def test_an_unknown_profile_lists_the_known(brightness_bundle: Bundle) -> None:
    with pytest.raises(BundleError, match='it has: realtime'):
        brightness_bundle.graph('paper')


def test_a_bundle_of_another_task_is_refused_by_name(brightness_bundle: Bundle) -> None:
    assert brightness_bundle.depth.kind == 'metric'
    with pytest.raises(BundleError, match='a bundle for depth; this needs one for segmentation'):
        _ = brightness_bundle.segmentation
    with pytest.raises(BundleError, match='needs one for query'):
        _ = brightness_bundle.query


def test_a_bundle_without_graphs_asks_for_an_export(tmp_path: Path) -> None:
    network = {'file': 'network.safetensors', 'configuration': {}}

    def write_files(folder: Path) -> None:
        (folder / 'network.safetensors').write_bytes(b'weights')

    bundle = write_bundle(
        tmp_path / 'bundle', manifest(graphs={}, baselines=None, network=network), write_files
    )
    with pytest.raises(BundleError, match='no graphs yet: run diffperc export'):
        bundle.graph('realtime')


def test_nothing_is_written_when_the_manifest_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        write_bundle(tmp_path / 'bundle', manifest(), lambda folder: None)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(OutputError, match='exists already'):
        write_brightness_bundle(folder)


def test_bundles_are_found_by_name_or_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_bundle(str(folder)).path == folder
    monkeypatch.setenv('DIFFPERC_MODELS', str(folder.parent))
    assert find_bundle('bundle').path == folder
    assert 'bundle' in installed_bundles()
    with pytest.raises(BundleError, match=r"no bundle is called 'bundel'; installed: .*bundle"):
        find_bundle('bundel')
    with pytest.raises(BundleError, match='no model given'):
        find_bundle('')


def test_a_folder_beside_whoever_asks_is_found_after_installed_names(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv('DIFFPERC_MODELS', raising=False)
    beside = tmp_path / 'beside'
    beside.mkdir()
    shutil.copytree(folder, beside / 'fresh')
    monkeypatch.chdir(beside)
    assert find_bundle('fresh').path.resolve() == beside / 'fresh'
    shutil.copytree(folder, tmp_path / 'installed' / 'fresh')
    monkeypatch.setenv('DIFFPERC_MODELS', str(tmp_path / 'installed'))
    assert find_bundle('fresh').path == tmp_path / 'installed' / 'fresh'
