# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Choosing frames by their stamps, so that two nodes fed by one camera choose the same ones."""

from __future__ import annotations

from diffperc_ros.core.frame import Stamp

PICOSECONDS = 1_000_000_000_000


class StampGrid:
    """Lets through the first frame of every slot of a time grid that is fixed to stamp 0.

    Arrival times and the node's own load play no part: whoever sees the same stamps at the same
    rate chooses the same frames, and their outputs pair exactly. Stamps may jump either way.
    """

    def __init__(self) -> None:
        self._slot: int | None = None

    def accepts(self, stamp: Stamp, rate_hz: float) -> bool:
        """Say whether the frame with this stamp is the first of its slot.

        Parameters
        ----------
        stamp : of the image header.
        rate_hz : slots a second, kept to a thousandth; 0 lets every frame through.
        """
        millihertz = round(1000 * rate_hz)
        if millihertz == 0:
            return True
        slot = stamp.nanoseconds * millihertz // PICOSECONDS
        if slot == self._slot:
            return False
        self._slot = slot
        return True
