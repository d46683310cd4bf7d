"""Compiles the kernels of `detectors`: what pyproject.toml cannot say."""

from __future__ import annotations

import runpy
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

KERNELS = Path(__file__).parent / "detectors" / "kernels"


class BuildWithKernels(build_py):
    """Puts the library beside its sources, from where it is packed or used."""

    def run(self) -> None:
        """Compile, then collect the files."""
        runpy.run_path(str(KERNELS / "build.py"))["build"](KERNELS)
        super().run()


class WheelOfPlatform(bdist_wheel):
    """A wheel for any Python 3 of one platform: the library needs nothing of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        """The wheel's tag."""
        return "py3", "none", super().get_tag()[2]


class WithLibrary(Distribution):
    """A distribution that holds compiled code."""

    def has_ext_modules(self) -> bool:
        """Whether it does."""
        return True


setup(
    distclass=WithLibrary,
    cmdclass={"build_py": BuildWithKernels, "bdist_wheel": WheelOfPlatform},
)
