# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phrases that speak of what is in a picture, and of what is not."""
