# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From phrases to what the graph is told, with the bundle's own tokenizer and text graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.errors import BundleError, CommandError, InferenceError
from diffperc_ros.runtimes.protocol import Runtime

MOST_PHRASES = 254
"""Mask values that are left for phrases."""


@dataclass(frozen=True, eq=False)
class Queries:
    """A set of phrases, ready to be looked for.

    Parameters
    ----------
    phrases : in the order of their mask values 1, 2, ...
    contexts : float32 (1, tokens, width) for each phrase.
    tokens : how many tokens each phrase took, special ones included.
    revision : rises with every change, so that an answer can say what it answers.
    """

    phrases: tuple[str, ...]
    contexts: tuple[NDArray[np.float32], ...]
    tokens: tuple[int, ...]
    revision: int


NOTHING = Queries((), (), (), 0)


class TextEncoder:
    """A query bundle's tokenizer and text graph.

    Parameters
    ----------
    bundle : for task query.
    runtime : the text graph loaded; owned by the caller.

    Raises
    ------
    BundleError : the bundle has no text encoder, or its tokenizer's file cannot be read.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime) -> None:
        self._section = bundle.text
        self._runtime = runtime
        file = bundle.file(self._section.tokenizer)
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises no narrower type
            raise BundleError(f'{file}: no tokenizer that can be read: {error}') from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    @property
    def limit(self) -> int:
        """Most tokens that a phrase may have."""
        return self._section.tokens

    def encode(self, phrases: Sequence[str], revision: int) -> Queries:
        """Prepare a set of phrases.

        Parameters
        ----------
        phrases : as `command.phrases_of` gives them.
        revision : of the set.

        Raises
        ------
        CommandError : a phrase is too long (with its number of tokens and the limit), holds
            something the tokenizer has no token for, or there are more phrases than mask values.
        InferenceError : the text graph failed.
        """
        tokens = self._tokens(phrases)
        contexts = tuple(self._context(ids) for ids in tokens)
        return Queries(tuple(phrases), contexts, tuple(len(ids) for ids in tokens), revision)

    def check(self, phrases: Sequence[str]) -> None:
        """Refuse what `encode` would refuse, without running the graph, from any thread.

        Raises
        ------
        CommandError : as `encode`.
        """
        self._tokens(phrases)

    def warm_up(self) -> NDArray[np.float32]:
        """Run the graph once, for no words, and return the context."""
        return self._context([])

    def _tokens(self, phrases: Sequence[str]) -> list[list[int]]:
        if len(phrases) > MOST_PHRASES:
            raise CommandError(f'{len(phrases)} phrases; a mask has room for {MOST_PHRASES}')
        return [self._ids(phrase) for phrase in phrases]

    def _context(self, ids: list[int]) -> NDArray[np.float32]:
        padded = np.zeros((1, self.limit), np.int64)
        padded[0, : len(ids)] = ids
        answer = self._runtime.run({'tokens': padded})
        if self._section.context not in answer:
            raise InferenceError(
                f"the text graph has no output '{self._section.context}'; it has {sorted(answer)}"
            )
        return np.asarray(answer[self._section.context], np.float32)

    def _ids(self, phrase: str) -> list[int]:
        encoding = self._tokenizer.encode(phrase)
        unknown = self._unknown_parts(phrase, encoding)
        if unknown:
            parts = ', '.join(f"'{part}'" for part in unknown)
            raise CommandError(f"'{phrase}': the model has no word for {parts}")
        if len(encoding.ids) > self.limit:
            raise CommandError(
                f"'{phrase[:60]}' has {len(encoding.ids)} tokens; the model reads "
                f'{self.limit}; say it shorter'
            )
        return list(encoding.ids)

    def _unknown_parts(self, phrase: str, encoding: object) -> list[str]:
        name = getattr(self._tokenizer.model, 'unk_token', None)
        tokens: list[str] = getattr(encoding, 'tokens', [])
        offsets: list[tuple[int, int]] = getattr(encoding, 'offsets', [])
        return [
            phrase[start:end]
            for token, (start, end) in zip(tokens, offsets, strict=True)
            if name is not None and token == name
        ]
