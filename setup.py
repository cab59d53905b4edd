"""Extension modules; everything else is in pyproject.toml."""

from Cython.Build import cythonize
from setuptools import Extension, setup

# Without `-ffp-contract=off` a step would round otherwise than the same step in PyTorch, and spikes would differ.
INTEGRATION_FLAGS = ["-O3", "-g0", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]

# No `-march`: wide vectors are chosen at run time, see chipsim/kernel.c.
KERNEL_FLAGS = [
    "-O2", "-g0", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math", "-ffinite-math-only", "-fno-signed-zeros",
    "-fassociative-math", "-freciprocal-math",
]

_TARGETS = "chipsim/targets.h"
_INTEGRATION = "hxtorch/spiking/functional/"
_PPU_SOURCES = ("core", "decode", "inside", "life", "memory", "special", "vector")

setup(
    ext_modules=cythonize(
        [
            Extension("stadls._wire", ["stadls/_wire.pyx"]),
            Extension("stadls._spike_words", ["stadls/_spike_words.pyx"]),
            Extension("chipsim.watch", ["chipsim/watch.pyx"]),
            Extension("chipsim.recorder", ["chipsim/recorder.pyx"]),
            Extension("chipsim.registers", ["chipsim/registers.pyx"]),
            Extension("chipsim.dram", ["chipsim/dram.pyx"]),
            Extension("chipsim.monitors", ["chipsim/monitors.pyx"]),
            Extension("chipsim.responses", ["chipsim/responses.pyx"]),
            Extension("chipsim.spike_io", ["chipsim/spike_io.pyx"]),
            Extension(
                "chipsim.core", ["chipsim/core.pyx", "chipsim/kernel.c"], depends=["chipsim/kernel.h", _TARGETS],
                extra_compile_args=KERNEL_FLAGS,
            ),
            Extension("chipsim.sensors", ["chipsim/sensors.pyx"]),
            Extension("chipsim.analog", ["chipsim/analog.pyx"]),
            Extension("chipsim.padi", ["chipsim/padi.pyx"]),
            Extension("chipsim.network", ["chipsim/network.pyx"]),
            Extension(
                "chipsim.ppu.processor",
                ["chipsim/ppu/processor.pyx", *(f"chipsim/ppu/{name}.c" for name in _PPU_SOURCES)],
                depends=[f"chipsim/ppu/{name}.h" for name in ("core", "idle", "lanes", "loop", "operations")],
                extra_compile_args=["-O3", "-g0"],
            ),
            Extension(
                "chipsim.ppu.vector_io", ["chipsim/ppu/vector_io.pyx"], include_dirs=["chipsim/ppu"],
                depends=["chipsim/ppu/core.h"],
            ),
            Extension(
                "chipsim.board", ["chipsim/board.pyx"], include_dirs=["chipsim/ppu"], depends=["chipsim/ppu/core.h"],
            ),
            Extension(
                "hxtorch.spiking.functional._kernels",
                [_INTEGRATION + name for name in ("_kernels.pyx", "integration.c", "spike_product.c")],
                include_dirs=["chipsim"],
                depends=[_TARGETS, *(f"{_INTEGRATION}{name}.h" for name in ("integration", "pages", "spike_product"))],
                extra_compile_args=INTEGRATION_FLAGS,
            ),
        ],
        language_level=3,
    ),
)
