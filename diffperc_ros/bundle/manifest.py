# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What `bundle.yaml` says: everything that is needed to run and to judge a model.

The manifest is the contract between whoever makes a model and whatever runs it, so that node,
replay, benchmark and evaluation never guess. A key nobody knows, or a value of a wrong type, is
refused.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

FORMAT_VERSION = 1

Pixels = Annotated[int, Field(gt=0, le=16384)]
Metres = Annotated[float, Field(gt=0)]
Task: TypeAlias = Literal['depth', 'segmentation', 'query', 'pose']
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


class SegmentationOutput(_Section):
    """The class scores a graph gives: float32 (1, classes, h, w), over the whole input picture."""

    name: str = 'logits'
    labels: str
    """File (.yaml): a list of `{name, colour: [r, g, b]}` in the order of the channels."""


class TextInput(_Section):
    """How a phrase becomes the graph's `context`."""

    tokenizer: str
    """File (tokenizer.json of the tokenizers library)."""
    graph: str
    """File (.onnx): `tokens` int64 (1, tokens), padded with 0, to `context` float32."""
    tokens: Annotated[int, Field(ge=1)]
    """Tokens of every phrase, special and padding ones included."""
    context: str = 'context'
    """Name of the image graph's input that takes the text graph's answer."""


class QueryOutput(_Section):
    """The score of a phrase's object: float32 (1, 1, h, w) logits, over the whole input picture.

    The logit is that of the object minus that of the background: its sigmoid is a probability.
    """

    name: str = 'logits'
    text: TextInput | None = None
    """None in a bundle that only holds a network."""
    mask_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Probability from which a pixel belongs to the object."""
    score_threshold: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Score (mean probability of an instance's surest pixels) from which it is an answer."""


class PoseOutput(_Section):
    """Heat maps of keypoints: float32 (1, keypoints, h, w), over the whole input picture."""

    name: str = 'heatmaps'
    keypoints: Annotated[tuple[str, ...], Field(min_length=1)]


class GraphFile(_Section):
    """A graph in one precision and opset."""

    file: str
    data: tuple[str, ...] = ()
    """Files that hold its weights where they do not fit into the graph's own file."""
    dtype: Literal['float32', 'float16']
    """Type the arithmetic runs in."""
    storage_dtype: Literal['float32', 'float16', 'int8'] = 'float32'
    """Narrowest type the weights are stored in; the graph widens them, engines on loading it."""
    opset: int


class Graph(GraphFile):
    """One runnable form of the model."""

    passes: Annotated[int, Field(ge=1)] = 1
    """Forward passes of the network per picture."""
    alternatives: tuple[GraphFile, ...] = ()
    """The same graph in other precisions and opsets (17 for TensorRT 8.6)."""

    @property
    def forms(self) -> tuple[GraphFile, ...]:
        """The graph itself, then its alternatives."""
        return (self, *self.alternatives)


class Tolerance(_Section):
    """How far an engine's answer may lie from the reference.

    Both are taken over all finite values of one output: the 99th percentile of
    |answer - reference| over the reference's spread (its 1st to 99th percentile), and Spearman's
    rank correlation.
    """

    relative_error: Annotated[float, Field(gt=0)]
    rank_correlation: Annotated[float, Field(gt=0, le=1)]


class Golden(_Section):
    """Inputs with the answers of the PyTorch network at float32, to check any engine against."""

    file: str
    """File (.npz): '0/<input name>', '0/<output name>', '1/<input name>', ... at least two."""
    tolerance: Annotated[dict[Literal['float32', 'float16', 'bfloat16'], Tolerance], Field()]
    """Type the arithmetic runs in -> what is allowed."""


class Network(_Section):
    """The PyTorch form of the model: reference, and what further training starts from."""

    file: str
    configuration: dict[str, Any]


class Prompt(_Section):
    """What the U-Net is told when a frame says nothing else."""

    source: Literal['class_mean', 'class_name', 'all_classes', 'learned']
    """One token: the mean of the table's rows, or one of them. All its rows, a token each. Or
    vectors that belong to the weights."""
    names: tuple[str, ...] = ()
    """The rows of the prompt's table, such as room types."""
    value: str | None = None
    """Name of the row that is told, where the source is 'class_name'."""
    input: str | None = None
    """Name of the graph's input int32 (1,) that chooses: a row, or len(names) for the mean of all.

    None: the prompt is part of the graph.
    """

    @model_validator(mode='after')
    def _choosable(self) -> Prompt:
        if self.input is not None and not self.names:
            raise ValueError('a prompt that can be chosen needs names')
        if (self.source == 'class_name') != (self.value is not None):
            raise ValueError("value stands beside source 'class_name', and only there")
        if self.value is not None and self.value not in self.names:
            raise ValueError(f"'{self.value}' is none of the names")
        return self


class DepthBaselines(_Section):
    """Answers that need no model, to judge the model by."""

    task: ClassVar[Task] = 'depth'
    median_depth: Metres
    """Median depth of the training set, metres."""
    mean_map: str
    """File (.npy, float32 (h, w)): per-pixel mean depth of the training set over its focal length
    in image widths: depth = map x focal length / width."""

    @property
    def file(self) -> str:
        """The file that the baselines need."""
        return self.mean_map


class SegmentationBaselines(_Section):
    """An answer that needs no model: the most frequent class of every place in the picture."""

    task: ClassVar[Task] = 'segmentation'
    majority_map: str
    """File (.npy, uint8 (h, w)): channel of the training set's most frequent class there."""

    @property
    def file(self) -> str:
        """The file that the baseline needs."""
        return self.majority_map


class QueryBaselines(_Section):
    """An answer that needs no model: the place where objects of the training set mostly are."""

    task: ClassVar[Task] = 'query'
    mean_mask: str
    """File (.npy, float32 (h, w)): share of the training set's phrases whose object is there."""
    threshold: Annotated[float, Field(gt=0, lt=1)]
    """Share from which a place belongs to the answer: the best one for the training set."""

    @property
    def file(self) -> str:
        """The file that the baseline needs."""
        return self.mean_mask


class Accuracy(_Section):
    """One measured figure with all that is needed to repeat it."""

    dataset: str
    protocol: str
    profile: str = 'realtime'
    frames: int
    metrics: dict[str, dict[str, float]]
    """group -> metric -> value; depth's groups are the alignments 'metric' and 'median_scaled'."""
    baselines: dict[str, dict[str, dict[str, float]]] = {}
    """baseline -> group -> metric -> value."""
    command: str


class Manifest(_Section):
    """All of `bundle.yaml`."""

    format: Literal[1]
    name: Annotated[str, Field(pattern='^[a-z0-9][a-z0-9._+-]*$')]
    task: Task
    method: str
    licence: str
    description: str
    training: dict[str, str]
    """How the weights came to be: data, recipe, command."""
    input: ImageInput
    depth: DepthOutput | None = None
    segmentation: SegmentationOutput | None = None
    query: QueryOutput | None = None
    pose: PoseOutput | None = None
    """The section with the task's name is there, the others are not."""
    prompt: Prompt | None = None
    """None where the picture's prompt is a phrase or the picture itself."""
    graphs: dict[str, Graph] = {}
    """Profile ('realtime', 'paper') -> graph. Empty: to be made by `diffperc export`."""
    network: Network | None = None
    golden: Golden | None = None
    baselines: DepthBaselines | SegmentationBaselines | QueryBaselines | None = None
    """Those of the task."""
    accuracy: tuple[Accuracy, ...] = ()
    files: Annotated[dict[str, Sha256], Field(min_length=1)]
    """Every file of the bundle but this one -> sha256 of its bytes."""

    @model_validator(mode='after')
    def _one_answer(self) -> Manifest:
        for task in get_args(Task):
            if (getattr(self, task) is not None) != (task == self.task):
                raise ValueError(
                    f"task is '{self.task}': the section '{self.task}' must be there, and no "
                    f"section of another task; see '{task}'"
                )
        if self.baselines is not None and self.task != self.baselines.task:
            raise ValueError(
                f"task is '{self.task}': the baselines are those of task '{self.baselines.task}'"
            )
        if not self.graphs and self.network is None:
            raise ValueError('neither graphs nor a network: there is nothing to run')
        if self.graphs and self.query and self.query.text is None:
            raise ValueError('query.text is missing: the graphs cannot be told a phrase')
        return self

    @model_validator(mode='after')
    def _names_listed_files(self) -> Manifest:
        for name in self._named_files():
            if name not in self.files:
                raise ValueError(f"'{name}' is used but not listed under files")
        for name in self.files:
            if '/' in name or '\\' in name or name in {'', '.', '..'}:
                raise ValueError(f"'{name}' under files must be a plain file name")
        return self

    def _named_files(self) -> list[str]:
        named = [
            name
            for graph in self.graphs.values()
            for form in graph.forms
            for name in (form.file, *form.data)
        ]
        named += [self.network.file] if self.network else []
        named += [self.baselines.file] if self.baselines else []
        named += [self.segmentation.labels] if self.segmentation else []
        if self.query and self.query.text:
            named += [self.query.text.graph, self.query.text.tokenizer]
        named += [self.golden.file] if self.golden else []
        return named
