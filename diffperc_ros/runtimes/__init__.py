# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Engines that run a graph: named arrays in, named arrays out."""
