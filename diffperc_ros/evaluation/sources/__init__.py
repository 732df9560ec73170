# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where an evaluation gets its pictures, its ground truth and its answers from."""
