# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Choosing the engine for a bundle, and saying which one it became."""

from __future__ import annotations

import logging

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import RuntimeUnavailableError, SettingError
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime, available_devices
from diffperc_ros.runtimes.protocol import Runtime

_LOG = logging.getLogger(__name__)

BACKENDS = ('onnxruntime', 'torch')
DEVICES = ('auto', 'cpu', 'cuda', 'tensorrt')


def open_runtime(
    bundle: Bundle,
    *,
    profile: str = 'realtime',
    backend: str = 'onnxruntime',
    device: str = 'auto',
    threads: int = 0,
) -> Runtime:
    """Load a bundle's graph into an engine.

    Parameters
    ----------
    bundle : a verified bundle.
    profile : which of the bundle's graphs.
    backend : 'onnxruntime', or 'torch' for the PyTorch reference of the network.
    device : 'auto' takes the fastest device whose provider loads, and logs a warning for each
        that does not; a named one is taken or refused, never exchanged for another.
    threads : CPU threads of one run; 0 leaves the choice to the engine.

    Raises
    ------
    BundleError : the bundle has no such profile, or no network for the torch backend.
    RuntimeUnavailableError : nothing that was asked for can run here; says why for each.
    SettingError : unknown backend or device.
    """
    if backend not in BACKENDS:
        raise SettingError(f"unknown backend '{backend}'; there are: {', '.join(BACKENDS)}")
    if device not in DEVICES:
        raise SettingError(f"unknown device '{device}'; there are: {', '.join(DEVICES)}")
    if backend == 'torch':
        from diffperc_ros.runtimes.torch import TorchRuntime

        return TorchRuntime(bundle, device='cpu' if device == 'auto' else device, threads=threads)
    graph = bundle.file(bundle.graph(profile).file)
    reasons = []
    for candidate in available_devices() if device == 'auto' else [device]:
        if candidate == 'tensorrt':
            _LOG.warning('TensorRT builds an engine at the first run; this can take minutes')
        try:
            return OnnxRuntime(graph, device=candidate, threads=threads)
        except RuntimeUnavailableError as error:
            _LOG.warning("device '%s' is passed over: %s", candidate, error)
            reasons.append(str(error))
    raise RuntimeUnavailableError('; '.join(reasons))
