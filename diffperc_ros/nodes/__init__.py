# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ROS 2 nodes. The only room where rclpy is known."""
