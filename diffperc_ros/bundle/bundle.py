# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Opening a bundle: read the manifest, check every byte, or refuse by name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from diffperc_ros.bundle.manifest import (
    FORMAT_VERSION,
    DepthOutput,
    Graph,
    Manifest,
    QueryOutput,
    SegmentationOutput,
    TextInput,
)
from diffperc_ros.core.errors import BundleError

MANIFEST_NAME = 'bundle.yaml'

Section = TypeVar('Section')


@dataclass(frozen=True)
class Bundle:
    """A verified model folder.

    Parameters
    ----------
    path : the folder.
    manifest : what its bundle.yaml says.
    sha256 : digest of bundle.yaml, which holds the digests of all other files: one figure that
        stands for every byte of the model.
    """

    path: Path
    manifest: Manifest
    sha256: str

    def file(self, name: str) -> Path:
        """Return the path of a listed file."""
        return self.path / name

    @property
    def depth(self) -> DepthOutput:
        """What a depth bundle says of its answer. Raises BundleError for another task."""
        return self._answer(self.manifest.depth, 'depth')

    @property
    def segmentation(self) -> SegmentationOutput:
        """What a segmentation bundle says of its answer. Raises BundleError for another task."""
        return self._answer(self.manifest.segmentation, 'segmentation')

    @property
    def query(self) -> QueryOutput:
        """What a query bundle says of its answer. Raises BundleError for another task."""
        return self._answer(self.manifest.query, 'query')

    @property
    def text(self) -> TextInput:
        """How a query bundle reads phrases. Raises BundleError where it cannot (yet)."""
        if self.query.text is None:
            raise BundleError(
                f'{self.path}: no text encoder in this bundle; run diffperc export with '
                '--text-encoder'
            )
        return self.query.text

    def _answer(self, section: Section | None, wanted: str) -> Section:
        if section is None:
            raise BundleError(
                f'{self.path}: a bundle for {self.manifest.task}; this needs one for {wanted}'
            )
        return section

    def graph(self, profile: str) -> Graph:
        """Return the graph of a profile.

        Raises
        ------
        BundleError : the bundle has no such profile; the message lists those it has.
        """
        try:
            return self.manifest.graphs[profile]
        except KeyError:
            known = ', '.join(sorted(self.manifest.graphs))
            hint = f'it has: {known}' if known else 'it has no graphs yet: run diffperc export'
            raise BundleError(
                f"{self.path}: no profile '{profile}' in this bundle; {hint}"
            ) from None


def open_bundle(path: Path) -> Bundle:
    """Open the bundle in folder `path` and verify the sha256 of every file.

    Raises
    ------
    BundleError : no such folder, no manifest, a manifest that is not valid, a missing file, or a
        file whose bytes are not those the manifest was written for.
    """
    manifest_path = path / MANIFEST_NAME
    if not manifest_path.is_file():
        raise BundleError(
            f'{path}: no {MANIFEST_NAME} there; a bundle is a folder with a {MANIFEST_NAME}'
        )
    data = manifest_path.read_bytes()
    manifest = _parse(manifest_path, data)
    for name, expected in manifest.files.items():
        file = path / name
        if not file.is_file():
            raise BundleError(
                f'{file}: listed in {MANIFEST_NAME} but missing; copy the bundle again'
            )
        found = sha256_of(file)
        if found != expected:
            raise BundleError(
                f'{file}: altered or damaged (sha256 {found[:12]}..., the manifest says '
                f'{expected[:12]}...); copy the bundle again'
            )
    return Bundle(path, manifest, hashlib.sha256(data).hexdigest())


def sha256_of(file: Path) -> str:
    """Return the hexadecimal sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with file.open('rb') as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _parse(path: Path, data: bytes) -> Manifest:
    try:
        content = yaml.safe_load(data)
    except yaml.YAMLError as error:
        first_line = str(error).splitlines()[0]
        raise BundleError(f'{path}: not readable as YAML: {first_line}') from error
    if not isinstance(content, dict):
        raise BundleError(f'{path}: a manifest is a mapping, this is a {type(content).__name__}')
    version = content.get('format')
    if version != FORMAT_VERSION:
        raise BundleError(
            f'{path}: bundle format {version!r}; this version of the package reads format '
            f'{FORMAT_VERSION}'
        )
    try:
        return Manifest.model_validate(content, strict=False)
    except ValidationError as error:
        problems = '; '.join(
            f'{".".join(str(part) for part in problem["loc"]) or "manifest"}: {problem["msg"]}'
            for problem in error.errors()
        )
        raise BundleError(f'{path}: {problems}') from error
