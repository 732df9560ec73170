# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from diffperc_ros.core.errors import SettingError
from diffperc_ros.scenes.assets import catalogue, load_library, prepare, write_attribution
from diffperc_ros.scenes.textures import SIZE

CATALOGUE = """# A comment
id=Test
name#1=Stool
category#1=Kitchen
model#1=/test/stool/stool.obj
width#1=40.0
depth#1=30.0
height#1=50.0
creator#1=Somebody
name#2=Oak
category#2=Exterior
model#2=/test/oak/oak.obj
width#2=400
depth#2=400
height#2=900
name#3=Gizmo
category#3=Kitchen
model#3=/test/stool/stool.obj
width#3=40
depth#3=40
height#3=40
"""
# A box of 2 x 6 x 1 file units (x, y up, z), textured on one of its two materials.
OBJ = """mtllib stool.mtl
v 0 0 0
v 2 0 0
v 2 6 0
v 0 6 0
v 0 0 1
v 2 0 1
v 2 6 1
v 0 6 1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
usemtl plain
f 1/1 3/3 2/2
f 1/1 4/4 3/3
usemtl picture
f 5/1 6/2 7/3
f 5/1 7/3 8/4
"""
MTL = """newmtl plain
Kd 0.2 0.4 0.6
newmtl picture
Kd 1 1 1
map_Kd stool.png
"""


@pytest.fixture
def furniture(tmp_path: Path) -> Path:
    stream = io.BytesIO()
    Image.new('RGB', (8, 8), (255, 0, 0)).save(stream, 'PNG')
    with zipfile.ZipFile(tmp_path / 'BlendSwap-CC-BY.sh3f', 'w') as archive:
        archive.writestr('PluginFurnitureCatalog.properties', CATALOGUE)
        archive.writestr('test/stool/stool.obj', OBJ)
        archive.writestr('test/stool/stool.mtl', MTL)
        archive.writestr('test/stool/stool.png', stream.getvalue())
    return tmp_path


def test_catalogue_gives_metres_and_licence(furniture: Path) -> None:
    stool, oak, _ = catalogue(furniture / 'BlendSwap-CC-BY.sh3f')
    assert stool.size == pytest.approx((0.4, 0.3, 0.5))
    assert (stool.creator, stool.licence) == ('Somebody', 'CC BY 3.0')
    assert oak.category == 'Exterior'


def test_models_stand_at_true_size_and_outdoor_or_unknown_ones_stay_outside(
    furniture: Path,
) -> None:
    library = load_library(furniture)
    (stool,) = library.models
    low, high = stool.mesh.bounds()
    np.testing.assert_allclose(low, [-0.2, -0.15, 0], atol=1e-6)
    np.testing.assert_allclose(high, [0.2, 0.15, 0.5], atol=1e-6)
    assert sorted(stool.textures) == [-1, 0]
    assert library.pictures[0].shape == (SIZE, SIZE, 3)
    plain = stool.textures.index(-1)
    np.testing.assert_allclose(stool.diffuse[plain], np.power([0.2, 0.4, 0.6], 2.2), atol=0.01)
    assert (stool.label, stool.name) == ('chair', 'stool')


def test_file_front_faces_us(furniture: Path) -> None:
    """The picture is on the side of high z in the file, which is the front, our -y."""
    (stool,) = load_library(furniture).models
    pictured = np.asarray(stool.textures)[stool.mesh.material] >= 0
    np.testing.assert_allclose(stool.mesh.corners[pictured][..., 1], -0.15, atol=1e-6)


def test_no_furniture_is_an_empty_library() -> None:
    assert load_library(None).models == ()


def test_folder_without_archives_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f'{tmp_path}.*BlendSwap-CC-0.sh3f'):
        load_library(tmp_path)


def test_attribution_names_every_model(furniture: Path, tmp_path: Path) -> None:
    write_attribution(load_library(furniture).models, tmp_path / 'list.csv')
    with (tmp_path / 'list.csv').open() as stream:
        (row,) = csv.DictReader(stream)
    assert row['creator'] == 'Somebody'
    assert row['licence'] == 'CC BY 3.0'


def test_pictures_become_linear() -> None:
    grey = prepare(np.full((10, 10, 3), 128, np.uint8))
    np.testing.assert_allclose(grey, round((128 / 255) ** 2.2 * 255), atol=1)
