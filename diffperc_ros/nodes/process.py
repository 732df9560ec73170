# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Running one node as a process: spin until a signal, then leave in order and in time."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from diffperc_ros.nodes.image_node import ImageNode

PATIENCE_S = 1.5


def run_node(make: Callable[[], ImageNode], arguments: list[str] | None = None) -> int:
    """Run the node that `make` constructs until SIGINT or SIGTERM; return the exit status.

    The executor is single-threaded: inference has a thread of its own, so callbacks are short,
    and rclpy's multi-threaded executor costs several times the CPU.
    """
    stopped: Future[None] = Future()
    stop_on_signals(stopped)
    try:
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except Exception as error:  # a file or argument that ROS itself cannot read
        sys.stderr.write(f'cannot start: {error}\n')
        return 1
    node = make()
    node.stopped = stopped.done
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    # Building an engine takes minutes; services and diagnostics answer meanwhile.
    starter = threading.Thread(target=_start, args=(node, stopped), name='start', daemon=True)
    if node.starts_itself:
        starter.start()
    try:
        _spin(node, executor, stopped)
    finally:
        if starter.is_alive():
            starter.join()
        node.close()
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


def stop_on_signals(stopped: Future[None]) -> None:
    """Complete the future at SIGINT or SIGTERM, and end the process if that takes too long.

    A signal handler of Python runs only when the main thread returns to Python code, which may be
    seconds away while a model loads or an inference ends. So a thread waits for signals instead,
    and when the node is not gone by itself after `PATIENCE_S`, it ends the process with status 0:
    whoever sent the signal asked for an end, and sends SIGKILL if it does not come. All that is
    lost is what the kernel takes back anyway.
    """
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)

    def wait() -> None:
        with sender:
            receiver.recv(1)
            stopped.set_result(None)
            time.sleep(PATIENCE_S)
            os._exit(0)

    threading.Thread(target=wait, name='signals', daemon=True).start()


def _start(node: ImageNode, stopped: Future[None]) -> None:
    try:
        if node.trigger_configure() == TransitionCallbackReturn.SUCCESS and not stopped.done():
            node.trigger_activate()
    except rclpy_implementation.RCLError as error:
        # Somebody else asked for a transition at the same moment, and was first.
        node.get_logger().error(f'does not start by itself: {error}')


def _spin(node: ImageNode, executor: SingleThreadedExecutor, stopped: Future[None]) -> None:
    while not stopped.done():
        try:
            executor.spin_until_future_complete(stopped)
        except rclpy_implementation.RCLError as error:
            # Humble and Jazzy let the answer to a transition that cannot be escape from here.
            node.get_logger().error(f'refused: {error}')
        except ExternalShutdownException:
            return
