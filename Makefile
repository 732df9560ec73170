# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
#
#   make demo                  depth, classes and phrases of the sample recording, on one page
#   make demo RECORDING=path   the same from your own bag
#   make ros-demo              the same recording played into the real node under real ROS 2
#   make test                  every test; needs nothing but Python, make and the package index
#
# Each makes a virtual environment of its own (.venv-*) and installs only what it needs.

PYTHON ?= python3
RECORDING ?= samples/room
OUTPUT ?= output/demo
# Options of the demo; the sample carries two depth topics, so the sensor's is named.
ifeq ($(RECORDING),samples/room)
DEMO_OPTIONS ?= --depth-topic /camera/aligned_depth_to_color/image_raw/compressedDepth
endif

PIP = -m pip install --quiet --disable-pip-version-check
PROJECT = pyproject.toml setup.py setup.cfg

.PHONY: demo ros-demo picture test lint test-jazzy test-kilted train-depth train-segmentation train-query clean

demo: .venv-demo/done
	.venv-demo/bin/diffperc demo $(RECORDING) --output $(OUTPUT) $(DEMO_OPTIONS)

ros-demo: .venv-ros-demo/done
	tools/with_ros2 .venv-ros-demo python -m diffperc_ros.nodes.demo $(RECORDING)

# --- tests -----------------------------------------------------------------------------------

test: lint test-kilted test-jazzy
	@echo 'all tests passed: lint, the whole suite on ROS 2 Kilted, nodes and core on ROS 2 Jazzy'

lint: .venv-kilted/done
	.venv-kilted/bin/ruff check .
	.venv-kilted/bin/ruff format --check .
	.venv-kilted/bin/mypy
	.venv-kilted/bin/lint-imports --no-cache

# The whole suite, NumPy 2, ROS 2 Kilted: live nodes one after another, all else on two cores.
test-kilted: .venv-kilted/done
	OMP_NUM_THREADS=1 .venv-kilted/bin/python -m pytest --numprocesses 2 --dist loadgroup \
	    --ignore test/nodes --ignore test/launch
	REQUIRE_ROS=1 tools/with_ros2 .venv-kilted python -m pytest test/nodes test/launch

# What a robot runs, NumPy 1.26, ROS 2 Jazzy, and messages checked field by field.
test-jazzy: .venv-jazzy/done
	.venv-jazzy/bin/python -m pytest --numprocesses 2 --dist loadgroup \
	    test/core test/bundle test/runtimes test/perception test/recordings test/replay \
	    test/evaluation test/cli
	REQUIRE_ROS=1 ROS_PYTHON_CHECK_FIELDS=1 tools/with_ros2 .venv-jazzy python -m pytest test/nodes

# --- environments ----------------------------------------------------------------------------

.venv-demo/done: $(PROJECT)
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python $(PIP) --editable .
	touch $@

.venv-ros-demo/done: $(PROJECT) requirements/ros-kilted.txt
	$(PYTHON) -m venv .venv-ros-demo
	.venv-ros-demo/bin/python $(PIP) --upgrade pip 'setuptools>=70.1,<80' wheel
	.venv-ros-demo/bin/python $(PIP) --requirement requirements/ros-kilted.txt
	.venv-ros-demo/bin/python $(PIP) --no-build-isolation --editable .
	touch $@

.venv-kilted/done: $(PROJECT) requirements/ros-kilted.txt
	$(PYTHON) -m venv .venv-kilted
	.venv-kilted/bin/python $(PIP) --upgrade pip 'setuptools>=70.1,<80' wheel
	tools/install_torch_cpu .venv-kilted/bin/python
	.venv-kilted/bin/python $(PIP) --requirement requirements/ros-kilted.txt
	.venv-kilted/bin/python $(PIP) --no-build-isolation --editable \
	    '.[dev,networks,train,export,openvino,compile-check]'
	tools/fetch_tensorrt_bindings .venv-kilted/bin/python .tensorrt-bindings
	touch $@

.venv-jazzy/done: $(PROJECT) requirements/ros-jazzy.txt
	$(PYTHON) -m venv .venv-jazzy
	.venv-jazzy/bin/python $(PIP) --upgrade pip 'setuptools>=70.1,<80' wheel
	.venv-jazzy/bin/python $(PIP) --requirement requirements/ros-jazzy.txt
	.venv-jazzy/bin/python $(PIP) --no-build-isolation --editable '.[dev]' 'numpy<2'
	touch $@

# --- the default depth bundle ------------------------------------------------------------------

SHARDS ?= output/shards
RUN ?= output/vpd-depth-small-indoor
FURNITURE ?= /usr/share/sweethome3d/furniture

# Renders the training set, trains, exports. FURNITURE: Debian package sweethome3d-furniture.
train-depth: .venv-kilted/done
	.venv-kilted/bin/python -m diffperc_ros.scenes.render --furniture $(FURNITURE) \
	    --output $(SHARDS) --shards 0:48 --seed 0 --processes 2
	.venv-kilted/bin/python -m diffperc_ros.training.train_depth --data $(SHARDS) --output $(RUN)
	.venv-kilted/bin/python -m diffperc_ros.training.bundle_depth --data $(SHARDS) --run $(RUN) \
	    --output $(RUN)/bundle

# --- the default segmentation and query bundles ------------------------------------------------

WORD_SHARDS ?= output/shards-with-words
TEST_SHARDS ?= output/shards-held-out
DEPTH_WEIGHTS ?= $(RUN)/network.safetensors
SEGMENTATION_RUN ?= output/vpd-segmentation-small-indoor
SEGMENTATION_WEIGHTS ?= $(SEGMENTATION_RUN)/network.safetensors
NAMING_RUN ?= output/naming-small-indoor
QUERY_RUN ?= output/vpd-query-small-indoor
HELD_OUT = --shards $(TEST_SHARDS)/shard-00000 --shards $(TEST_SHARDS)/shard-00001
QUERY_HELD_OUT = $(foreach number,0 1 2 3 4 5 6 7,--shards $(TEST_SHARDS)/shard-0000$(number))
# Colours and nouns never trained together are rare: more pictures.
QUERY_UNSEEN = $(QUERY_HELD_OUT) \
    $(foreach number,08 09 10 11 12 13 14 15,--shards $(TEST_SHARDS)/shard-000$(number))

# Scenes with labels and words, and others that no network ever sees in training.
.PHONY: shards-with-words
shards-with-words: .venv-kilted/done
	.venv-kilted/bin/python -m diffperc_ros.scenes.render --furniture $(FURNITURE) \
	    --output $(TEST_SHARDS) --shards 0:16 --seed 90000 --processes 2
	.venv-kilted/bin/python -m diffperc_ros.scenes.render --furniture $(FURNITURE) \
	    --output $(WORD_SHARDS) --shards 0:56 --seed 1000 --processes 2

# Starts from the depth network's encoder and U-Net: make train-depth, or name its weights.
train-segmentation: shards-with-words
	.venv-kilted/bin/python -m diffperc_ros.training.train_segmentation --data $(WORD_SHARDS) \
	    --validation $(TEST_SHARDS)/shard-00000 --start $(DEPTH_WEIGHTS) \
	    --output $(SEGMENTATION_RUN)
	.venv-kilted/bin/python -m diffperc_ros.training.bundle_segmentation \
	    --data $(WORD_SHARDS) --run $(SEGMENTATION_RUN) --output $(SEGMENTATION_RUN)/bundle
	.venv-kilted/bin/python -m diffperc_ros.training.evaluate_segmentation \
	    $(SEGMENTATION_RUN)/bundle $(HELD_OUT) --json $(SEGMENTATION_RUN)/evaluation.json

# Starts from the segmentation network's: make train-segmentation first, or name its weights.
train-query: shards-with-words
	.venv-kilted/bin/python -m diffperc_ros.training.train_naming --data $(WORD_SHARDS) \
	    --validation $(TEST_SHARDS)/shard-00000 --start $(SEGMENTATION_WEIGHTS) \
	    --output $(NAMING_RUN)
	.venv-kilted/bin/python -m diffperc_ros.training.train_query --data $(WORD_SHARDS) \
	    --validation $(TEST_SHARDS)/shard-00000 --start $(SEGMENTATION_WEIGHTS) \
	    --encoder $(NAMING_RUN)/network.safetensors --output $(QUERY_RUN)
	.venv-kilted/bin/python -m diffperc_ros.training.bundle_query \
	    --data $(WORD_SHARDS) --run $(QUERY_RUN) --output $(QUERY_RUN)/bundle
	.venv-kilted/bin/python -m diffperc_ros.training.calibrate_query $(QUERY_RUN)/bundle \
	    $(foreach number,15 31 47,--shards $(WORD_SHARDS)/shard-000$(number))
	.venv-kilted/bin/python -m diffperc_ros.training.evaluate_query \
	    $(QUERY_RUN)/bundle $(QUERY_HELD_OUT) --json $(QUERY_RUN)/evaluation.json
	.venv-kilted/bin/python -m diffperc_ros.training.evaluate_query \
	    $(QUERY_RUN)/bundle $(QUERY_UNSEEN) --unseen-only --json $(QUERY_RUN)/unseen.json

# The picture of the README.
picture: .venv-demo/done
	.venv-demo/bin/python -m tools.readme_picture docs/images/room.jpg

clean:
	rm -rf .venv-demo .venv-ros-demo .venv-kilted .venv-jazzy .tensorrt-bindings build dist *.egg-info
