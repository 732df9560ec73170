# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What engines say when they fail: made fit for one line, and told apart where it matters."""

from __future__ import annotations

from diffperc_ros.core.errors import InferenceError, OutOfMemoryError

_WORDS_FOR_NO_MEMORY = (
    'out of memory',  # CUDA, TensorRT, PyTorch on a GPU
    'outofmemory',  # TensorRT's name of the error
    'failed to allocate memory',  # ONNX Runtime's arena
    "can't allocate memory",  # PyTorch on a CPU
    'bad allocation',  # C++, by its several names
    'bad_alloc',
    '_alloc_failed',  # cuBLAS, cuDNN
    'cudacachingallocator.cpp',  # PyTorch on a Jetson, whose driver lacks what it asks further
)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def speaks_of_memory(text: str) -> bool:
    """Whether an engine's message says that memory did not suffice."""
    lower = text.lower()
    return any(words in lower for words in _WORDS_FOR_NO_MEMORY)


def inference_error(engine: str, error: BaseException) -> InferenceError:
    """Return the error to raise for what an engine raised; engines have no type for no memory."""
    exhausted = isinstance(error, MemoryError) or speaks_of_memory(str(error))
    kind = OutOfMemoryError if exhausted else InferenceError
    return kind(f'{engine} failed: {first_line(error)}')
