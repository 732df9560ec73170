# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one place that knows numba: a typed decorator for the loops over pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar('Kernel', bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compile a loop to machine code once and keep it on disk; one thread, releases the GIL."""
    return cast(Kernel, numba.njit(cache=True, fastmath=True, nogil=True)(function))
