# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each task makes of a frame: messages to write, and a row of figures."""
