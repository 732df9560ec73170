# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Procedural indoor scenes, ray cast on a CPU: colour and exact depth to train on."""
