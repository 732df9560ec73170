# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch: the reference for every engine, and the runtime of networks without an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.golden import output_name
from diffperc_ros.bundle.manifest import Manifest, Prompt
from diffperc_ros.core.errors import (
    BundleError,
    InferenceError,
    RuntimeUnavailableError,
    SettingError,
)
from diffperc_ros.runtimes.errors import first_line, inference_error
from diffperc_ros.runtimes.protocol import Arrays, check_inputs

if TYPE_CHECKING:
    from torch import nn

    from diffperc_ros.networks.graphs import ImageGraph


class TorchRuntime:
    """A bundle's network run by PyTorch, with the inputs and outputs of its graph.

    Parameters
    ----------
    bundle : must carry a `network`: configuration and safetensors weights.
    device : 'cpu' or 'cuda'.
    threads : CPU threads of one run, for this process; 0 leaves PyTorch's setting.

    Raises
    ------
    BundleError : the bundle carries no network, or its weights do not fit its configuration.
    RuntimeUnavailableError : PyTorch or diffusers is not installed, or the device is not there.

    Attributes
    ----------
    graph : the network in the form that is run; None once closed.
    """

    name = 'torch'

    def __init__(self, bundle: Bundle, *, device: str = 'cpu', threads: int = 0) -> None:
        section = bundle.manifest.network
        if section is None:
            raise BundleError(
                f'{bundle.path}: this bundle carries graphs only, no network for PyTorch; '
                'use backend onnxruntime, or export the bundle again with --keep-network'
            )
        try:
            import torch

            from diffperc_ros.networks.factory import load
            from diffperc_ros.networks.serialization import from_dict
        except ImportError as error:
            raise RuntimeUnavailableError(
                f'PyTorch or diffusers does not import ({error}); install the extra: '
                "pip install 'diffperc_ros[networks]'"
            ) from error
        if device not in ('cpu', 'cuda') or (device == 'cuda' and not torch.cuda.is_available()):
            raise RuntimeUnavailableError(f"PyTorch {torch.__version__} has no device '{device}'")
        if threads:
            torch.set_num_threads(threads)
        try:
            network = load(from_dict(section.configuration), bundle.file(section.file))
            graph = prompted_graph(network, bundle.manifest.prompt)
        except SettingError as error:
            raise BundleError(f'{bundle.path}: {error}') from error
        self.version = str(torch.__version__)
        self.device = 'CPU' if device == 'cpu' else torch.cuda.get_device_name()
        self._torch = torch
        self._place = device
        try:
            self.graph: ImageGraph | None = graph.to(device)
        except RuntimeError as error:
            torch.cuda.empty_cache()
            raise RuntimeUnavailableError(
                f'PyTorch cannot load the network: {first_line(error)}'
            ) from error
        size = bundle.manifest.input
        self._names = _input_names(bundle.manifest)
        self._expected = {
            self._names[name]: (tuple(example.shape), np.dtype(str(example.dtype)[6:]))
            for name, example in graph.example_inputs(size.width, size.height).items()
        }
        self._output = output_name(bundle)

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the network once.

        Raises
        ------
        OutOfMemoryError : memory did not suffice.
        InferenceError : names, shapes or dtypes are not the graph's, or PyTorch failed.
        """
        if self.graph is None:
            raise InferenceError('this runtime was closed')
        problem = check_inputs(inputs, self._expected)
        if problem:
            raise InferenceError(problem)
        arrays = {name: inputs[given] for name, given in self._names.items()}
        try:
            with self._torch.inference_mode():
                answer = self.graph(
                    **{
                        name: self._torch.from_numpy(array).to(self._place)
                        for name, array in arrays.items()
                    }
                )
            return {self._output: answer.cpu().numpy()}
        except (RuntimeError, MemoryError) as error:
            raise inference_error('PyTorch', error) from error

    def free_caches(self) -> None:
        """Give back the GPU's memory that PyTorch keeps for the next run."""
        if self._place == 'cuda':
            self._torch.cuda.empty_cache()

    def close(self) -> None:
        """Free the network and its memory."""
        self.graph = None
        self.free_caches()


def prompted_graph(network: nn.Module, prompt: Prompt | None) -> ImageGraph:
    """Return a network's graph with the prompt that a bundle declares; it takes the network over.

    Parameters
    ----------
    network : as `networks.factory.build` makes it.
    prompt : of the manifest. One that can be chosen is an input of the graph; another one is what
        the network is always told.

    Raises
    ------
    SettingError : the prompt does not fit the network.
    """
    from diffperc_ros.networks.graphs import classes_of, graph_of

    classes = classes_of(network)
    if classes is None:
        return graph_of(network)
    if prompt is None or (prompt.names and len(prompt.names) != classes):
        raise SettingError(
            f'the network knows {classes} scene classes, the prompt of the manifest '
            f'{len(prompt.names) if prompt else 0}'
        )
    if prompt.input:
        return graph_of(network)
    return graph_of(network, prompt.names.index(prompt.value) if prompt.value else classes)


def _input_names(manifest: Manifest) -> dict[str, str]:
    """Return the graph's own name of each input -> its name in the bundle."""
    names = {'image': manifest.input.name}
    if manifest.prompt and manifest.prompt.input:
        names['prompt'] = manifest.prompt.input
    if manifest.query:
        names['context'] = manifest.query.text.context if manifest.query.text else 'context'
    return names
