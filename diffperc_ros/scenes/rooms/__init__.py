# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where things stand: rooms, walls, furniture, people, clutter, and views of them."""
