# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Classes of pixels: their parameters, their topics, and their part of a node."""
