# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The question to the driver, put to drivers made by a C compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = """
#include <string.h>
#include <stddef.h>
int cuInit(unsigned flags) { return INIT; }
int cuDeviceGetCount(int *count) { *count = COUNT; return 0; }
int cuDriverGetVersion(int *version) { *version = 12060; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
int cuDeviceGetName(char *name, int length, int device)
{ strncpy(name, "Orin", length); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 8UL << 30; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device)
{ *value = attribute == 75 ? 8 : attribute == 76 ? 7 : attribute == 18 ? 1 : -1; return 0; }
int depth = 0;
int cuDevicePrimaryCtxRetain(void **context, int device) { depth++; return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) { depth--; return 0; }
int cuCtxPushCurrent_v2(void *context) { depth++; return 0; }
int cuCtxPopCurrent_v2(void **context) { depth--; return 0; }
int cuMemGetInfo_v2(size_t *free, size_t *total)
{ *free = depth == 2 ? 3UL << 30 : 0; *total = 8UL << 30; return MEMORY; }
int cuGetErrorName(int code, const char **name) { *name = "CUDA_ERROR_BROKEN"; return 0; }
"""
PROBE = (
    'from diffperc_ros.runtimes.tensorrt.driver import NoGpuError, find_gpu, free_memory_mib\n'
    'try:\n    print(find_gpu(), free_memory_mib())\n'
    'except NoGpuError as error:\n    print(error)\n'
)


def ask(folder: Path, **definitions: int) -> str:
    """Return what the probe says, in a process whose driver is made from DRIVER."""
    compiler = shutil.which('cc')
    if compiler is None:
        pytest.skip('no C compiler to make a driver with')
    if definitions:
        defines = [f'-D{name}={value}' for name, value in definitions.items()]
        library = str(folder / 'libcuda.so.1')
        command = [compiler, '-shared', '-fPIC', *defines, '-x', 'c', '-', '-o', library]
        subprocess.run(command, input=DRIVER, text=True, check=True)
    environment = {
        **os.environ,
        'LD_LIBRARY_PATH': str(folder),
        'PYTHONPATH': os.pathsep.join(sys.path),
    }
    run = subprocess.run(
        [sys.executable, '-c', PROBE], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    ('definitions', 'answer'),
    [
        (
            {'INIT': 0, 'COUNT': 1, 'MEMORY': 0},
            "Gpu(name='Orin', compute_capability='8.7', driver='12.6', memory_mib=8192, "
            'integrated=True) 3072',
        ),
        (
            {'INIT': 0, 'COUNT': 1, 'MEMORY': 2},
            'the NVIDIA driver does not work: cuMemGetInfo_v2 gives CUDA_ERROR_BROKEN (2)',
        ),
        (
            {'INIT': 100, 'COUNT': 0, 'MEMORY': 0},
            'the NVIDIA driver does not work: cuInit gives CUDA_ERROR_BROKEN (100)',
        ),
        (
            {'INIT': 0, 'COUNT': 0, 'MEMORY': 0},
            'the NVIDIA driver works but shows no GPU; see CUDA_VISIBLE_DEVICES',
        ),
    ],
)
def test_what_the_driver_says_is_told(
    tmp_path: Path, definitions: dict[str, int], answer: str
) -> None:
    assert ask(tmp_path, **definitions) == answer


def test_a_library_that_is_no_driver_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / 'libcuda.so.1').write_bytes(b'no library')
    assert ask(tmp_path).startswith('no NVIDIA driver here: ')
