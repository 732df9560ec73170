# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The small default networks: recipe, target, loss and scores of each."""
