# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Engines against each other and against plain PyTorch, in one run."""
