"""How a record describes the arguments that it is tried with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class T:
    """A random tensor for tests: shape, dtype, range.

    Parameters
    ----------
    *shape : int
    dtype : str, default "float64"
    low, high : float
        Uniform between these.
    requires_grad : bool
        Only for floating point and complex dtypes.
    """

    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    requires_grad: bool
    values: Any = None

    def __init__(
        self,
        *shape: int,
        dtype: str = "float64",
        low: float = -2.0,
        high: float = 2.0,
        requires_grad: bool = True,
        values: Any = None,
    ) -> None:
        set_ = object.__setattr__
        set_(self, "shape", shape)
        set_(self, "dtype", dtype)
        set_(self, "low", low)
        set_(self, "high", high)
        set_(self, "requires_grad", requires_grad)
        set_(self, "values", values)

    @classmethod
    def of(cls, values: Any, dtype: str | None = None, requires_grad: bool = True) -> T:
        """Describe a tensor by its very values."""
        array = np.asarray(values, dtype=dtype)
        return cls(
            *array.shape, dtype=str(array.dtype), requires_grad=requires_grad, values=array.tolist()
        )

    def array(self, rng: np.random.Generator) -> Any:
        """Return a NumPy array as described."""
        kind = np.dtype(self.dtype)
        if self.values is not None:
            return np.array(self.values, kind).reshape(self.shape)
        drawn = rng.uniform(self.low, self.high, self.shape)
        if kind.kind == "c":
            drawn = drawn + 1j * rng.uniform(self.low, self.high, self.shape)
        if kind.kind == "b":
            return np.asarray(drawn > 0)
        return np.asarray(drawn).astype(kind)

    @property
    def differentiable(self) -> bool:
        """Whether the described tensor requires grad."""
        return self.requires_grad and np.dtype(self.dtype).kind in "fc"


class Sample:
    """Arguments for one test of an operation; `T` and lists of `T` stand for tensors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        parts = [repr(a) for a in self.args]
        parts += [f"{k}={v!r}" for k, v in self.kwargs.items()]
        return f"Sample({', '.join(parts)})"
