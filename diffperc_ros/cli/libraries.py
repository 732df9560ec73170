# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which libraries import here, asked in processes of their own.

A library whose native parts do not fit ends the process that imports it, so none is imported in
the process that asks.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Literal

TIMEOUT_S = 120
_IMPORT = 'import importlib, sys; m = importlib.import_module(sys.argv[1]); ' + (
    'print(getattr(m, "__version__", ""))'
)

# A graph that copies one number (onnx.helper: Identity, opset 17), and for each provider of ONNX
# Runtime whether a session with it runs on it.
_GRAPH = (
    '08083a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a02080162'
    '0f0a0179120a0a08080112040a02080142040a001011'
)
_PROVIDERS = f"""
import onnxruntime as o
options = o.SessionOptions()
options.log_severity_level = 4
for name in o.get_available_providers():
    try:
        session = o.InferenceSession(bytes.fromhex('{_GRAPH}'), options, providers=[name])
        print(name, session.get_providers()[0] == name, flush=True)
    except Exception:
        print(name, False, flush=True)
"""

State = Literal['found', 'missing', 'broken']


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Parameters
    ----------
    subject : its name.
    state : 'broken' is there but does not work.
    detail : version, device, or the reason.
    costs : what does not work without it; empty where it is found.
    """

    subject: str
    state: State
    detail: str
    costs: str = ''


def probe_library(module: str, distribution: str, costs: str) -> Finding:
    """Import a library in a process of its own.

    Parameters
    ----------
    module : name to import.
    distribution : name under which it is installed, for its version.
    costs : what does not work without it.
    """
    if find_spec(module.partition('.')[0]) is None:
        return Finding(module, 'missing', 'not installed', costs)
    ended, output = run_apart(_IMPORT, module)
    if ended:
        return Finding(module, 'broken', ended, costs)
    return Finding(module, 'found', output.strip() or _installed_version(distribution))


def probe_providers() -> dict[str, bool]:
    """Return ONNX Runtime's providers and whether each really loads; empty without it."""
    _, output = run_apart(_PROVIDERS)
    pairs = (line.split() for line in output.splitlines())
    return {name: loads == 'True' for name, loads in pairs}


def run_apart(code: str, *arguments: str) -> tuple[str, str]:
    """Run Python code in another process.

    Returns
    -------
    Why it failed, empty where it did not; and what it printed.
    """
    command: Sequence[str] = (sys.executable, '-c', code, *arguments)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f'does not import within {TIMEOUT_S} s', ''
    if done.returncode == 0:
        return '', done.stdout
    if done.returncode < 0:
        return f'ends the process ({signal.Signals(-done.returncode).name})', done.stdout
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f'exit status {done.returncode}', done.stdout


def _installed_version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return 'version not known'
