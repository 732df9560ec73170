# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors a user can mend.

Every message says what was wrong, where (file, topic or field) and what to do. The command line
prints it in one line; nodes put it into diagnostics.
"""

from __future__ import annotations


class DiffpercError(Exception):
    """Base of all errors that are meant to be read by a user."""


class BundleError(DiffpercError):
    """A model bundle is missing, incomplete, altered, or says something that cannot be."""


class RuntimeUnavailableError(DiffpercError):
    """The engine that was asked for is not installed here or cannot run this bundle."""


class InferenceError(DiffpercError):
    """An engine failed, or answered with something that is not a result."""


class OutOfMemoryError(InferenceError):
    """An inference found too little memory; without caches, or with less beside it, it may run."""


class FrameError(DiffpercError):
    """An image message cannot be turned into a frame."""


class CameraError(DiffpercError):
    """Camera intrinsics are missing, not finite, zero, or do not fit the image."""


class SettingError(DiffpercError):
    """A setting or parameter has a value that cannot be used."""


class CommandError(DiffpercError):
    """A language command holds something that cannot be looked for."""


class RecordingError(DiffpercError):
    """A recording cannot be read, or lacks what was asked of it."""


class OutputError(DiffpercError):
    """A result cannot be written where it was asked to go."""


class EvaluationError(DiffpercError):
    """Predictions and ground truth do not allow the figure that was asked for."""
