# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Arithmetic that always gives the same, done once: answers change by rounding alone.

Applied to the network before it is traced, so that every engine gets the smaller graph.
"""
