# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a bundle with a network to a bundle with graphs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.golden import save_golden
from diffperc_ros.bundle.manifest import ImageInput, Manifest, Network, Prompt, TextInput
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.errors import BundleError, OutputError, SettingError
from diffperc_ros.export.forms import FormSettings, write_forms
from diffperc_ros.export.golden import (
    GOLDEN_FILE,
    TOLERANCES,
    every_prompt_once,
    golden_samples,
)
from diffperc_ros.export.pictures import Picture
from diffperc_ros.export.text import write_text
from diffperc_ros.networks.factory import load
from diffperc_ros.networks.graphs import ImageGraph
from diffperc_ros.networks.serialization import from_dict
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.torch import prompted_graph

PHRASES = ('the chair', 'the table on the left')
"""What query graphs are compared on; their words are in every vocabulary."""


@dataclass(frozen=True)
class ExportSettings:
    """What becomes of a bundle's network.

    Parameters
    ----------
    forms : size, precisions and opsets.
    profile : name of the graph.
    keep_network : whether the new bundle carries the network too.
    text_encoder : folder of a CLIP text encoder in the form of the transformers library, for a
        query bundle that has no text graph yet.
    """

    forms: FormSettings
    profile: str = 'realtime'
    keep_network: bool = False
    text_encoder: Path | None = None


def export_bundle(
    source: Bundle,
    output: Path,
    settings: ExportSettings,
    pictures: Sequence[Picture],
    say: Callable[[str], None] = lambda _line: None,
) -> Bundle:
    """Write a bundle whose graphs were made of another bundle's network.

    Graphs that the source has are not carried over: they may be those of other weights.

    Parameters
    ----------
    source : carries a network.
    output : folder to make.
    settings : what is made.
    pictures : uint8 (height, width, 3) RGB, two or more; every graph is compared with PyTorch on
        them, and they become the golden inputs.
    say : called with a line about each step.

    Raises
    ------
    BundleError : no network, or one that does not fit its manifest.
    OutputError : `output` exists, or a graph's answers differ from PyTorch's. Nothing is written.
    SettingError : settings that do not fit the network.
    """
    network = source.manifest.network
    if network is None:
        raise BundleError(
            f'{source.path}: this bundle carries no network to export; import or train one, or '
            'export it again with --keep-network'
        )
    if output.exists():
        raise OutputError(f'{output}: exists already; give another folder or remove it first')
    manifest = _manifest(source.manifest, settings)
    graph = _load(source, network, manifest)

    def write_files(folder: Path) -> None:
        _copy(source, manifest, folder)
        shape = getattr(graph, 'context_shape', None)
        if shape is not None and settings.text_encoder is not None:
            say('exporting the text encoder')
            manifest['query']['text'] = write_text(settings.text_encoder, folder, *shape[1:])
        say('asking PyTorch')
        told = every_prompt_once(graph) if shape is None else _contexts(source, manifest, folder)
        wanted = ImageInput.model_validate(manifest['input'], strict=False)
        samples = golden_samples(graph, pictures, wanted, told)
        save_golden(folder / GOLDEN_FILE, samples)
        manifest['graphs'] = {
            settings.profile: write_forms(
                graph, folder, settings.profile, settings.forms, samples, say
            )
        }

    return write_bundle(output, manifest, write_files)


def _manifest(source: Manifest, settings: ExportSettings) -> dict[str, Any]:
    """Return the new bundle's manifest, still without graphs."""
    manifest = source.model_dump(mode='json', exclude_defaults=True, exclude={'files', 'graphs'})
    width, height = settings.forms.width, settings.forms.height
    if (width, height) != (source.input.width, source.input.height):
        # What was measured was measured at the other size.
        manifest.pop('accuracy', None)
        if source.depth and source.depth.focal_length:
            manifest['depth']['focal_length'] *= width / source.input.width
    manifest['input'] = {
        **source.input.model_dump(mode='json', exclude_defaults=True, exclude={'name'}),
        'width': width,
        'height': height,
    }
    manifest[source.task].pop('name', None)
    if source.prompt and source.prompt.source in ('class_mean', 'class_name'):
        manifest['prompt'].pop('input', None)
        if source.prompt.names:
            manifest['prompt']['input'] = 'prompt'
    manifest['golden'] = {'file': GOLDEN_FILE, 'tolerance': TOLERANCES}
    if not settings.keep_network:
        manifest.pop('network', None)
    if source.query and source.query.text is None and settings.text_encoder is None:
        raise SettingError(
            'this bundle reads no phrases yet; give the folder of its CLIP text encoder with '
            '--text-encoder'
        )
    return manifest


def _load(source: Bundle, network: Network, manifest: dict[str, Any]) -> ImageGraph:
    """Return the graph of a bundle's network in the form that the new manifest describes."""
    prompt = manifest.get('prompt')
    try:
        module = load(from_dict(network.configuration), source.file(network.file))
        return prompted_graph(
            module, Prompt.model_validate(prompt, strict=False) if prompt else None
        )
    except SettingError as error:
        raise BundleError(f'{source.path}: {error}') from error


def _copy(source: Bundle, manifest: dict[str, Any], folder: Path) -> None:
    """Copy what is neither graph, golden answer nor, unless it is kept, network."""
    old = source.manifest
    left = {
        name
        for graph in old.graphs.values()
        for form in graph.forms
        for name in (form.file, *form.data)
    }
    left |= {old.golden.file} if old.golden else set()
    left |= {old.network.file} if old.network and 'network' not in manifest else set()
    for name in old.files:
        if name not in left:
            shutil.copyfile(source.file(name), folder / name)


def _contexts(source: Bundle, manifest: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Return what the graph is told for each of some phrases, from the text graph in `folder`."""
    text = TextInput.model_validate(manifest['query']['text'], strict=False)
    query = source.query.model_copy(update={'text': text})
    unfinished = Bundle(folder, source.manifest.model_copy(update={'query': query}), '')
    runtime = OnnxRuntime(folder / text.graph)
    try:
        queries = TextEncoder(unfinished, runtime).encode(PHRASES, 0)
    finally:
        runtime.close()
    return [{'context': context} for context in queries.contexts]
