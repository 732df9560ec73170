# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which of the indoor classes an ADE20K class is."""

from __future__ import annotations

_OURS = {
    'floor': 'floor|rug',
    'wall': 'wall|column',
    'ceiling': 'ceiling',
    'door': 'door|screen door',
    'window': 'windowpane|curtain|blind',
    'table': 'table|desk|coffee table|pool table',
    'chair': 'chair|armchair|swivel chair|stool|seat|bench|ottoman',
    'sofa': 'sofa',
    'bed': 'bed|cradle',
    'cabinet': 'cabinet|shelf|wardrobe|chest of drawers|bookcase|buffet|case',
    'person': 'person',
    'object': (
        'plant|painting|mirror|lamp|cushion|box|pillow|toilet|flower|book|computer|towel|light|'
        'chandelier|television receiver|apparel|bottle|poster|plaything|barrel|basket|bag|ball|'
        'food|pot|blanket|sculpture|sconce|vase|tray|ashcan|fan|crt screen|plate|monitor|'
        'bulletin board|radiator|glass|clock|television'
    ),
}


def model_class(name: str) -> str | None:
    """Return the class of a name of objectInfo150.txt, or None where none fits.

    Parameters
    ----------
    name : synonyms separated by commas; the first decides.
    """
    first = name.split(',', maxsplit=1)[0].strip()
    for ours, theirs in _OURS.items():
        if first in theirs.split('|'):
            return ours
    return None
