# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from diffperc_ros.bundle.bundle import Bundle

pytest.importorskip('torch', reason='PyTorch is not installed (extra: export)')
pytest.importorskip('onnxscript', reason='onnxscript is not installed (extra: export)')

Diffperc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, brightness_bundle: Bundle) -> list[Any]:
    """What the command asks for, in the place of an export."""
    calls: list[Any] = []

    def note(*given: Any) -> Bundle:
        calls.append(given)
        return brightness_bundle

    monkeypatch.setattr('diffperc_ros.export.bundle.export_bundle', note)
    return calls


def test_everything_left_out_is_as_the_bundle_says(
    diffperc: Diffperc, asked: list[Any], brightness_bundle: Bundle, tmp_path: Path
) -> None:
    output = tmp_path / 'new'
    status, printed, errors = diffperc('export', brightness_bundle.path, '--output', output)
    assert (status, errors) == (0, '')
    assert 'depth.onnx: float32, opset 18' in printed
    ((source, where, settings, pictures, _say),) = asked
    assert (source.path, where) == (brightness_bundle.path, output)
    forms = settings.forms
    assert (forms.width, forms.height) == (64, 48)
    assert forms.precisions == ('fp32',)
    assert forms.opset_17
    assert forms.float32 == {'encoder', 'softmax'}
    assert not settings.keep_network
    # Frames of the sample recording.
    assert len(pictures) == 2
    assert not np.array_equal(*pictures)


def test_every_option_reaches_the_export(
    diffperc: Diffperc, asked: list[Any], brightness_bundle: Bundle, tmp_path: Path
) -> None:
    picture = tmp_path / 'picture.png'
    red = np.zeros((40, 60, 3), np.uint8)
    red[:, :20, 2] = 200
    cv2.imwrite(str(picture), red)
    options = '--width 640 --height 480 --precision fp16 --precision fp32 --float32 softmax'
    more = '--no-opset-17 --compact-storage --profile paper --text-encoder clip --keep-network'
    status, _, _ = diffperc(
        *('export', brightness_bundle.path, '--output', tmp_path / 'new', '--picture', picture),
        *options.split(),
        *more.split(),
    )
    assert status == 1, 'the stand-in has no profile of that name'
    ((_, _, settings, pictures, _say),) = asked
    forms = settings.forms
    assert (forms.width, forms.height) == (640, 480)
    assert forms.precisions == ('fp16', 'fp32')
    assert (forms.opset_17, forms.compact_storage, forms.float32) == (False, True, {'softmax'})
    assert (settings.profile, settings.keep_network) == ('paper', True)
    assert settings.text_encoder == Path('clip')
    # One picture is joined by its mirror image; colours are RGB.
    assert pictures[0][0, 0].tolist() == [200, 0, 0]
    np.testing.assert_array_equal(pictures[1], pictures[0][:, ::-1])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--width', '20'], '32 to 4096 pixels a side'),
        (['--precision', 'fp32', '--precision', 'fp32'], 'each once'),
        (['--picture', 'nothing.png'], 'nothing.png: no picture there'),
        ([], 'carries no network'),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    diffperc: Diffperc,
    brightness_bundle: Bundle,
    tmp_path: Path,
    options: list[str],
    message: str,
) -> None:
    output = tmp_path / 'new'
    status, _, errors = diffperc('export', brightness_bundle.path, '--output', output, *options)
    assert status == 1
    assert message in errors
    assert errors.count('\n') == 1
    assert not output.exists()
