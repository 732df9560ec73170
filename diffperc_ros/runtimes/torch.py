# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch: the reference for every engine, and the runtime of networks without an export."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import (
    BundleError,
    InferenceError,
    RuntimeUnavailableError,
    SettingError,
)
from diffperc_ros.runtimes.protocol import Arrays, check_inputs


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
    """

    name = 'torch'

    def __init__(self, bundle: Bundle, *, device: str = 'cpu', threads: int = 0) -> None:
        section = bundle.manifest.network
        if section is None:
            raise BundleError(
                f'{bundle.path}: this bundle carries graphs only, no network for PyTorch; '
                'use backend onnxruntime'
            )
        try:
            import torch

            from diffperc_ros.networks.factory import load
            from diffperc_ros.networks.graph import DepthGraph
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
        except SettingError as error:
            raise BundleError(f'{bundle.path}: {error}') from error
        self.version = str(torch.__version__)
        self.device = 'CPU' if device == 'cpu' else torch.cuda.get_device_name()
        self._torch = torch
        self._place = device
        self._graph: Any = DepthGraph(network).eval().to(device)
        size = bundle.manifest.input
        self._expected = {
            size.name: ((1, 3, size.height, size.width), np.dtype(np.uint8)),
        }
        self._output = bundle.depth.name

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the network once.

        Raises
        ------
        InferenceError : names, shapes or dtypes are not the graph's, or PyTorch failed.
        """
        if self._graph is None:
            raise InferenceError('this runtime was closed')
        problem = check_inputs(inputs, self._expected)
        if problem:
            raise InferenceError(problem)
        (image,) = inputs.values()
        try:
            with self._torch.inference_mode():
                depth = self._graph(self._torch.from_numpy(image).to(self._place))
        except RuntimeError as error:
            raise InferenceError(f'PyTorch failed: {error}') from error
        return {self._output: depth.cpu().numpy()}

    def close(self) -> None:
        """Free the network and its memory."""
        self._graph = None
