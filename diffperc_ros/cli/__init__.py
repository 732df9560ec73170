# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The `diffperc` command: one file per sub-command; parses, calls, prints."""
