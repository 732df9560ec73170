# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording through a perceiver into a recording: offline, every frame, twice the same."""
