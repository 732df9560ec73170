# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`diffperc demo`: a first look at what comes out of a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffperc_ros.cli.console import message_console, progress_bar
from diffperc_ros.cli.options import (
    Bag,
    BundleName,
    CameraInfoTopic,
    DepthTopic,
    ImageTopic,
)


def demo(
    recording: Bag,
    output: Annotated[
        Path, typer.Option(help='Folder to write to; an earlier demo there is replaced.')
    ],
    bundle: BundleName = None,
    image_topic: ImageTopic = None,
    camera_info_topic: CameraInfoTopic = None,
    depth_topic: DepthTopic = None,
) -> None:
    """Compute depth for a recording, compare it with recorded depth, show it on a page.

    Writes a bag with the depth, all figures as JSON, and one page of HTML with pictures.
    """
    from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE, find_bundle
    from diffperc_ros.cli.evaluate import command_line
    from diffperc_ros.cli.tables import print_evaluation
    from diffperc_ros.evaluation.demo import DOCUMENT_NAME, PAGE_NAME, REPLAY_NAME, run_demo
    from diffperc_ros.evaluation.recording_source import TopicChoice

    topics = TopicChoice(image_topic, camera_info_topic, depth_topic)
    model = find_bundle(bundle or DEFAULT_DEPTH_BUNDLE)
    evaluation = run_demo(recording, output, model, topics, command_line(), progress_bar)
    print_evaluation(evaluation)
    console = message_console()
    if evaluation.depth is None:
        console.print(f'{recording} holds no recorded depth: pictures and latency only')
    for title, name in (('bag', REPLAY_NAME), ('figures', DOCUMENT_NAME), ('page', PAGE_NAME)):
        console.print(f'{title:8}{output / name}')
