# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of engine builds."""

from __future__ import annotations

from diffperc_ros.core.errors import RuntimeUnavailableError


class EngineMissingError(RuntimeUnavailableError):
    """The cache holds no usable engine for a key; the message says what it holds instead."""


class EngineBuildError(RuntimeUnavailableError):
    """An engine was not built; the cache is as before."""


class BuildCancelledError(EngineBuildError):
    """Whoever asked for the build has ended it."""


class EngineRefusedError(RuntimeUnavailableError):
    """TensorRT does not take the bytes of an engine, though they are those that were built."""
