"""`torch.finfo` and `torch.iinfo`: what a dtype can hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from .core import dtypes

__all__ = ["finfo", "iinfo"]


def _checked(name: str, type: Any) -> dtypes.dtype:
    if not isinstance(type, dtypes.dtype):
        raise TypeError(
            f"{name}(): argument 'type' (position 1) must be torch.dtype, not "
            f"{type.__class__.__name__}"
        )
    return type


class finfo:
    """Limits of a floating point dtype; of the parts, for a complex one.

    Parameters
    ----------
    type : dtype, optional
        The default dtype if not given.

    Attributes
    ----------
    bits : int
        Bits a number.
    eps : float
        Distance from 1 to the next number.
    max, min : float
        Largest and smallest (most negative) number.
    tiny, smallest_normal : float
        Smallest positive number of full precision.
    resolution : float
        Approximate decimal resolution.
    dtype : str
        Name of the dtype.

    Raises
    ------
    TypeError
        If `type` is an integer dtype.
    """

    def __init__(self, type: Any = None) -> None:
        kind = dtypes.get_default_dtype() if type is None else _checked("finfo", type)
        if not (kind.is_floating_point or kind.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
                "'torch.finfo'"
            )
        found = np.finfo(kind.numpy)
        self.bits = int(found.bits)
        self.eps = float(found.eps)
        self.max = float(found.max)
        self.min = float(found.min)
        self.tiny = self.smallest_normal = float(found.tiny)
        self.resolution = float(f"1e-{found.precision}")
        self.dtype = kind.to_real().name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((finfo, self.dtype))

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"


class iinfo:
    """Limits of an integer dtype.

    Parameters
    ----------
    type : dtype
        The integer dtype.

    Attributes
    ----------
    bits : int
        Bits a number.
    max, min : int
        Largest and smallest number.
    dtype : str
        Name of the dtype.

    Raises
    ------
    TypeError
        If `type` is not an integer dtype.
    """

    def __init__(self, type: Any) -> None:
        kind = _checked("iinfo", type)
        if kind is dtypes.bool:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if kind.is_floating_point or kind.is_complex:
            raise TypeError(
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle "
                "'torch.iinfo'"
            )
        found = np.iinfo(kind.numpy)
        self.bits, self.max, self.min = int(found.bits), int(found.max), int(found.min)
        self.dtype = kind.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((iinfo, self.dtype))

    def __repr__(self) -> str:
        return f"iinfo(min={float(self.min):g}, max={float(self.max):g}, dtype={self.dtype})"
