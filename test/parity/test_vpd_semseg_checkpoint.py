# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The keys of the published segmentation checkpoint."""

from __future__ import annotations

from diffperc_ros.networks.configuration import VPDSegmentationConfig
from diffperc_ros.networks.vpd import VPDSegmentation
from parity.checkpoint import assert_official_checkpoint_fits, assert_reduced_checkpoint_converts
from parity.reference import Reference


def test_reduced_checkpoint_converts_to_the_reference_network(
    vpd_semseg: Reference, vpd_semseg_network: VPDSegmentation
) -> None:
    assert_reduced_checkpoint_converts(vpd_semseg, vpd_semseg_network)


def test_official_checkpoint_fits_key_by_key(vpd_semseg: Reference) -> None:
    assert_official_checkpoint_fits(vpd_semseg, VPDSegmentationConfig())
