# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes, data sets and the loop that train the default bundles."""
