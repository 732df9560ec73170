# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT without torch: engines that are built, kept, checked and run.

One code path for TensorRT 8.6, 10 and 11: only what all of them offer is used, and what differs
is asked for by name (`hasattr`), never by version. Two versions differ by more than names:
8.6 has no strongly typed networks, 11 has no others.
"""
