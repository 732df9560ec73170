# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The `tensorrt` module and its log."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable
from typing import Any

from diffperc_ros.core.errors import RuntimeUnavailableError

LOG_LINES_KEPT = 100
LOG_LINES_SHOWN = 3

OLDEST = (8, 6)
NEWEST_OPSET_OF_8 = 17


def import_tensorrt() -> Any:
    """Return the module. The driver must have been asked before (`driver.find_gpu`).

    Raises
    ------
    RuntimeUnavailableError : not installed, its libraries do not load, or older than 8.6.
    """
    try:
        trt = importlib.import_module('tensorrt')
    except (ImportError, OSError) as error:
        raise RuntimeUnavailableError(
            f'TensorRT does not import ({error}); install the TensorRT that fits your CUDA (on a '
            'Jetson: that of JetPack, in an environment with --system-site-packages)'
        ) from error
    if version_of(trt) < OLDEST:
        raise RuntimeUnavailableError(
            f'TensorRT {trt.__version__} cannot read these graphs (it has no LayerNormalization); '
            'TensorRT 8.6 or later is needed, on a Jetson JetPack 6 or later'
        )
    return trt


def version_of(trt: Any) -> tuple[int, ...]:
    """Return the version as numbers, as far as they go."""
    parts = []
    for part in str(trt.__version__).split('.'):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def newest_opset(trt: Any) -> int | None:
    """Return the newest opset the parser reads; None where that is no limit for our graphs."""
    return None if is_strongly_typed(trt) else NEWEST_OPSET_OF_8


def is_strongly_typed(trt: Any) -> bool:
    """Return whether the graph's types decide what the arithmetic runs in."""
    return hasattr(trt.NetworkDefinitionCreationFlag, 'STRONGLY_TYPED')


def make_log(trt: Any) -> Any:
    """Return an ILogger that keeps warnings and errors.

    Return values of TensorRT carry no reason: the log is where it says why. `errors()` of the
    result gives the last ones as one line and forgets them: another failure has other reasons.
    """

    class Log(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.lines: deque[tuple[bool, str]] = deque(maxlen=LOG_LINES_KEPT)

        def log(self, severity: Any, message: str) -> None:
            # The order of severities: internal error, error, warning, info, verbose.
            if int(severity) <= int(trt.ILogger.Severity.WARNING):
                self.lines.append((int(severity) <= int(trt.ILogger.Severity.ERROR), message))

        def errors(self) -> str:
            lines = [message for is_error, message in self.lines if is_error]
            lines = lines or [message for _, message in self.lines]
            self.lines.clear()
            return '; '.join(lines[-LOG_LINES_SHOWN:]) or 'TensorRT logged no reason'

    return Log()


def take(make: Callable[[], Any], what: str, log: Any) -> Any:
    """Return what `make` returns, or raise with TensorRT's own words.

    TensorRT reports failure by None, and by TypeError where its library gives a null pointer.

    Raises
    ------
    RuntimeUnavailableError : TensorRT gave nothing.
    """
    try:
        made = make()
    except (TypeError, RuntimeError) as error:
        raise RuntimeUnavailableError(
            f'TensorRT gave no {what} ({error}): {log.errors()}'
        ) from error
    if made is None:
        raise RuntimeUnavailableError(f'TensorRT gave no {what}: {log.errors()}')
    return made
