# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is measured: a bundle on an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import SettingError
from diffperc_ros.runtimes.options import BACKENDS, DEVICES, EngineOptions
from diffperc_ros.runtimes.tensorrt.driver import NoGpuError, find_gpu

ON_GPU = (('tensorrt', 'cuda'), ('onnxruntime', 'cuda'), ('torch', 'cuda'))
ON_CPU = (('onnxruntime', 'cpu'), ('openvino', 'cpu'), ('torch', 'cpu'))


Attention: TypeAlias = Literal['fused', 'materialised']


@dataclass(frozen=True)
class Candidate:
    """A bundle on an engine.

    Parameters
    ----------
    path : of the bundle.
    name : of the bundle.
    profile, backend, device, precision : as `runtimes.options.EngineOptions`.
    baseline_of : 'own' where the other engines of its bundle are compared with it, 'all' where
        every candidate is, '' for none.
    attention : of PyTorch: 'fused', or 'materialised' as the published code computes it.
    """

    path: str
    name: str
    backend: str
    device: str
    profile: str = 'realtime'
    precision: str = 'auto'
    baseline_of: Literal['', 'own', 'all'] = ''
    attention: Attention = 'fused'

    @property
    def title(self) -> str:
        """What it is called in tables."""
        how = ', attention as published' if self.attention == 'materialised' else ''
        return f'{self.backend} {self.device}{how}'

    def options(self, others: EngineOptions) -> EngineOptions:
        """Return the options to open it with, as the others where it says nothing."""
        return replace(
            others,
            profile=self.profile,
            backend=self.backend,
            device=self.device,
            precision=self.precision,
        )


def candidates(
    bundles: Sequence[Bundle],
    baseline: Bundle | None,
    engines: Sequence[str],
    profile: str,
    precision: str,
    attention: Attention = 'fused',
) -> list[Candidate]:
    """Return what to measure.

    Parameters
    ----------
    bundles : to be measured.
    baseline : whose network eager PyTorch runs as the baseline of all; None: each bundle's own,
        where it carries one.
    engines : 'backend:device' each; empty: all there are for this machine.
    profile, precision : for all.
    attention : of the baselines.

    Raises
    ------
    SettingError : an engine that there is not.
    """
    pairs = [_pair(engine) for engine in engines] or [*_on_this_machine()]
    found = []
    for bundle in bundles:
        network = bundle.manifest.network is not None
        for backend, device in pairs:
            if backend == 'torch' and (not network or bundle == baseline):
                continue
            found.append(
                Candidate(
                    str(bundle.path),
                    bundle.manifest.name,
                    backend,
                    device,
                    profile,
                    'auto' if backend == 'torch' else precision,
                    'own' if backend == 'torch' and baseline is None else '',
                    attention if backend == 'torch' and baseline is None else 'fused',
                )
            )
    if baseline is not None:
        devices = dict.fromkeys(device for _, device in pairs)
        found += [
            Candidate(
                str(baseline.path),
                baseline.manifest.name,
                'torch',
                device,
                baseline_of='all',
                attention=attention,
            )
            for device in devices
        ]
    return found


def _on_this_machine() -> tuple[tuple[str, str], ...]:
    try:
        find_gpu()
    except NoGpuError:
        return ON_CPU
    return ON_GPU + ON_CPU


def _pair(engine: str) -> tuple[str, str]:
    backend, _, device = engine.partition(':')
    if backend not in BACKENDS[1:] or device not in DEVICES[1:]:
        known = ', '.join(':'.join(pair) for pair in ON_GPU + ON_CPU)
        raise SettingError(f"unknown engine '{engine}'; there are: {known}")
    return backend, device
