# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The figures of the field, of arrays alone: nothing here knows where they come from."""
