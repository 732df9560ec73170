# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Perceivers: a frame in, a result out. Nodes and offline tools share them."""
