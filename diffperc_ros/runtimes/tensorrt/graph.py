# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A CUDA graph: queued work that is recorded once and launched as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diffperc_ros.runtimes.tensorrt.cuda import call, release


class CudaGraph:
    """Work on a stream, recorded.

    Parameters
    ----------
    cuda : from `import_cuda`.
    stream : not the default one. What `enqueue` does must have run on it once before.
    enqueue : queues the work; must neither wait nor allocate.

    Raises
    ------
    InferenceError : the work cannot be recorded; the stream is usable as before.
    """

    def __init__(self, cuda: Any, stream: Any, enqueue: Callable[[], None]) -> None:
        self._cuda, self._stream = cuda, stream
        mode = cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        call(cuda, 'cudaStreamBeginCapture', stream, mode)
        try:
            enqueue()
        finally:
            # Also after a failure: a stream that still records refuses all other work.
            graph = call(cuda, 'cudaStreamEndCapture', stream)
        try:
            # The one way to instantiate that has the same arguments in CUDA 11, 12 and 13.
            self._executable = call(cuda, 'cudaGraphInstantiateWithFlags', graph, 0)
        finally:
            release(cuda, 'cudaGraphDestroy', graph)

    def launch(self) -> None:
        """Queue the recorded work."""
        call(self._cuda, 'cudaGraphLaunch', self._executable, self._stream)

    def close(self) -> None:
        """Free the recording."""
        if self._executable is not None:
            release(self._cuda, 'cudaGraphExecDestroy', self._executable)
            self._executable = None
