# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phrases about a recording and the instances they mean, as JSON.

    {"expressions": [
        {"phrase": "the red chair", "instances": [3]},
        {"phrase": "the green sofa", "instances": []},
        {"phrase": "the chair on the left", "instances": [5], "stamps_ns": [1700000000000000000]}
    ]}

Instances are values of the instance mask. One without instances names something that is nowhere.
With stamps an expression holds for the masks of these stamps alone, otherwise for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from diffperc_ros.core.errors import CommandError, RecordingError
from diffperc_ros.perception.command import normalised, object_of

InstanceId = Annotated[int, Field(ge=1, le=65535)]


class Expression(BaseModel):
    """One phrase, read as a command to the node would be, and what it means."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    phrase: str
    instances: tuple[InstanceId, ...]
    stamps_ns: tuple[int, ...] | None = None

    @field_validator('phrase')
    @classmethod
    def _names_an_object(cls, phrase: str) -> str:
        try:
            return object_of(normalised(phrase))
        except CommandError as error:
            raise ValueError(str(error)) from error

    def holds(self, stamp_ns: int, tolerance_ns: int = 0) -> bool:
        """Whether the expression is about the image stamped so."""
        if self.stamps_ns is None:
            return True
        return any(abs(stamp - stamp_ns) <= tolerance_ns for stamp in self.stamps_ns)


class _Content(BaseModel):
    model_config = ConfigDict(extra='forbid')

    expressions: Annotated[tuple[Expression, ...], Field(min_length=1)]


def read_expressions(text: str | bytes, where: str) -> tuple[Expression, ...]:
    """Return the expressions of a JSON text.

    Parameters
    ----------
    text : as described above.
    where : file or topic, named in the error.

    Raises
    ------
    RecordingError : the text is not such JSON; names the field.
    """
    try:
        return _Content.model_validate_json(text).expressions
    except ValidationError as error:
        problems = '; '.join(
            f'{".".join(str(part) for part in problem["loc"]) or "content"}: {problem["msg"]}'
            for problem in error.errors()
        )
        raise RecordingError(f'{where}: {problems}') from error


def expressions_text(expressions: Sequence[Expression]) -> str:
    """Return expressions as JSON that `read_expressions` reads."""
    return _Content(expressions=tuple(expressions)).model_dump_json(exclude_none=True)
