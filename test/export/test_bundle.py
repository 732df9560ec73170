# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a bundle with a network to a bundle with graphs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import pytest
import torch
from checkpoints.text_encoder import write_text_encoder
from support.every_network import CONFIGS, exported, randomise

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.golden import load_golden
from diffperc_ros.bundle.write import write_bundle
from diffperc_ros.core.errors import BundleError, OutputError, SettingError
from diffperc_ros.export import forms as forms_module
from diffperc_ros.export.bundle import ExportSettings, export_bundle
from diffperc_ros.export.forms import FormSettings
from diffperc_ros.networks.configuration import SentencePromptConfig, VPDReferringConfig
from diffperc_ros.networks.factory import build, save
from diffperc_ros.networks.methods import NetworkConfig
from diffperc_ros.networks.serialization import to_dict
from diffperc_ros.perception.text import TextEncoder
from diffperc_ros.runtimes.golden_check import check_golden
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.torch import TorchRuntime

ROOMS = ['room', 'low', 'tabletop', 'bin', 'corridor']
DEPTH = {'kind': 'metric', 'min_depth': 0.1, 'max_depth': 20.0, 'focal_length': 100.0}
ACCURACY = {
    'dataset': 'none',
    'protocol': 'none',
    'frames': 1,
    'metrics': {'metric': {'abs_rel': 1.0}},
    'command': 'none',
}


def write_network(path: Path, config: NetworkConfig, **changes: Any) -> Bundle:
    """Write a bundle that holds a network and no graph."""
    network = randomise(build(config))
    content = {
        'format': 1,
        'name': 'small',
        'method': 'test',
        'licence': 'Apache-2.0',
        'description': 'for tests',
        'training': {'data': 'none'},
        'input': {'width': 128, 'height': 64},
        'network': {'file': 'network.safetensors', 'configuration': to_dict(config)},
        **changes,
    }

    def write_files(folder: Path) -> None:
        save(network, folder / 'network.safetensors')
        (folder / 'notes.txt').write_text('carried over')

    return write_bundle(path, content, write_files)


def write_depth_network(path: Path, **changes: Any) -> Bundle:
    prompt = {'source': 'class_mean', 'names': ROOMS}
    return write_network(
        path,
        CONFIGS['vpd_depth'],
        **{'task': 'depth', 'depth': DEPTH, 'prompt': prompt, 'accuracy': [ACCURACY], **changes},
    )


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_depth_network(tmp_path_factory.mktemp('source') / 'depth')


@pytest.fixture
def pictures() -> list[Any]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(2)]


def test_a_depth_network_becomes_graphs(
    source: Bundle, pictures: list[Any], tmp_path: Path
) -> None:
    settings = ExportSettings(
        FormSettings(192, 128, ('fp16', 'fp32'), opset_17=True, one_file=0), keep_network=True
    )
    bundle = export_bundle(source, tmp_path / 'depth', settings, pictures)
    graph = bundle.graph('realtime')
    assert [(form.dtype, form.opset) for form in graph.forms] == [
        ('float32', 18),
        ('float32', 17),
        ('float16', 18),
        ('float16', 17),
    ]
    assert graph.forms[0].data == graph.forms[1].data == ('realtime.fp32.onnx.data',)
    assert set(graph.forms[2].data) <= set(bundle.manifest.files)
    assert bundle.manifest.prompt
    assert bundle.manifest.prompt.input == 'prompt'
    # Another size: the focal length is in pixels, and what was measured no longer holds.
    assert bundle.depth.focal_length == pytest.approx(150.0)
    assert bundle.manifest.accuracy == ()
    assert bundle.file('notes.txt').read_text() == 'carried over'

    samples = load_golden(bundle)
    assert [int(sample.inputs['prompt'][0]) for sample in samples] == [len(ROOMS), 0]
    reference = TorchRuntime(bundle)
    for sample in samples:
        np.testing.assert_allclose(
            reference.run(sample.inputs)['depth'], sample.outputs['depth'], rtol=1e-6
        )
    for form in graph.forms:
        runtime = OnnxRuntime(bundle.file(form.file))
        verdict = check_golden(runtime, bundle, form.dtype)
        assert verdict.passed, verdict.text


def test_a_query_network_takes_its_text_encoder_along(pictures: list[Any], tmp_path: Path) -> None:
    referring = CONFIGS['vpd_referring']
    assert isinstance(referring, VPDReferringConfig)
    backbone = replace(
        referring.backbone, unet=replace(referring.backbone.unet, cross_attention_dim=16)
    )
    config = replace(referring, backbone=backbone, prompt=SentencePromptConfig(tokens=24))
    source = write_network(tmp_path / 'source', config, task='query', query={})
    settings = ExportSettings(FormSettings(128, 64))
    with pytest.raises(SettingError, match='--text-encoder'):
        export_bundle(source, tmp_path / 'query', settings, pictures)
    settings = replace(settings, text_encoder=write_text_encoder(tmp_path / 'clip'))
    bundle = export_bundle(source, tmp_path / 'query', settings, pictures)
    assert bundle.manifest.network is None
    encoder = TextEncoder(bundle, OnnxRuntime(bundle.file(bundle.text.graph)))
    queries = encoder.encode(['the chair'], 1)
    assert queries.contexts[0].shape == (1, 24, 16)
    np.testing.assert_array_equal(queries.contexts[0], load_golden(bundle)[0].inputs['context'])


def test_without_a_network_there_is_nothing_to_export(
    brightness_bundle: Bundle, pictures: list[Any], tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match='carries no network'):
        export_bundle(
            brightness_bundle, tmp_path / 'x', ExportSettings(FormSettings(64, 64)), pictures
        )


def test_what_exists_stays(source: Bundle, pictures: list[Any], tmp_path: Path) -> None:
    (tmp_path / 'there').mkdir()
    with pytest.raises(OutputError, match='exists already'):
        export_bundle(source, tmp_path / 'there', ExportSettings(FormSettings(64, 64)), pictures)


def test_a_network_that_is_not_the_manifests_is_refused(
    pictures: list[Any], tmp_path: Path
) -> None:
    source = write_depth_network(
        tmp_path / 'source', prompt={'source': 'class_mean', 'names': ROOMS[:3]}
    )
    with pytest.raises(BundleError, match='5 scene classes'):
        export_bundle(source, tmp_path / 'x', ExportSettings(FormSettings(128, 64)), pictures)


def test_a_graph_that_answers_wrongly_is_never_written(
    source: Bundle, pictures: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ir.load(exported('vpd_depth'))
    weight = model.graph.initializers['network.head.last_layer.2.weight']
    assert weight.const_value is not None
    weight.const_value = ir.tensor(-weight.const_value.numpy(), name=weight.name)
    monkeypatch.setattr(forms_module, 'export_graph', lambda *_given: model)
    with pytest.raises(OutputError, match=r'realtime\.fp32\.onnx differs from PyTorch'):
        export_bundle(source, tmp_path / 'x', ExportSettings(FormSettings(128, 64)), pictures)
    assert list(tmp_path.iterdir()) == []


def test_activations_beyond_half_precision_are_refused(
    pictures: list[Any], tmp_path: Path
) -> None:
    config = CONFIGS['vpd_depth']
    network = randomise(build(config))
    with torch.no_grad():
        network.head.aggregation.out_layer[1].weight.mul_(1e6)  # type: ignore[union-attr, index]
    source = write_depth_network(tmp_path / 'source')
    save(network, source.file('network.safetensors'))
    settings = ExportSettings(FormSettings(128, 64, ('fp16',)))
    with pytest.raises(OutputError, match=r'head.* half precision ends at 65504'):
        export_bundle(source, tmp_path / 'x', settings, pictures)
