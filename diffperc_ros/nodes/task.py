# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One thing that a camera node computes: its model, its topics, its part of the diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

import diffperc_ros
from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import find_bundle
from diffperc_ros.nodes.engine_settings import engine_options
from diffperc_ros.nodes.image_node import ImageNode, Picture, Values
from diffperc_ros.nodes.outputs import Outputs
from diffperc_ros.nodes.parameters import Setting
from diffperc_ros.perception.inference import Prepare, StageTimes, prompt_told
from diffperc_ros.runtimes.chosen import ChosenRuntime

OpenRuntime = Callable[..., ChosenRuntime]


class Task:
    """What depth, segmentation and query nodes, and the node of all three, are made of.

    Parameters
    ----------
    node : whose topics and parameters are used.
    open_runtime : loads a bundle into an engine.
    model_parameter : parameter that names the bundle.
    prepare : brings a frame to what a graph takes.
    """

    name: ClassVar[str]
    default_model: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]

    def __init__(
        self, node: ImageNode, open_runtime: OpenRuntime, model_parameter: str, prepare: Prepare
    ) -> None:
        self.node = node
        self.prepare = prepare
        self.bundle: Bundle | None = None
        self.runtime: ChosenRuntime | None = None
        self._open_runtime = open_runtime
        self._model_parameter = model_parameter

    def open(self, values: Values) -> None:
        """Verify the bundle, load it, run it once, and advertise the results.

        Raises
        ------
        DiffpercError : whatever cannot be used, with the reason.
        """
        self.bundle = bundle = find_bundle(values[self._model_parameter])
        runtime = self._open_runtime(
            bundle,
            engine_options(values),
            announce=self.node.announce,
            cancelled=self.node.cancelled,
        )
        self.runtime = runtime
        outputs = self.prepare_to_perceive(bundle, runtime, values)
        for doubt in self.doubts():
            self.node.get_logger().warning(doubt)
        outputs.publish_provenance(
            f'{self.name}/provenance',
            {
                'bundle': bundle.manifest.name,
                'sha256': bundle.sha256,
                'method': bundle.manifest.method,
                'prompt': prompt_told(bundle.manifest.prompt, self.told(values)),
                'engine': runtime.name,
                'engine_version': runtime.version,
                'device': runtime.device,
                'precision': runtime.choice.precision,
                'self_test': runtime.choice.self_test,
                'diffperc_ros': diffperc_ros.__version__,
                'numpy': np.__version__,
                'parameters': dict(values),
            },
        )

    def close(self) -> None:
        """Withdraw the results and free the engine; also when `open` stopped half-way."""
        self.withdraw()
        if self.runtime is not None:
            self.runtime.close()
        self.bundle = self.runtime = None

    def prepare_to_perceive(
        self, bundle: Bundle, runtime: ChosenRuntime, values: Values
    ) -> Outputs:
        """Make the perceiver, warm it up, advertise; return what is published."""
        raise NotImplementedError

    def withdraw(self) -> None:
        """Undo `prepare_to_perceive`, also when it stopped half-way."""
        raise NotImplementedError

    def perceive(self, picture: Picture, values: Values) -> Picture:
        """Compute and publish; return the picture with what later tasks can use."""
        raise NotImplementedError

    @property
    def outputs(self) -> Outputs | None:
        """What is published; None while the task is closed."""
        raise NotImplementedError

    @property
    def last_times(self) -> StageTimes | None:
        """Where the time of the last frame went."""
        raise NotImplementedError

    def listeners(self) -> int:
        """Count the subscribers of what takes an inference to make."""
        raise NotImplementedError

    def told(self, _values: Values) -> str:
        """Return the row of the bundle's prompt that is told; '' for what the bundle declares."""
        return ''

    def check(self, values: Values) -> None:
        """Raise `DiffpercError` when parameters cannot be followed. Must leave no trace."""

    def start(self, values: Values) -> None:
        """Begin to listen to other things than images."""

    def stop(self) -> None:
        """Undo `start`; may be called twice."""

    def refresh(self, values: Values, set_names: Sequence[str]) -> None:
        """Follow parameters between pictures; as `ImageNode.refresh`. Must not wait."""

    def wants_camera(self, _values: Values) -> bool:
        """Whether the task has a use for the camera of the image."""
        return True

    def uses_depth(self) -> bool:
        """Whether the task would do more for its listeners with the depth of the frame."""
        return False

    def doubts(self) -> list[str]:
        """Return reasons for a warning in the diagnostics."""
        return []

    def describe(self) -> dict[str, str]:
        """Return the task's keys of the diagnostics."""
        values: Any = self.node.parameters.values()
        if self.bundle is None or self.runtime is None:
            return {'model': str(values[self._model_parameter])}
        graph = self.bundle.manifest.input
        return {
            'hardware_id': self.runtime.device,
            'model': self.bundle.manifest.name,
            'model_hash': self.bundle.sha256,
            'backend': self.runtime.name,
            'backend_version': self.runtime.version,
            'precision': self.runtime.choice.precision,
            'engine_source': self.runtime.choice.engine_source,
            'engine_key': self.runtime.choice.engine_key or 'none',
            'self_test': self.runtime.choice.self_test,
            'network_size': f'{graph.width}x{graph.height}',
        }
