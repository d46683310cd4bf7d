"""Loads the compiled kernels, and declares them.

A kernel takes NumPy arrays as they are: `source/array.h` reads their places, and refuses an array
of another kind of number, one that is not contiguous, and one that is too short.
"""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.kernels.build import build, library_name

HERE = Path(__file__).parent


class KernelFault(RuntimeError):
    """The kernels cannot be loaded, or were given an array that they do not take."""


def _load() -> ctypes.PyDLL:
    path = HERE / library_name()
    if not path.exists():
        # A checkout whose sources have changed since it was installed; a wheel has the library.
        try:
            path = build(HERE)
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or error
            raise KernelFault(
                f"{path} must have been compiled; it is missing, and compiling it failed ({said});"
                " in a checkout: make; elsewhere: install the package anew"
            ) from None
    # It holds the interpreter's lock: a kernel takes microseconds, and larger work comes in blocks.
    return ctypes.PyDLL(str(path))


_API = ctypes.pythonapi
_MADE = ctypes.PYFUNCTYPE(ctypes.py_object, *[ctypes.c_void_p] * 3)
_NEW_FUNCTION = _MADE(("PyCFunction_NewEx", _API))


def _connect(library: ctypes.PyDLL) -> None:
    """Hand in what `source/call.h` needs of Python.

    Refuses a NumPy whose arrays lie in memory otherwise than `source/array.h` says.
    """
    functions = (
        *(_API.PyFloat_AsDouble, _API.PyLong_AsLongLong, _API.PyErr_Occurred),
        *(_API.PyFloat_FromDouble, _API.PyLong_FromLongLong, _API.Py_BuildValue),
        _API.PyErr_Format,
    )
    places = [ctypes.cast(function, ctypes.c_void_p).value for function in functions]
    places += [id(KernelFault), id(np.ndarray)]
    handed = (ctypes.c_void_p * len(places))(*places)
    assert library.connect(handed, ctypes.sizeof(handed)) == 0
    probe = np.arange(3.0)
    library.address.restype = ctypes.c_void_p
    library.address.argtypes = [ctypes.py_object]
    if library.address(probe) != probe.ctypes.data:
        raise KernelFault(f"NumPy must have the array layout of version 2; found {np.__version__}")


_LIBRARY = _load()
_connect(_LIBRARY)


NOTHING = np.zeros(0)
"""Stands for an array of numbers that is left out."""
ALL_ROWS = np.zeros(0, dtype=np.intp)
"""Stands for an array of rows: the rows are neighbours."""
NO_FLAGS = np.zeros(0, dtype=np.bool_)
"""Stands for an array of flags."""


def placed(rows: npt.NDArray[np.intp] | slice) -> tuple[npt.NDArray[np.intp], int, int]:
    """Rows as a kernel takes them: by number, or the first of neighbours; and how many."""
    if isinstance(rows, slice):
        return ALL_ROWS, rows.start, rows.stop - rows.start
    return rows, 0, len(rows)


def one_or_each(values: float | npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """A value of each row, or one of all, as a kernel takes them."""
    if isinstance(values, float):
        return NOTHING, values
    return np.ascontiguousarray(values), 0.0


def kernel(name: str) -> Any:
    """Give a kernel as a function of Python's own kind, which costs a tenth of one of ctypes.

    It takes arrays and numbers by their places, and gives a number, 0 where there is none to give;
    it raises `KernelFault` where an array is not what it must be.
    """
    method = ctypes.addressof(ctypes.c_char.in_dll(_LIBRARY, f"{name}_kernel"))
    return _NEW_FUNCTION(method, None, None)


_APPLY = kernel("apply")
FUNCTIONS = ("ln", "ex", "ln_1p", "ln_gamma")


def apply(function: str, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values of one of the functions of `source/numbers.h`."""
    out = np.empty_like(x)
    _APPLY(FUNCTIONS.index(function), x, out)
    return out
