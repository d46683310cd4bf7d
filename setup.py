"""Compiles the kernels of `detectors`, and ships the documents: pyproject.toml cannot."""

from __future__ import annotations

import runpy
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
KERNELS = HERE / "detectors" / "kernels"
CONSOLE = HERE / "streams" / "delivery" / "console"


class BuildWithAll(build_py):
    """Puts the library and the documents where they are packed or used."""

    def run(self) -> None:
        """Compile, then collect the files."""
        runpy.run_path(str(KERNELS / "build.py"))["build"](KERNELS)
        super().run()
        if not self.editable_mode:
            documents = runpy.run_path(str(CONSOLE / "docs" / "documents.py"))
            shipped = CONSOLE.relative_to(HERE) / "docs" / "shipped"
            documents["ship"](HERE, Path(self.build_lib) / shipped)


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
    cmdclass={"build_py": BuildWithAll, "bdist_wheel": WheelOfPlatform},
)
