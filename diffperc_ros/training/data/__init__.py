# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shards of rendered pictures, what is done to them, and what is asked about them."""
