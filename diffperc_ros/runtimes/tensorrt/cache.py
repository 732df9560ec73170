# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Built engines on disk: found by key, checked by checksum, never half-written.

An engine is two files beside each other: NAME.engine, and NAME.json with its key, its checksum
and how long it took. The name says for whom it was built; the key's digest at its end makes it
the only one. An engine without its JSON, or with a JSON of other bytes, is no engine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diffperc_ros.core.files import flush_folder, write_whole
from diffperc_ros.runtimes.tensorrt.errors import EngineMissingError
from diffperc_ros.runtimes.tensorrt.key import EngineKey

ENGINES_KEPT = 3
"""Engines of one bundle and profile that stay, the newest ones; older ones are removed."""


@dataclass(frozen=True)
class Engine:
    """A usable engine.

    Parameters
    ----------
    plan : its bytes, as the checksum wants them.
    sha256 : the checksum.
    seconds : that its build took.
    source : 'cache' or 'built'.
    """

    path: Path
    plan: bytes
    sha256: str
    seconds: float
    source: str = 'cache'


@dataclass(frozen=True)
class EngineSlot:
    """Where the engines of one bundle and profile lie.

    Parameters
    ----------
    folder : of all engines.
    name : bundle and profile.
    """

    folder: Path
    name: str

    def path(self, key: EngineKey) -> Path:
        """Return the path of the engine of a key."""
        about = f'{key.precision}-trt{key.tensorrt}-{key.gpu}-sm{key.compute_capability}'
        about = re.sub(r'[^A-Za-z0-9._+]+', '-', about)
        return self.folder / f'{self.name}@{about}-{key.digest[:16]}.engine'

    def timing_cache(self, key: EngineKey) -> Path:
        """Return the path of the timing cache.

        It is shared by all engines of one TensorRT and GPU, the part of the key that it depends
        on: so it speeds up the build for new weights too.
        """
        about = f'{key.tensorrt}-{key.gpu}-sm{key.compute_capability}-{key.system}'
        return self.folder / f'trt{re.sub(r"[^A-Za-z0-9._+]+", "-", about)}.timing'

    def load(self, key: EngineKey) -> Engine:
        """Return the engine of a key.

        Raises
        ------
        EngineMissingError : there is none, or its bytes are not those that were built.
        """
        path = self.path(key)
        sidecar = _read_sidecar(path)
        if sidecar is None or not path.is_file():
            raise EngineMissingError(self._why_missing(key))
        differences = key.differences(sidecar.get('key', {}))
        if differences:
            raise EngineMissingError(f'{path}: built for something else: {differences}')
        plan = path.read_bytes()
        found = hashlib.sha256(plan).hexdigest()
        if found != sidecar.get('sha256'):
            raise EngineMissingError(
                f'{path}: truncated or altered (sha256 {found[:12]}..., built with '
                f'{str(sidecar.get("sha256"))[:12]}...)'
            )
        return Engine(path, plan, found, float(sidecar.get('seconds', 0)))

    def store(self, key: EngineKey, plan: Path, seconds: float) -> Engine:
        """Take over a complete engine file and remove engines that it supersedes.

        Parameters
        ----------
        key : of the engine.
        plan : a file in `folder`, flushed to the disk; it is renamed.
        seconds : that the build took.

        Raises
        ------
        OutputError : the disk is full; an engine that was there stays.
        """
        path = self.path(key)
        content = plan.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        sidecar = {'key': asdict(key), 'sha256': digest, 'bytes': len(content), 'seconds': seconds}
        # Between the two an older engine of this key does not fit its sidecar and is refused:
        # whatever happens, bytes and sidecar that do not belong together are never used.
        write_whole(path.with_suffix('.json'), json.dumps(sidecar, indent=2))
        plan.replace(path)
        flush_folder(self.folder)
        for other in self._engines()[ENGINES_KEPT:]:
            other.unlink(missing_ok=True)
            other.with_suffix('.json').unlink(missing_ok=True)
        return Engine(path, content, digest, seconds, 'built')

    def last_build_seconds(self) -> float | None:
        """Return how long the newest engine took to build, or None."""
        for path in self._engines():
            sidecar = _read_sidecar(path)
            if sidecar is not None:
                return float(sidecar.get('seconds', 0))
        return None

    def _engines(self) -> list[Path]:
        """Return the engines that are there, newest first."""
        paths = [path for path in self.folder.glob('*.engine') if self._is_mine(path)]
        return sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True)

    def _is_mine(self, path: Path) -> bool:
        return path.name.startswith(f'{self.name}@')

    def _why_missing(self, key: EngineKey) -> str:
        for path in self._engines():
            sidecar = _read_sidecar(path)
            if sidecar is not None and path != self.path(key):
                return (
                    f'no engine for {self.name} in {self.folder}; the newest differs: '
                    f'{key.differences(sidecar.get("key", {}))}'
                )
        return f'no engine for {self.name} in {self.folder}'


def _read_sidecar(path: Path) -> Mapping[str, Any] | None:
    try:
        content = json.loads(path.with_suffix('.json').read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
