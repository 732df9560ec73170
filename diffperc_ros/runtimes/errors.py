# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What engines say when they fail, made fit for one line."""

from __future__ import annotations


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
