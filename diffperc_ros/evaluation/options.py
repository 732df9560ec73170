# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a user may choose about an evaluation, and the model that a replay was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import find_bundle, installed_bundles
from diffperc_ros.core.errors import EvaluationError
from diffperc_ros.evaluation.sources.recording import TopicChoice
from diffperc_ros.evaluation.sources.replayed_answers import ReplayedAnswers
from diffperc_ros.replay.tasks.open import Request
from diffperc_ros.runtimes.options import EngineOptions


@dataclass(frozen=True)
class EvaluationOptions:
    """What a user may choose about an evaluation.

    Parameters
    ----------
    topics : of the recording.
    engine : what to run a bundle with.
    request : what is asked of the bundle.
    cap : depth: deepest ground truth that counts, metres.
    label_map : segmentation: recorded class -> the model's class, or None to leave it out.
    tolerance_ms : how far apart stamps may be and still pair, milliseconds.
    max_frames : look at no more frames than this, spread evenly.
    truth_required : whether a recording without anything to compare with is an error.
    """

    topics: TopicChoice = field(default_factory=TopicChoice)
    engine: EngineOptions = field(default_factory=EngineOptions)
    request: Request = field(default_factory=Request)
    cap: float = 10.0
    label_map: Mapping[str, str | None] = field(default_factory=dict)
    tolerance_ms: float = 0.0
    max_frames: int | None = None
    truth_required: bool = True


def model_of_replay(
    predictor: ReplayedAnswers[Any], replay: Path, bundle: Bundle | None
) -> Bundle | None:
    """Return the model that a replay was made with, for its baselines.

    Parameters
    ----------
    predictor : the opened replay.
    replay : where it lies.
    bundle : the model if it was named; None: looked for by the name that the replay noted, and
        done without if it is not installed or was changed since.

    Raises
    ------
    EvaluationError : `bundle` is not the model that was replayed.
    """
    if bundle is None:
        return _installed(predictor)
    noted = predictor.bundle_sha256
    if noted not in (None, bundle.sha256):
        raise EvaluationError(
            f"{replay}: made with '{predictor.bundle_name}' (sha256 {noted}), not with "
            f"'{bundle.manifest.name}' (sha256 {bundle.sha256})"
        )
    return bundle


def noted_prompt(run: Mapping[str, Any]) -> str:
    """Return in words what run.json says the network was told."""
    return prompt_in_words(run['prompt']) if 'prompt' in run else 'not known'


def prompt_in_words(told: Mapping[str, Any] | None) -> str:
    """Return in words what `prompt_told` says the network was told."""
    if told is None:
        return 'none'
    return f'{told["source"]} ({told["value"]})' if 'value' in told else str(told['source'])


def _installed(predictor: ReplayedAnswers[Any]) -> Bundle | None:
    if predictor.bundle_name not in installed_bundles():
        return None
    bundle = find_bundle(predictor.bundle_name)
    return bundle if bundle.sha256 == predictor.bundle_sha256 else None
