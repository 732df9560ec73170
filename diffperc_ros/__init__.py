# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Diffusion-backbone perception for ROS 2: metric depth, segmentation, language queries."""

__version__ = '0.1.0'
