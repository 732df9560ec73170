# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One thing that a camera node computes: its model, its topics, its part of the diagnostics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

import diffperc_ros
from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import find_bundle
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.image_node import ImageNode
from diffperc_ros.nodes.publishing.outputs import Outputs
from diffperc_ros.nodes.reporting.diagnostics import text
from diffperc_ros.nodes.settings.engine import engine_options
from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.perception.inference import Prepare, StageTimes, prompt_told
from diffperc_ros.runtimes.chosen import ChosenRuntime

OpenRuntime = Callable[..., ChosenRuntime]
JUDGED = {True: 'passed', False: 'failed', None: 'skipped'}
OutputsT = TypeVar('OutputsT', bound=Outputs)


class Task(ABC, Generic[OutputsT]):
    """What depth, segmentation and query nodes, and the node of all three, are made of.

    One model and one engine for all cameras of the node; topics for each camera.

    Parameters
    ----------
    node : whose topics and parameters are used.
    open_runtime : loads a bundle into an engine.
    model_parameter : parameter that names the bundle.
    prepare : brings a frame to what a graph takes.

    Attributes
    ----------
    outputs : camera -> what is published for it; empty while the task is closed.
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
        self.outputs: dict[str, OutputsT] = {}
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
        self.load(bundle, runtime, values)
        for camera in self.node.inputs:
            # A new dict each time: another thread may be looking through the one before.
            self.outputs = {**self.outputs, camera: self.advertise(camera, bundle, values)}
        self.opened(values)
        for doubt in self.doubts():
            self.node.get_logger().warning(doubt)
        self._publish_provenance(bundle, runtime, values)

    def rebuild(self, values: Values) -> str | None:
        """Build the engine again, check it, and load it in place of the one that runs.

        Returns
        -------
        Its key; None where the task's runtime needs no engine built.

        Raises
        ------
        DiffpercError : why not; the engine that was loaded stays.
        """
        bundle, runtime = self.bundle, self.runtime
        if bundle is None or runtime is None or runtime.choice.engine_source == 'none':
            return None
        # Only TensorRT builds engines; no other rung of the ladder is wanted in its place.
        options = replace(
            engine_options(values), backend='tensorrt', engine_policy='force_rebuild'
        )
        runtime.exchange(
            self._open_runtime(
                bundle, options, announce=self.node.announce, cancelled=self.node.cancelled
            )
        )
        self._publish_provenance(bundle, runtime, values)
        return runtime.choice.engine_key

    def close(self) -> None:
        """Withdraw the results and free the engine; also when `open` stopped half-way."""
        self.unload()
        withdrawn, self.outputs = self.outputs, {}
        for outputs in withdrawn.values():
            outputs.close()
        if self.runtime is not None:
            self.runtime.close()
        self.bundle = self.runtime = None

    @abstractmethod
    def load(self, bundle: Bundle, runtime: ChosenRuntime, values: Values) -> None:
        """Make the perceiver and warm it up."""

    @abstractmethod
    def advertise(self, camera: str, bundle: Bundle, values: Values) -> OutputsT:
        """Make the topics of a camera."""

    def opened(self, values: Values) -> None:
        """Publish what is known before the first picture; the topics have been made."""

    @abstractmethod
    def unload(self) -> None:
        """Undo `load`, also when it stopped half-way."""

    @abstractmethod
    def perceive(self, picture: Picture, values: Values) -> Picture:
        """Compute and publish; return the picture with what later tasks can use."""

    @property
    @abstractmethod
    def last_times(self) -> StageTimes | None:
        """Where the time of the last frame went."""

    def listeners(self, camera: str) -> int:
        """Count the subscribers of what takes an inference on a camera's images to make."""
        outputs = self.outputs.get(camera)
        return outputs.listeners() if outputs else 0

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

    def uses_depth(self, _camera: str) -> bool:
        """Whether the task would do more for a camera's listeners with the depth of the frame."""
        return False

    @property
    def uses_gpu(self) -> bool:
        """Whether the task's engine runs on the GPU."""
        return self.runtime is not None and self.runtime.choice.gpu_memory_mib is not None

    def doubts(self) -> list[str]:
        """Return reasons for a warning in the diagnostics."""
        return []

    def describe_camera(self, _camera: str) -> dict[str, str]:
        """Return the task's keys of the diagnostics that speak of one camera."""
        return {}

    def describe(self) -> dict[str, str]:
        """Return the task's keys of the diagnostics."""
        values: Any = self.node.parameters.values()
        if self.bundle is None or self.runtime is None:
            return {'model': str(values[self._model_parameter])}
        graph, choice = self.bundle.manifest.input, self.runtime.choice
        return {
            'hardware_id': self.runtime.device,
            'model': self.bundle.manifest.name,
            'model_hash': self.bundle.sha256,
            'backend': self.runtime.name,
            'backend_version': self.runtime.version,
            'trt_version': self.runtime.version if self.runtime.name == 'tensorrt' else 'none',
            'gpu_mem_mib': text(choice.gpu_memory_mib),
            'precision': choice.precision,
            'engine_source': choice.engine_source,
            'engine_key': choice.engine_key or 'none',
            'self_test': f'{JUDGED[choice.self_test_passed]}: {choice.self_test}',
            'network_size': f'{graph.width}x{graph.height}',
        }

    def _publish_provenance(self, bundle: Bundle, runtime: ChosenRuntime, values: Values) -> None:
        content = {
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
        }
        for outputs in self.outputs.values():
            outputs.publish_provenance(f'{self.name}/provenance', content)
