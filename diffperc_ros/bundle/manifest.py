# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What `bundle.yaml` says: everything that is needed to run and to judge a model.

The manifest is the contract between whoever makes a model and whatever runs it, so that node,
replay, benchmark and evaluation never guess. A key nobody knows, or a value of a wrong type, is
refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FORMAT_VERSION = 1

Pixels = Annotated[int, Field(gt=0, le=16384)]
Metres = Annotated[float, Field(gt=0)]
Sha256 = Annotated[str, Field(pattern='^[0-9a-f]{64}$')]


class _Section(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True, strict=True)


class ImageInput(_Section):
    """The picture a graph takes: uint8 (1, 3, height, width); normalisation is in the graph."""

    name: str = 'image'
    width: Pixels
    height: Pixels
    colour: Literal['rgb'] = 'rgb'
    fit: Literal['letterbox', 'stretch'] = 'letterbox'
    """How an image of another shape is brought to this size."""
    padding: Annotated[int, Field(ge=0, le=255)] = 127
    """Value of the letterbox borders, all channels."""


class DepthOutput(_Section):
    """The depth a graph gives: float32 (1, 1, h, w), planar, over the whole input picture."""

    name: str = 'depth'
    kind: Literal['metric', 'relative']
    unit: Literal['m'] = 'm'
    min_depth: Metres
    max_depth: Metres
    focal_length: Annotated[float, Field(gt=0)] | None = None
    """Focal length in pixels at input width that the scale belongs to; None: enters no way.

    With it, real depth = output x (focal length of the picture as fed) / focal_length.
    """
    field_of_view: tuple[float, float] | None = None
    """Horizontal opening angles that were trained, degrees."""

    @model_validator(mode='after')
    def _ordered(self) -> DepthOutput:
        if self.min_depth >= self.max_depth:
            raise ValueError(f'min_depth {self.min_depth} is not below max_depth {self.max_depth}')
        return self


class Graph(_Section):
    """One runnable form of the model."""

    file: str
    dtype: Literal['float32', 'float16']
    """Type the arithmetic runs in."""
    storage_dtype: Literal['float32', 'float16'] = 'float32'
    """Type the weights are stored in; wider arithmetic casts them on loading."""
    opset: int
    passes: Annotated[int, Field(ge=1)] = 1
    """Forward passes of the network per picture."""


class Network(_Section):
    """The PyTorch form of the model: reference, and what further training starts from."""

    file: str
    configuration: dict[str, Any]


class Prompt(_Section):
    """What the U-Net is told when a frame says nothing else."""

    source: Literal['class_mean', 'class_name', 'learned']
    names: tuple[str, ...] = ()
    value: str | None = None


class DepthBaselines(_Section):
    """Answers that need no model, to judge the model by."""

    median_depth: Metres
    """Median depth of the training set, metres."""
    mean_map: str
    """File (.npy, float32 (h, w)): per-pixel mean depth of the training set over its focal length
    in image widths: depth = map x focal length / width."""


class Accuracy(_Section):
    """One measured figure with all that is needed to repeat it."""

    dataset: str
    protocol: str
    profile: str = 'realtime'
    frames: int
    metrics: dict[str, dict[str, float]]
    """alignment ('metric', 'median_scaled') -> metric -> value."""
    baselines: dict[str, dict[str, dict[str, float]]] = {}
    """baseline -> alignment -> metric -> value."""
    command: str


class Manifest(_Section):
    """All of `bundle.yaml`."""

    format: Literal[1]
    name: Annotated[str, Field(pattern='^[a-z0-9][a-z0-9._+-]*$')]
    task: Literal['depth']
    method: str
    licence: str
    description: str
    training: dict[str, str]
    """How the weights came to be: data, recipe, command."""
    input: ImageInput
    depth: DepthOutput
    prompt: Prompt
    graphs: Annotated[dict[str, Graph], Field(min_length=1)]
    """Profile ('realtime', 'paper') -> graph."""
    network: Network | None = None
    baselines: DepthBaselines | None = None
    accuracy: tuple[Accuracy, ...] = ()
    files: Annotated[dict[str, Sha256], Field(min_length=1)]
    """Every file of the bundle but this one -> sha256 of its bytes."""

    @model_validator(mode='after')
    def _names_listed_files(self) -> Manifest:
        named = [graph.file for graph in self.graphs.values()]
        named += [self.network.file] if self.network else []
        named += [self.baselines.mean_map] if self.baselines else []
        for name in named:
            if name not in self.files:
                raise ValueError(f"'{name}' is used but not listed under files")
        for name in self.files:
            if '/' in name or '\\' in name or name in {'', '.', '..'}:
                raise ValueError(f"'{name}' under files must be a plain file name")
        return self
