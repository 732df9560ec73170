# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth against depth: scores, protocol, document, and the comparison of two models."""
