# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE
from diffperc_ros.cli import examination, libraries
from diffperc_ros.cli.examination import examine
from diffperc_ros.cli.libraries import Finding, probe_library, probe_providers

Diffperc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of this process and of those that it starts."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv('PYTHONPATH', str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.mark.parametrize(
    ('source', 'state', 'detail'),
    [
        ("__version__ = '1.2'", 'found', '1.2'),
        ('', 'found', 'version not known'),
        ("raise ImportError('libfoo.so.3: no such file')", 'broken', 'ImportError: libfoo.so.3'),
        ('import os; os.abort()', 'broken', 'ends the process (SIGABRT)'),
        ('import ctypes; ctypes.string_at(0)', 'broken', 'ends the process (SIGSEGV)'),
        ('import os; os._exit(3)', 'broken', 'exit status 3'),
        ('import time; time.sleep(60)', 'broken', 'does not import within 2 s'),
    ],
)
def test_a_library_that_does_not_import_is_told(
    source: str, state: str, detail: str, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, 'TIMEOUT_S', 2)
    (modules / 'patient_module.py').write_text(source)
    finding = probe_library('patient_module', 'patient', 'no cure')
    assert finding.state == state
    assert detail in finding.detail
    assert finding.costs == ('' if state == 'found' else 'no cure')


def test_a_library_that_is_not_installed() -> None:
    finding = probe_library('not_there_at_all', 'not-there', 'nothing')
    assert finding == Finding('not_there_at_all', 'missing', 'not installed', 'nothing')


def test_providers_that_load_are_told_from_those_that_do_not(modules: Path) -> None:
    assert probe_providers()['CPUExecutionProvider'] is True
    (modules / 'onnxruntime.py').write_text(
        'class SessionOptions: pass\n'
        "def get_available_providers(): return ['CUDA', 'ROCM', 'CPU']\n"
        'class InferenceSession:\n'
        '    def __init__(self, graph, options, providers):\n'
        "        if providers == ['ROCM']: raise RuntimeError\n"
        "    def get_providers(self): return ['CPU']\n"
    )
    assert probe_providers() == {'CUDA': False, 'ROCM': False, 'CPU': True}


def test_this_machine_runs_depth(diffperc: Diffperc) -> None:
    status, printed, _ = diffperc('doctor', '--json')
    assert status == 0
    document = json.loads(printed)
    findings = {finding['subject']: finding for finding in document['findings']}
    assert document['depth_runs'] is True
    assert findings['numpy']['state'] == 'found'
    assert findings['onnxruntime CPUExecutionProvider']['state'] == 'found'
    assert 'depth, realtime' in findings[f'bundle {DEFAULT_DEPTH_BUNDLE}']['detail']
    assert all(finding['costs'] or finding['state'] == 'found' for finding in findings.values())


@pytest.fixture
def no_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for none, which takes most of the time."""
    for name in ('NEEDED', 'OPTIONAL'):
        monkeypatch.setattr(examination, name, ())


@pytest.mark.usefixtures('no_libraries')
def test_a_damaged_bundle_ends_with_status_one(
    diffperc: Diffperc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / DEFAULT_DEPTH_BUNDLE
    folder.mkdir()
    (folder / 'bundle.yaml').write_text('format: 1\n')
    monkeypatch.setenv('DIFFPERC_MODELS', str(tmp_path))
    status, printed, _ = diffperc('doctor')
    assert status == 1
    assert 'depth does not run on this machine' in printed
    assert f'broken   bundle {DEFAULT_DEPTH_BUNDLE}' in printed
    assert 'without it: that model cannot be used' in printed


@pytest.mark.usefixtures('no_libraries')
@pytest.mark.parametrize('there', [True, False])
def test_tensorrt_is_asked_for_behind_a_gpu_alone(
    there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    gpu = Finding('GPU', 'found' if there else 'missing', 'Orin', '' if there else 'slow')
    monkeypatch.setattr(examination, '_find_gpu', lambda: gpu)

    def probe(module: str, _distribution: str, costs: str) -> Finding:
        asked.append(module)
        return Finding(module, 'missing', 'not installed', costs)

    monkeypatch.setattr(examination, 'probe_library', probe)
    findings = {finding.subject: finding for finding in examine().findings}
    assert asked == (['tensorrt', 'cuda'] if there else [])
    assert findings['tensorrt'].state == 'missing'
    assert findings['GPU'] is gpu


@pytest.mark.parametrize(
    ('version', 'state'),
    [('1.25.3', 'broken'), ('1.26.4', 'found'), ('2.3.0', 'found'), ('3.0.0', 'broken')],
)
def test_numpy_of_another_range_is_broken(version: str, state: str) -> None:
    assert examination._judge_numpy(Finding('numpy', 'found', version)).state == state
