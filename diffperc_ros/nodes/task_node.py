# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node made of one task or of several, which then see the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from diffperc_ros.core.errors import OutOfMemoryError, RuntimeUnavailableError
from diffperc_ros.nodes.camera.names import CAMERAS
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.image_node import ImageNode
from diffperc_ros.nodes.reporting.diagnostics import gpu_free_mib, text
from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.nodes.task import OpenRuntime, Task
from diffperc_ros.perception.inference import prepare
from diffperc_ros.runtimes.select import open_runtime


class TaskNode(ImageNode):
    """Runs tasks one after another on each picture.

    A picture is decoded once, finds its camera once, and is brought once to each of the sizes
    that the graphs take. A task that nobody listens to is not run. A task that fails costs the
    others nothing.

    Parameters
    ----------
    name : of the node.
    kinds : of tasks that the node can do, in the order in which they run.
    choosable : whether parameter `tasks` chooses among them, each then naming its bundle by a
        parameter of its own, and parameter `cameras` makes them look through several cameras.
    open_runtime : loads a bundle into an engine.
    options : of rclpy's Node.
    """

    def __init__(
        self,
        name: str,
        kinds: Sequence[type[Task[Any]]],
        *,
        choosable: bool = False,
        open_runtime: OpenRuntime = open_runtime,
        **options: Any,
    ) -> None:
        shared = lru_cache(maxsize=len(kinds))(prepare)
        self._forget_pictures = shared.cache_clear
        self._choosable = choosable
        self._open: list[Task[Any]] = []
        self._tasks = [
            kind(self, open_runtime, f'{kind.name}_model' if choosable else 'model', shared)
            for kind in kinds
        ]
        super().__init__(name, settings_of(kinds, choosable), **options)

    def open_models(self, values: Values) -> None:
        """Open the tasks that are asked for, one after another."""
        for task in self._chosen(values):
            self._open.append(task)
            task.open(values)

    def close_models(self) -> None:
        """Close them."""
        while self._open:
            self._open.pop().close()

    def rebuild_engines(self, values: Values) -> str:
        """Have the tasks rebuild their engines one after another; return the keys."""
        keys = {task.name: task.rebuild(values) for task in self._open}
        built = [f'{name}: engine key {key}' for name, key in keys.items() if key]
        if not built:
            engines = {task.runtime.name for task in self._open if task.runtime}
            raise RuntimeUnavailableError(
                f'there is no engine to rebuild: {", ".join(sorted(engines))} runs the graph as '
                'it is'
            )
        return '; '.join(built)

    def free_caches(self) -> None:
        """Have all engines do so, whichever of them was short of memory."""
        self._forget_pictures()
        for task in self._open:
            if task.runtime is not None:
                task.runtime.free_caches()

    def activate(self) -> None:
        """Let the tasks listen to what they want, then to images."""
        values = self.parameters.values()
        for task in self._open:
            task.start(values)
        super().activate()

    def deactivate(self) -> None:
        """Stop listening; return when the last inference has ended."""
        super().deactivate()
        for task in self._open:
            task.stop()
        self._forget_pictures()

    def perceive(self, picture: Picture, values: Values) -> bool:
        """Run the tasks that somebody listens to; raise only where none of them answered.

        Or where memory was short: that concerns all.
        """
        camera = self.inputs[picture.camera]
        needed = [task for task in self._open if self._is_needed(task, camera.name)]
        errors: list[Exception] = []
        inference_ms = 0.0
        for task in needed:
            try:
                picture = task.perceive(picture, values)
            except (OutOfMemoryError, MemoryError):
                raise
            except Exception as error:
                errors.append(error)
            else:
                inference_ms += task.last_times.inference if task.last_times else 0.0
        if errors and len(errors) == len(needed):
            raise errors[0]
        if needed:
            camera.statistics.sample('inference_ms', inference_ms)
        camera.incomplete = str(errors[0]) if errors else ''
        for problem in errors:
            camera.complain(problem)
        if errors:
            camera.statistics.count('incomplete')
        return bool(needed)

    def listeners(self, camera: str) -> int:
        """Count the subscribers of all that takes an inference on a camera's images."""
        return sum(task.listeners(camera) for task in self._open)

    def outputs(self) -> list[str]:
        """Return the resolved topics of all results."""
        return [
            topic
            for task in self._open
            for outputs in task.outputs.values()
            for topic in outputs.topics
        ]

    def check(self, values: Values) -> None:
        """Let the tasks judge the parameters, with their bundles once they have them."""
        for task in self._chosen(values):
            task.check(values)

    def refresh(self, set_names: Sequence[str] = ()) -> None:
        """Let the tasks follow parameters."""
        values = self.parameters.values()
        for task in self._open:
            task.refresh(values, set_names)

    def wants_camera(self, values: Values) -> bool:
        """Whether any task has a use for the camera."""
        return any(task.wants_camera(values) for task in self._open)

    def doubts(self) -> list[str]:
        """Return what the tasks doubt."""
        return [doubt for task in self._open for doubt in task.doubts()]

    def describe(self) -> dict[str, str]:
        """Return the tasks' keys, which bear the task's name where there may be several."""
        tasks = self._chosen(self.parameters.values())
        on_gpu = any(task.uses_gpu for task in tasks)
        described = {'gpu_free_mib': text(gpu_free_mib() if on_gpu else None)}
        if not self._choosable:
            return described | self._tasks[0].describe()
        described['tasks'] = ', '.join(task.name for task in tasks)
        for task in tasks:
            own = task.describe()
            hardware = own.pop('hardware_id', '')
            described.setdefault('hardware_id', hardware)
            described |= {
                key if key.startswith(task.name) else f'{task.name}_{key}': value
                for key, value in own.items()
            }
        return described

    def describe_camera(self, camera: str) -> dict[str, str]:
        """Return the tasks' keys that speak of one camera, named likewise."""
        return {
            f'{task.name}_{key}' if self._choosable else key: value
            for task in self._chosen(self.parameters.values())
            for key, value in task.describe_camera(camera).items()
        }

    def _chosen(self, values: Values) -> list[Task[Any]]:
        if not self._choosable:
            return self._tasks
        return [task for task in self._tasks if task.name in values['tasks']]

    def _is_needed(self, task: Task[Any], camera: str) -> bool:
        asked = task.name == 'depth' and any(other.uses_depth(camera) for other in self._open)
        return asked or task.listeners(camera) > 0


def settings_of(kinds: Sequence[type[Task[Any]]], choosable: bool) -> list[Setting]:
    """Return the parameters of a node of these tasks, beside those that every node has."""
    if not choosable:
        (kind,) = kinds
        meaning = 'Name of an installed bundle, or path of a bundle folder.'
        return [Setting('model', kind.default_model, meaning), *kind.settings]
    names = [kind.name for kind in kinds]
    settings = [
        Setting('tasks', names, 'What is computed.', choices=tuple(names), items=str),
        CAMERAS,
    ]
    for kind in kinds:
        meaning = f'Name of an installed bundle for {kind.name}, or path of a bundle folder.'
        settings += [Setting(f'{kind.name}_model', kind.default_model, meaning), *kind.settings]
    return settings
