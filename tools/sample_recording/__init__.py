# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scripts that render the repository's sample recording; see samples/room/README.md."""
