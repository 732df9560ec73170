# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Commands that need more than what is always installed."""

from __future__ import annotations

from importlib.util import find_spec

from diffperc_ros.core.errors import RuntimeUnavailableError


def need_networks(purpose: str) -> None:
    """Check that PyTorch and the libraries around it are installed.

    Parameters
    ----------
    purpose
        What needs them, as the message's subject.

    Raises
    ------
    RuntimeUnavailableError
        When one is missing; the message says how to install them.
    """
    libraries = ('torch', 'diffusers', 'transformers', 'safetensors')
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise RuntimeUnavailableError(
            f'{purpose} needs {", ".join(missing)}; '
            "install with: pip install 'diffperc_ros[networks]'"
        )
