# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One camera of a node: its topics, its images, which of them are chosen, what became of them."""
