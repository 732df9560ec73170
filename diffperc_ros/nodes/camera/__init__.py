# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One camera of a node: its topics, the way of an image, which images are chosen, what became of them."""
