# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the topics of all tasks have in common, and what is drawn or told on them."""
