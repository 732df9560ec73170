# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a model fits a GPU, asked and told before it is loaded."""

from __future__ import annotations

from pathlib import Path

from diffperc_ros.core.errors import RuntimeUnavailableError
from diffperc_ros.runtimes.options import Announce, Notice
from diffperc_ros.runtimes.tensorrt.driver import Gpu

MIB = 1 << 20
MEMINFO = Path('/proc/meminfo')


def check_fits(what: str, needed: int, free_mib: int, gpu: Gpu, announce: Announce) -> None:
    """Say how much memory is needed and how much is free; refuse what cannot fit.

    Parameters
    ----------
    what : that needs it, for people.
    needed : bytes, at least.
    free_mib : of the GPU, as CUDA tells. Where the GPU shares the board's memory, CUDA does not
        count what the system would give up for it, so the larger of this and the system's own
        figure holds.
    gpu : whose memory it is.
    announce : told both figures, whatever comes of it.

    Raises
    ------
    RuntimeUnavailableError : it does not fit; with both figures.
    """
    free = max(free_mib, _available_mib()) if gpu.integrated else free_mib
    figures = f'{what}: at least {-(-needed // MIB)} MiB needed, {free} of {gpu.memory_mib} free'
    announce(Notice(f'memory of {gpu.name} for {figures}'))
    if needed > free * MIB:
        raise RuntimeUnavailableError(
            f'does not fit {gpu.name}: {figures}; end what else uses its memory, or take a '
            'smaller model'
        )


def _available_mib() -> int:
    """Return the memory that Linux could give without swapping; 0 where it does not say."""
    try:
        lines = MEMINFO.read_text().splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith('MemAvailable:')]
    return int(found[0]) // 1024 if found else 0
