# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Language queries: commands, parameters, topics, and their part of a node."""
