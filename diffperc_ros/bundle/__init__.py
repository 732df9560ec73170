# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A model ready to run: a manifest and the files it lists, verified on opening."""
