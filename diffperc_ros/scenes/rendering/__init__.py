# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a scene and a camera to pictures, maps and records, on a CPU."""
