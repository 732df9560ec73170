# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Service ~/rebuild_engine: a node's engines built again, while everything else answers."""

from __future__ import annotations

import threading
import traceback

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future
from std_srvs.srv import Trigger

from diffperc_ros.core.errors import DiffpercError
from diffperc_ros.nodes.abstract_node import AbstractImageNode

UNDER_WAY = 'engines are being rebuilt; wait for the answer of ~/rebuild_engine'


class EngineRebuilder:
    """Offers the service and does the work in a thread of its own.

    The answer is a coroutine that waits for the thread, in a callback group that keeps no other
    callback waiting.

    Parameters
    ----------
    node : whose engines are rebuilt.
    """

    def __init__(self, node: AbstractImageNode) -> None:
        self._node = node
        self._thread: threading.Thread | None = None
        self._answer = False, ''
        self.is_running = False
        self.is_cancelled = False
        node.create_service(
            Trigger,
            '~/rebuild_engine',
            self._on_request,
            callback_group=ReentrantCallbackGroup(),
        )

    def stop(self) -> None:
        """End a rebuild, if there is one; return when it has ended."""
        self.is_cancelled = True
        if self._thread is not None:
            self._thread.join()
        self.is_cancelled = False

    async def _on_request(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        if self.is_running:
            response.message = UNDER_WAY
            return response
        if self._node.state != 'inactive':
            response.message = (
                f'the node is {self._node.state}; engines are rebuilt in state inactive'
            )
            return response
        self.is_running = True
        done: Future[None] = Future(executor=self._node.executor)
        self._thread = threading.Thread(
            target=self._work, args=(done,), name='rebuild', daemon=True
        )
        self._thread.start()
        await done
        response.success, response.message = self._answer
        return response

    def _work(self, done: Future[None]) -> None:
        node = self._node
        try:
            self._answer = True, node.rebuild_engines(node.parameters.values())
        except DiffpercError as error:
            self._answer = False, str(error)
            node.get_logger().error(f'cannot rebuild: {error}')
        except Exception as error:
            self._answer = False, f'{type(error).__name__}: {error}'
            node.get_logger().error(f'cannot rebuild:\n{traceback.format_exc()}')
        finally:
            node.engine_build = None
            self.is_running = False
            done.set_result(None)
