# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.scenes.objects import VisibleObject, read_objects, write_objects

MUG = VisibleObject(
    instance=2,
    label='object',
    name='mug',
    colour='red',
    centre=(0.1, -0.2, 1.5),
    box=(3, 4, 10, 12),
    pixels=40,
    size=(0.08, 0.08, 0.1),
    support=1,
    truncated=False,
    visible_share=0.9,
)


def test_objects_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / 'objects.jsonl'
    pictures = [(MUG, replace(MUG, instance=3, colour=None, support=None)), (), (MUG,)]
    write_objects(path, pictures)
    assert read_objects(path) == pictures
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize('line', ['{', '3', '[3]', '[{"instance": 1}]', '[{"no": 1}]'])
def test_damaged_line_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / 'objects.jsonl'
    path.write_text(f'[]\n{line}\n')
    with pytest.raises(RecordingError, match=f'{path}, line 2'):
        read_objects(path)
