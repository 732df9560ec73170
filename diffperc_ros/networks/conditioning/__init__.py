# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the U-Net is told: tokens for its cross-attention."""
