# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""IEDP's training: the branch that is told labels, and the step that joins both branches."""
