# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How a replay can fail as a whole."""

from __future__ import annotations

from diffperc_ros.core.errors import RecordingError


class NothingUsableError(RecordingError):
    """A recording was read to its end and no frame of it gave a result."""
