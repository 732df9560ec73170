# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The classes that an indoor robot needs, and the number under which each is stored."""

from __future__ import annotations

CLASSES = (
    'floor',
    'wall',
    'ceiling',
    'door',
    'window',
    'table',
    'chair',
    'sofa',
    'bed',
    'cabinet',
    'person',
    'object',
)
"""Cabinet is all that things are kept in or on: shelf, bookcase, wardrobe, chest of drawers."""

SURFACES = ('floor', 'wall', 'ceiling')
"""Classes that cannot be counted."""

NOTHING = 0
"""Stored where no ray met anything and no window either."""


def stored_id(label: str) -> int:
    """Give the value of a class of CLASSES in a label map: its index + 1."""
    return CLASSES.index(label) + 1
