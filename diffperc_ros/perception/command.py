# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a language command to the phrases that are looked for.

A command is a list of phrases separated by semicolons or line ends. A comma separates nothing: it
may stand inside a phrase. Each phrase loses what speaks of the robot rather than of the object
("please go to the red chair" asks for "the red chair"), by the words listed here and no others.
"""

from __future__ import annotations

import re
import unicodedata

from diffperc_ros.core.errors import CommandError

LONGEST_COMMAND = 4096

ADDRESSES = (
    'please', 'now', 'then', 'robot', 'hey', 'hey robot', 'ok', 'okay', 'ok robot', 'okay robot',
    'can you', 'could you', 'would you', 'will you', 'i want you to', 'i need you to',
)  # fmt: skip
"""What may stand before the order."""

ORDERS = (
    'go', 'go to', 'go over to', 'go back to', 'go near', 'go towards', 'drive to',
    'drive towards', 'move to', 'move towards', 'walk to', 'head to', 'head for', 'navigate to',
    'come to', 'return to', 'approach', 'stop at', 'stop in front of', 'wait at', 'avoid',
    'find', 'find me', 'locate', 'look for', 'search for', 'look at', 'point at', 'point to',
    'show', 'show me', 'detect', 'segment', 'highlight', 'select', 'inspect', 'follow', 'track',
    'pick', 'pick up', 'grab', 'grasp', 'take', 'get', 'get me', 'fetch', 'fetch me', 'bring',
    'bring me', 'give me', 'hand me', 'touch', 'where is', "where's", 'where are', 'is there',
    'are there', 'do you see', 'see', 'i want', 'i need',
)  # fmt: skip
"""What may stand before the object. The longest that fits is taken away, once."""

_CLOSINGS = re.compile(r'(?:[\s.!?,]|\bplease)+$')


def _prefix(phrases: tuple[str, ...]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return '|'.join(re.escape(phrase).replace(r'\ ', r'\s+') for phrase in longest_first)


_OPENINGS = re.compile(rf'^(?:(?:{_prefix(ADDRESSES)})[\s,]+)*(?:(?:{_prefix(ORDERS)})(?:\s+|$))?')


def phrases_of(command: str, max_phrases: int) -> tuple[str, ...]:
    """Return the phrases a command asks for, normalised, without repetition, in order.

    Unicode is normalised (NFKC), letters are folded to lower case, control characters become
    spaces, runs of spaces one. An empty command gives no phrases: it clears the query.

    Parameters
    ----------
    command : phrases separated by semicolons or line ends.
    max_phrases : most that are looked for at a time.

    Raises
    ------
    CommandError : a phrase names no object, there are too many, or the command is far too long.
        The command counts as a whole: nothing is cut.
    """
    if len(command) > LONGEST_COMMAND:
        raise CommandError(
            f'the command has {len(command)} characters; more than {LONGEST_COMMAND} are not read'
        )
    parts = [normalised(part) for part in re.split(r'[;\r\n]', command)]
    found = [object_of(part) for part in parts if part]
    phrases = tuple(dict.fromkeys(found))
    if len(phrases) > max_phrases:
        raise CommandError(
            f'{len(phrases)} phrases; at most {max_phrases} are looked for at a time '
            '(parameter max_phrases)'
        )
    return phrases


def normalised(text: str) -> str:
    """Return text in NFKC, lower case, without control characters and superfluous spaces."""
    folded = unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', text).casefold())
    # Cc: control, Cf: invisible formatting such as zero-width joiners and marks of direction.
    visible = (' ' if unicodedata.category(c) in ('Cc', 'Cf') else c for c in folded)
    return ' '.join(''.join(visible).split())


def object_of(phrase: str) -> str:
    """Return a normalised phrase without the words that speak of the robot.

    Raises
    ------
    CommandError : nothing but such words and signs.
    """
    rest = _OPENINGS.sub('', _CLOSINGS.sub('', phrase)).strip(' ,')
    if not any(character.isalnum() for character in rest):
        raise CommandError(f"'{phrase}' names no object; say for example 'the red chair'")
    return rest
