# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import argparse
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from diffperc_ros.checkpoints.account import CheckpointError
from diffperc_ros.checkpoints.reading import read_checkpoint
from diffperc_ros.checkpoints.unwrapping import unwrap

STATE = {'a.weight': torch.arange(6.0).reshape(2, 3), 'a.bias': torch.ones(2)}


class Dangerous:
    """Would run code when unpickled without care."""

    opened = False

    def __reduce__(self) -> Any:
        return (setattr, (Dangerous, 'opened', True))


def test_plain_values_and_namespaces_are_read(tmp_path: Path) -> None:
    arguments = argparse.Namespace(model='vpd', lr=5e-5)
    torch.save({'model': STATE, 'args': arguments, 'epoch': 3}, tmp_path / 'f.pth')
    content = read_checkpoint(tmp_path / 'f.pth')
    assert content['args'] == arguments
    assert torch.equal(content['model']['a.weight'], STATE['a.weight'])


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / 'f.safetensors')
    assert torch.equal(read_checkpoint(tmp_path / 'f.safetensors')['a.bias'], STATE['a.bias'])


def test_the_log_of_a_training_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class HistoryBuffer:
        def __init__(self) -> None:
            self.values = np.arange(3.0)
            self.last = np.float64(0.5)

    module = ModuleType('mmengine.logging.history_buffer')
    HistoryBuffer.__module__, HistoryBuffer.__qualname__ = module.__name__, 'HistoryBuffer'
    monkeypatch.setattr(module, 'HistoryBuffer', HistoryBuffer, raising=False)
    with monkeypatch.context() as there:
        for name in ('mmengine', 'mmengine.logging'):
            there.setitem(sys.modules, name, ModuleType(name))
        there.setitem(sys.modules, module.__name__, module)
        log = {'log_scalars': {'train/loss': HistoryBuffer()}, 'best': np.float32(0.253)}
        torch.save({'meta': {}, 'state_dict': STATE, 'message_hub': log}, tmp_path / 'f.pth')
    unwrapped = unwrap(read_checkpoint(tmp_path / 'f.pth'))
    assert unwrapped.dropped == ('meta', 'message_hub')
    assert torch.equal(unwrapped.state['a.bias'], STATE['a.bias'])


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    torch.save({'model': STATE, 'hook': Dangerous()}, tmp_path / 'f.pth')
    with pytest.raises(CheckpointError, match=r'may run code when opened.*setattr'):
        read_checkpoint(tmp_path / 'f.pth')
    assert not Dangerous.opened


def write_legacy(path: Path) -> None:
    torch.save(STATE, path, _use_new_zipfile_serialization=False)


def write_truncated(path: Path) -> None:
    torch.save(STATE, path)
    path.write_bytes(path.read_bytes()[:-200])


@pytest.mark.parametrize(
    ('write', 'message'),
    [
        (lambda path: None, 'cannot be read: .*No such file'),
        (lambda path: path.write_bytes(b''), 'is empty'),
        (lambda path: path.write_text('hello'), 'is no file of PyTorch'),
        (lambda path: path.write_text('<!DOCTYPE html>'), 'is a web page'),
        (lambda path: path.write_text('version https://git-lfs.github.com/spec'), 'Git LFS'),
        (write_legacy, r'before 1\.6.*Rewrite it once: python -c "import torch; .*f\.pth'),
        (write_truncated, r'f\.pth: cut off or damaged \(\d+ bytes\)'),
    ],
)
def test_what_is_no_checkpoint_is_named(write: Any, message: str, tmp_path: Path) -> None:
    write(tmp_path / 'f.pth')
    with pytest.raises(CheckpointError, match=message):
        read_checkpoint(tmp_path / 'f.pth')


def test_a_damaged_safetensors_file_is_named(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / 'f.safetensors')
    whole = (tmp_path / 'f.safetensors').read_bytes()
    (tmp_path / 'f.safetensors').write_bytes(whole[:-4])
    with pytest.raises(CheckpointError, match='cannot be read'):
        read_checkpoint(tmp_path / 'f.safetensors')


def test_the_command_for_old_files_works(tmp_path: Path) -> None:
    write_legacy(tmp_path / 'f.pth')
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(tmp_path / 'f.pth')
    command = str(caught.value).partition('python -c "')[2].rpartition('"')[0]
    exec(command)  # noqa: S102 - what the message tells people to run
    assert torch.equal(read_checkpoint(tmp_path / 'f.pth.new')['a.bias'], STATE['a.bias'])


@pytest.mark.parametrize(
    ('content', 'dropped'),
    [
        (STATE, ()),
        (OrderedDict(STATE), ()),
        ({'model': STATE, 'optimizer': {'state': {}}}, ('optimizer',)),
        ({'meta': {'CLASSES': ('a',)}, 'state_dict': STATE}, ('meta',)),
        ({'state_dict': {'model': STATE, 'epoch': 1}, 'x': 1}, ('x', 'epoch')),
        ({'model': {f'module.{name}': value for name, value in STATE.items()}}, ()),
        ({name: torch.nn.Parameter(value) for name, value in STATE.items()}, ()),
    ],
)
def test_wrappers_are_understood(content: Any, dropped: tuple[str, ...]) -> None:
    unwrapped = unwrap(content)
    assert unwrapped.dropped == dropped
    assert unwrapped.state.keys() == STATE.keys()
    assert not any(tensor.requires_grad for tensor in unwrapped.state.values())


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (torch.zeros(27, 768), r'holds no weights by name, but a single tensor \(27, 768\)'),
        ([1, 2], 'but a list'),
        ({}, 'holds no weights'),
        ({'optimizer': {}, 'epoch': 3}, r'has no entry .*optimizer \(a dict\), epoch \(a int\)'),
        ({'model': {**STATE, 'note': 'x'}}, r'note \(a str\)'),
    ],
)
def test_what_holds_no_weights_is_described(content: Any, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        unwrap(content)
