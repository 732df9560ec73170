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
    CameraInfoTopic,
    DepthTopic,
    ExpressionsTopic,
    ImageTopic,
    InstancesTopic,
    LabelsTopic,
    Scene,
)


def demo(
    recording: Bag,
    output: Annotated[
        Path, typer.Option(help='Folder to write to; an earlier demo there is replaced.')
    ],
    bundle: Annotated[
        list[str] | None,
        typer.Option(
            help='Installed model, or path of a bundle; one for each task to be shown.',
            show_default='the small indoor ones',
        ),
    ] = None,
    phrase: Annotated[
        list[str] | None,
        typer.Option(
            help='What to look for; may be repeated.', show_default='two of the recording'
        ),
    ] = None,
    scene: Scene = '',
    image_topic: ImageTopic = None,
    camera_info_topic: CameraInfoTopic = None,
    depth_topic: DepthTopic = None,
    labels_topic: LabelsTopic = None,
    instances_topic: InstancesTopic = None,
    expressions_topic: ExpressionsTopic = None,
) -> None:
    """Compute depth, classes and phrases' objects for a recording, and show them on a page.

    Compares each with what the recording holds of it. Writes bags with the answers, all figures
    as JSON, and pages of HTML with pictures. A default model that is not installed is named.
    """
    from diffperc_ros.bundle.locate import DEFAULT_BUNDLES, find_bundle, installed_bundles
    from diffperc_ros.cli.evaluate import command_line
    from diffperc_ros.cli.task_tables import print_result
    from diffperc_ros.evaluation.demo import DOCUMENT_NAME, PAGE_NAME, REPLAY_NAME, run_demo
    from diffperc_ros.evaluation.sources.recording import TopicChoice

    console = message_console()
    topics = TopicChoice(
        image_topic,
        camera_info_topic,
        depth_topic,
        labels=labels_topic,
        instances=instances_topic,
        expressions=expressions_topic,
    )
    missing = {}
    if not bundle:
        installed = installed_bundles()
        bundle = [name for name in DEFAULT_BUNDLES.values() if name in installed]
        missing = {
            task: f"The default model for {task}, '{name}', is not installed here."
            for task, name in DEFAULT_BUNDLES.items()
            if name not in installed
        }
        bundle = bundle or [DEFAULT_BUNDLES['depth']]
    models = [find_bundle(name) for name in bundle]
    tasks = [model.manifest.task for model in models]
    if len(set(tasks)) < len(tasks):
        raise typer.BadParameter('give one bundle for each task', param_hint='--bundle')
    results = run_demo(
        recording,
        output,
        models,
        topics,
        command_line(),
        progress_bar,
        scene=scene,
        phrases=tuple(phrase or ()),
        missing=missing,
    )
    for result in results:
        print_result(result)
        if not result.document['frames']['truths']:
            console.print(f'{recording} holds no recorded {NOUNS[result.task]}: pictures only')
    for reason in missing.values():
        console.print(reason)
    for result in results:
        for title, name in (('bag', REPLAY_NAME), ('figures', DOCUMENT_NAME)):
            console.print(f'{title:8}{output / result.task / name}')
    console.print(f'{"page":8}{output / PAGE_NAME}')


NOUNS = {'depth': 'depth', 'segmentation': 'classes', 'query': 'objects with phrases'}
