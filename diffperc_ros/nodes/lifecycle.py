# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The common life of a node: transitions that say what went wrong and give back what they took.

rclpy swallows an exception in a transition callback and reports ERROR. Here every exception is
logged, and the answer is chosen: FAILURE for what a user can mend and retry, ERROR for the rest.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from diffperc_ros.core.errors import DiffpercError

SUCCESS = TransitionCallbackReturn.SUCCESS


class ManagedNode(LifecycleNode):  # type: ignore[misc, unused-ignore]
    """A lifecycle node whose transitions are four plain methods that may raise.

    A node overrides `configure`, `activate`, `deactivate` and `cleanup`. The latter two free
    whatever the former two took, also when those stopped half-way, and may be called twice.
    """

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.last_error = ''

    def configure(self) -> None:
        """Check the parameters and take everything that inference needs."""

    def activate(self) -> None:
        """Begin to listen and to work."""

    def deactivate(self) -> None:
        """Stop listening and working; return when no work goes on any more."""

    def cleanup(self) -> None:
        """Give back what `configure` took."""

    def hindrance(self) -> str:
        """Return why the node cannot be activated or cleaned up now; '' where it can."""
        return ''

    @property
    def state(self) -> str:
        """Name of the lifecycle state: unconfigured, inactive, active, finalized, ...ing."""
        return str(self._state_machine.current_state[1])

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure; after a failure everything is given back."""
        self.last_error = ''
        return self._attempt('configure', self.configure, undo=self.cleanup)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Switch the publishers on and activate."""
        if self._is_hindered('activate'):
            return TransitionCallbackReturn.FAILURE
        self.last_error = ''
        super().on_activate(state)
        return self._attempt('activate', self.activate, undo=lambda: self._stop(state))

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate and switch the publishers off."""
        return self._attempt('deactivate', lambda: self._stop(state))

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give everything back."""
        if self._is_hindered('clean up'):
            return TransitionCallbackReturn.FAILURE
        return self._attempt('clean up', self.cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop and give everything back, from whatever state."""
        return self._attempt('shut down', self.close)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give everything back and return to unconfigured."""
        return self._attempt('recover', self.close)

    def close(self) -> None:
        """Stop working and give everything back."""
        self.deactivate()
        self.cleanup()

    def _is_hindered(self, what: str) -> bool:
        hindrance = self.hindrance()
        if hindrance:
            self.get_logger().error(f'cannot {what}: {hindrance}')
        return bool(hindrance)

    def _stop(self, state: LifecycleState) -> None:
        self.deactivate()
        super().on_deactivate(state)

    def _attempt(
        self, what: str, step: Callable[[], None], undo: Callable[[], None] | None = None
    ) -> TransitionCallbackReturn:
        try:
            step()
        except DiffpercError as error:
            self.last_error = str(error)
            self.get_logger().error(f'cannot {what}: {error}')
            undone = undo is None or self._attempt(f'undo {what}', undo) == SUCCESS
            return TransitionCallbackReturn.FAILURE if undone else TransitionCallbackReturn.ERROR
        except Exception as error:
            self.last_error = f'{type(error).__name__}: {error}'
            self.get_logger().error(f'cannot {what}:\n{traceback.format_exc()}')
            return TransitionCallbackReturn.ERROR
        return SUCCESS
