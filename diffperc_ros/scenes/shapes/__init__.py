# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Meshes, and the solids that things and furniture are put together from."""
