# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of a node as a table: declared with what they mean, refused when they cannot be.

A value that is given wrongly at the start does not stop the process: it is remembered, and
`configure` fails naming all of them.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from diffperc_ros.core.errors import DiffpercError, SettingError

Value = bool | int | float | str | list[int] | list[str]
Check = Callable[[Mapping[str, Any]], None]
Applied = Callable[[Sequence[str]], None]
QOS_PREFIX = 'qos_overrides.'


@dataclass(frozen=True)
class Setting:
    """One parameter.

    Parameters
    ----------
    name : of the parameter.
    default : also decides the type.
    meaning : one sentence, with the unit.
    between : smallest and largest value of a number.
    choices : what a string may be, or each of a list; empty for any.
    dynamic : whether it may be set while the node runs.
    items : type of what stands in a list.
    """

    name: str
    default: Value
    meaning: str
    between: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    dynamic: bool = False
    items: type = int

    def descriptor(self) -> ParameterDescriptor:
        """Return what `ros2 param describe` shows."""
        kind = 'dynamic' if self.dynamic else 'static: takes effect at the start of the node'
        descriptor = ParameterDescriptor(
            name=self.name, description=f'{self.meaning} ({kind})', read_only=not self.dynamic
        )
        if self.choices:
            descriptor.additional_constraints = f'one of: {", ".join(self.choices)}'
        if self.between is not None and isinstance(self.default, float):
            low, high = self.between
            descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
        elif self.between is not None:
            low, high = self.between
            descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high))]
        return descriptor

    def accepted(self, given: Any) -> Value:
        """Return a value as this parameter's type; an integer passes for a float.

        Raises
        ------
        SettingError : wrong type, outside the range, not among the choices, an empty list where
            the default is none.
        """
        if isinstance(self.default, list):
            return self._accepted_list(given)
        value: Value = self._as_meant(given)
        if type(value) is not type(self.default):
            raise SettingError(
                f"parameter '{self.name}' must be {_TYPE_NAMES[type(self.default)]}, not {value!r}"
            )
        if self.choices and value not in self.choices:
            raise SettingError(
                f"parameter '{self.name}' must be one of {', '.join(self.choices)}, not '{value}'"
            )
        if self.between is not None and isinstance(value, int | float):
            low, high = self.between
            if not (math.isfinite(value) and low <= value <= high):
                raise SettingError(
                    f"parameter '{self.name}' must be {low:g} to {high:g}, not {value}"
                )
        return value

    def _accepted_list(self, given: Any) -> Value:
        if given is None or given == []:  # YAML has no type for an empty list, so neither has ROS
            if self.default:
                raise SettingError(f"parameter '{self.name}' must not be empty")
            return []
        if type(given) is not list or not all(type(item) is self.items for item in given):
            kind = 'strings' if self.items is str else 'integers'
            raise SettingError(f"parameter '{self.name}' must be a list of {kind}, not {given!r}")
        for item in given:
            if self.choices and item not in self.choices:
                raise SettingError(
                    f"parameter '{self.name}' holds '{item}'; there are: {', '.join(self.choices)}"
                )
        return list(given)

    def _as_meant(self, given: Any) -> Any:
        """Return what was meant where ROS reads a value as another type than it is."""
        if isinstance(self.default, float) and type(given) is int:
            return float(given)
        if isinstance(self.default, str) and type(given) is float and not math.isfinite(given):
            return str(given)  # the words inf and nan, without quotes
        return given


_TYPE_NAMES: dict[type, str] = {
    bool: 'true or false',
    int: 'an integer',
    float: 'a number',
    str: 'a string',
}


class ParameterTable:
    """The parameters of one node: declared, watched, read.

    Parameters
    ----------
    node : declares them when this is made.
    settings : the table.
    check : given all values, raises `SettingError` when they do not go together or cannot be
        followed; asked before a set is accepted, so it must leave no trace.
    applied : told the names of what has been set, right after; never told on Humble.
    """

    def __init__(
        self, node: Node, settings: Iterable[Setting], check: Check, applied: Applied
    ) -> None:
        self._node = node
        self._settings = {setting.name: setting for setting in settings}
        self._check = check
        self._problems: list[str] = []
        for setting in self._settings.values():
            self._declare(setting)
        node.add_on_set_parameters_callback(self._judge)
        if hasattr(node, 'add_pre_set_parameters_callback'):  # Iron and later
            node.add_pre_set_parameters_callback(self._retyped)
            node.add_post_set_parameters_callback(lambda given: self._tell(applied, given))

    def values(self) -> dict[str, Any]:
        """Return the value of every parameter of the table."""
        return {name: _plain(self._node.get_parameter(name).value) for name in self._settings}

    def changed(self) -> dict[str, Any]:
        """Return the values that are not the defaults."""
        return {
            name: value
            for name, value in self.values().items()
            if value != self._settings[name].default
        }

    def problems(self, *, strict: bool) -> list[str]:
        """Return what is wrong with the values that the node was started with.

        Parameters
        ----------
        strict : whether a parameter nobody knows is a problem too.
        """
        return self._problems + (self.unknown() if strict else [])

    def unknown(self) -> list[str]:
        """Return a sentence for every override that no parameter of the node answers to."""
        names = [
            name
            for name in self._overrides()
            if not self._node.has_parameter(name) and not name.startswith(QOS_PREFIX)
        ]
        return [_did_you_mean(name, self._settings) for name in names]

    def unknown_qos_overrides(self) -> list[str]:
        """Return a sentence for every QoS override that no publisher or subscription answers to.

        To be asked when all of them have been made.
        """
        declared = [name for name in self._node._parameters if name.startswith(QOS_PREFIX)]
        names = [name for name in self._overrides() if name.startswith(QOS_PREFIX)]
        return [_did_you_mean(name, declared) for name in names if name not in declared]

    def _overrides(self) -> Mapping[str, Parameter[Any]]:
        # rclpy keeps what came in by file and command line, and shows it to nobody.
        return getattr(self._node, '_parameter_overrides', {})

    def _declare(self, setting: Setting) -> None:
        value = self._initial(setting)
        if value != []:
            descriptor = setting.descriptor()
            self._node.declare_parameter(setting.name, value, descriptor, ignore_override=True)
            return
        # An empty list does not tell its type; and what is read-only cannot be given it later.
        settable = replace(setting, dynamic=True).descriptor()
        self._node.declare_parameter(
            setting.name, Parameter.Type.STRING_ARRAY, settable, ignore_override=True
        )
        self._node.set_parameters([Parameter(setting.name, Parameter.Type.STRING_ARRAY, [])])
        descriptor = setting.descriptor()
        descriptor.type = Parameter.Type.STRING_ARRAY.value
        self._node.set_descriptor(setting.name, descriptor)

    def _initial(self, setting: Setting) -> Value:
        override = self._overrides().get(setting.name)
        if override is None:
            return setting.default
        try:
            return setting.accepted(_plain(override.value))
        except SettingError as error:
            self._problems.append(str(error))
            return setting.default

    def _tell(self, applied: Applied, parameters: list[Parameter[Any]]) -> None:
        # QoS overrides are parameters too, many of them, and declaring one counts as setting it.
        names = [parameter.name for parameter in parameters if parameter.name in self._settings]
        if names:
            applied(names)

    def _judge(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        known = [parameter for parameter in parameters if parameter.name in self._settings]
        if not known:
            return SetParametersResult(successful=True)
        try:
            values = self.values()
            for parameter in known:
                value = self._settings[parameter.name].accepted(_plain(parameter.value))
                values[parameter.name] = value
            self._check(values)
        except DiffpercError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _retyped(self, parameters: list[Parameter[Any]]) -> list[Parameter[Any]]:
        """Make floats of integers, and lists of strings of empty lists, where those are wanted."""

        def converted(parameter: Parameter[Any]) -> Parameter[Any]:
            setting = self._settings.get(parameter.name)
            if setting is None:
                return parameter
            if isinstance(setting.default, float) and type(parameter.value) is int:
                return Parameter(parameter.name, value=float(parameter.value))
            if setting.items is str and _plain(parameter.value) == []:
                return Parameter(parameter.name, Parameter.Type.STRING_ARRAY, [])
            return parameter

        return [converted(parameter) for parameter in parameters]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ''
    return f"there is no parameter '{name}'{hint}"
