# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Under which rules a figure was measured. Figures of different rules are not compared."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field

from diffperc_ros.core.errors import SettingError


@dataclass(frozen=True)
class Rules:
    """What the rules of all tasks have in common; printed into every result.

    Parameters
    ----------
    dataset : name of the recording or image set.
    tolerance_ms : how far apart prediction and ground truth may be stamped, milliseconds.

    Raises
    ------
    SettingError : the tolerance is negative or not finite.
    """

    dataset: str
    tolerance_ms: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tolerance_ms) and self.tolerance_ms >= 0):
            raise SettingError(
                f'tolerance must be 0 or more milliseconds, not {self.tolerance_ms}'
            )

    @property
    def tolerance_ns(self) -> int:
        """The pairing tolerance in nanoseconds."""
        return round(self.tolerance_ms * 1e6)

    def line(self) -> str:
        """Return the rules as one line to stand above a table."""
        return ', '.join(
            f'{name.replace("_", " ")}: {value:g}'
            if isinstance(value, float)
            else f'{name.replace("_", " ")}: {value}'
            for name, value in asdict(self).items()
        )
