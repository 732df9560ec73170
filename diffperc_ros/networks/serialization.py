# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Network configurations to and from plain JSON values, strict about every name and type."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from diffperc_ros.core.errors import SettingError
from diffperc_ros.networks.methods import METHODS, NetworkConfig


def to_dict(config: NetworkConfig) -> dict[str, Any]:
    """Return a configuration as nested dictionaries of JSON values, its method's name included."""
    return {'method': config.method, **asdict(config)}


def from_dict(values: Mapping[str, Any]) -> NetworkConfig:
    """Return the configuration that `to_dict` wrote; keys left out keep their defaults.

    Raises
    ------
    SettingError
        For an unknown method, an unknown key, or a value of the wrong type or range.
    """
    method = values.get('method')
    if not isinstance(method, str) or method not in METHODS:
        raise SettingError(f'network.method is {method!r}; known methods: {", ".join(METHODS)}')
    rest = {key: value for key, value in values.items() if key != 'method'}
    return cast(NetworkConfig, _read(METHODS[method], rest, 'network'))


def _read(expected: Any, value: Any, path: str) -> Any:
    origin = get_origin(expected)
    if is_dataclass(expected):
        return _read_dataclass(cast(type, expected), value, path)
    if origin in (Union, types.UnionType):
        return _read(_choose_by_kind(get_args(expected), value, path), value, path)
    if origin is tuple:
        return _read_tuple(get_args(expected), value, path)
    if origin is Literal:
        if value not in get_args(expected):
            raise SettingError(f'{path} is {value!r}; it can be {get_args(expected)}')
        return value
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not expected:
        raise SettingError(f'{path} is {value!r}; it must be of type {expected.__name__}')
    return value


def _read_dataclass(expected: type, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise SettingError(f'{path} is {value!r}; it must be a mapping of settings')
    hints = get_type_hints(expected)
    names = {field.name for field in fields(expected)}
    unknown = sorted(set(value) - names)
    if unknown:
        raise SettingError(
            f'{path} has no setting {", ".join(unknown)}; it has {", ".join(sorted(names))}'
        )
    return expected(
        **{name: _read(hints[name], item, f'{path}.{name}') for name, item in value.items()}
    )


def _choose_by_kind(choices: tuple[type, ...], value: Any, path: str) -> type:
    """Return the member of a union whose class attribute `kind` is the value's `kind`."""
    kind = value.get('kind') if isinstance(value, Mapping) else None
    by_kind = {cast(Any, choice).kind: choice for choice in choices}
    if kind not in by_kind:
        raise SettingError(f'{path}.kind is {kind!r}; it can be {", ".join(by_kind)}')
    return by_kind[kind]


def _read_tuple(element_types: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise SettingError(f'{path} is {value!r}; it must be a list')
    if element_types[-1] is Ellipsis:
        element_types = (element_types[0],) * len(value)
    if len(value) != len(element_types):
        raise SettingError(f'{path} has {len(value)} entries; it needs {len(element_types)}')
    return tuple(
        _read(expected, item, f'{path}[{index}]')
        for index, (expected, item) in enumerate(zip(element_types, value, strict=True))
    )
