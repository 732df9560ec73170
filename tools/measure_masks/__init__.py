# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of masks and phrases on real pictures that cannot be shipped."""
