# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a node that looks through cameras is made of, and what its parts may ask of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from diffperc_ros.nodes.camera.names import check_cameras
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.lifecycle import ManagedNode
from diffperc_ros.nodes.settings.common import COMMON_SETTINGS
from diffperc_ros.nodes.settings.output_size import check_output_size
from diffperc_ros.nodes.settings.parameters import ParameterTable, Setting
from diffperc_ros.runtimes.options import Cancelled, Notice


class AbstractImageNode(ManagedNode, ABC):
    """Parameters and switches, and the methods that a node of some task overrides.

    Attributes
    ----------
    parameters : all of the node, by name.
    enabled : whether images are looked at; service ~/enable.
    engine_build : how far an engine is that is being built; None while there is none.
    stopped : whether the process is asked to end.
    """

    def __init__(self, name: str, settings: Sequence[Setting], **options: Any) -> None:
        super().__init__(name, **options)
        self.parameters = ParameterTable(
            self, (*COMMON_SETTINGS, *settings), self.check_settings, self.refresh
        )
        self.enabled = True
        self.engine_build: Notice | None = None
        self.stopped: Cancelled = lambda: False

    def check_settings(self, values: Values) -> None:
        """Raise `SettingError` when any parameters do not go together. Leaves no trace."""
        check_output_size(values['output_size'])
        check_cameras(values)
        self.check(values)

    @abstractmethod
    def open_models(self, values: Values) -> None:
        """Load the models and create the publishers; may raise `DiffpercError`."""

    @abstractmethod
    def close_models(self) -> None:
        """Give back what `open_models` took, also when it stopped half-way."""

    @abstractmethod
    def rebuild_engines(self, values: Values) -> str:
        """Build the engines of the models again and load them; return what there is now.

        Called while the node is inactive, in a thread of its own. Raises `DiffpercError` where
        there is nothing to build, or where that fails; what was there stays then.
        """

    @abstractmethod
    def free_caches(self) -> None:
        """Have the engines give back what they hold only to be quicker; as `Runtime`."""

    @abstractmethod
    def perceive(self, picture: Picture, values: Values) -> bool:
        """Compute and publish; called by the worker, one picture at a time.

        Returns whether anything was: nobody may listen any more.
        """

    def refresh(self, set_names: Sequence[str] = ()) -> None:
        """Follow parameters that matter between pictures too.

        Called when some have been set, with their names, and now and then while active.
        """

    @abstractmethod
    def listeners(self, camera: str) -> int:
        """Return how many subscribe to what takes an inference on a camera's images to make."""

    def outputs(self) -> list[str]:
        """Return the resolved topics that the node publishes for others."""
        return []

    def check(self, values: Values) -> None:
        """Raise `SettingError` when parameters do not go together. Must leave no trace."""

    def wants_camera(self, _values: Values) -> bool:
        """Whether `perceive` has a use for the camera from camera_info."""
        return True

    def doubts(self) -> list[str]:
        """Return the node's own reasons for a warning in the diagnostics."""
        return []

    def describe(self) -> dict[str, str]:
        """Return the node's own keys of the diagnostics."""
        return {}

    def describe_camera(self, _camera: str) -> dict[str, str]:
        """Return the node's own keys that speak of one camera."""
        return {}
