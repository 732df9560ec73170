# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What flows through the package: frames, cameras, results, errors. NumPy only."""
