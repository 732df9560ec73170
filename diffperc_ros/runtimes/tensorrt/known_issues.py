# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Releases of TensorRT that were reported to compute networks like ours wrongly.

A warning before time is spent, no verdict: that is the golden check's. The reports are about
networks with attention; none is about a network of this package.
"""

from __future__ import annotations

from dataclasses import dataclass

from diffperc_ros.runtimes.forms import Dtype

ANY: tuple[Dtype, ...] = ('float32', 'float16', 'bfloat16')
HALF: tuple[Dtype, ...] = ('float16', 'bfloat16')


@dataclass(frozen=True)
class KnownIssue:
    """What was reported of some releases.

    Parameters
    ----------
    releases : (major, minor) each.
    thread : number of the thread at github.com/NVIDIA/TensorRT.
    text : what was seen.
    dtypes : of the arithmetic in which it was seen.
    compute_capability : where only this one is affected.
    """

    releases: tuple[tuple[int, int], ...]
    thread: int
    text: str
    dtypes: tuple[Dtype, ...] = ANY
    compute_capability: str | None = None


KNOWN_ISSUES = (
    KnownIssue(((10, 0), (10, 5), (10, 8)), 4351, 'a diffusion U-Net gave NaN, right in 8.6'),
    KnownIssue(((10, 0),), 4066, 'all outputs NaN in fp16 and fp32'),
    KnownIssue(((10, 3),), 4419, 'wrong results of transformers, right in 10.5 and 10.8'),
    KnownIssue(((10, 3),), 4723, 'ViT segmentation collapsed to one class', ('float16',)),
    KnownIssue(((10, 4),), 4742, 'a ViT miscompiled: wrong in fp32, NaN in fp16'),
    KnownIssue(((10, 7),), 4333, 'attention wrong, also in fp32'),
    KnownIssue(((10, 7),), 4328, 'self-attention of open_clip wrong, also in fp32'),
    KnownIssue(((10, 16),), 4837, 'fused attention wrong without an error', HALF, '12.0'),
    KnownIssue(((11, 1),), 4813, 'a strongly typed detector wrong in fp32', ('float32',)),
)


def known_issues(
    version: tuple[int, ...], dtype: Dtype, compute_capability: str
) -> list[KnownIssue]:
    """Return what is known of this release for this arithmetic on this GPU."""
    return [
        issue
        for issue in KNOWN_ISSUES
        if version[:2] in issue.releases
        and dtype in issue.dtypes
        and issue.compute_capability in (None, compute_capability)
    ]
