"""The two namespaces that a formula may be called with: raw arrays, or recorded Tensors.

Note [One formula, two namespaces]
A vjp formula is a function of `F` and values. At first order F is `RAW` and the values are
arrays; under `create_graph=True` F is `T` and the values are Tensors, so that the formula itself
is recorded and can be differentiated again. Names and signatures agree in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import dtypes, modes, pool
from ..core.fitting import sum_to
from ..core.op import Op
from ..core.tensor import Tensor
from .choice import choose
from .loading import Namespace


class Raw(Namespace):
    """Every record's forward function, on arrays."""

    is_traced = False

    @staticmethod
    def sum_to(x: Any, shape: Any) -> Any:
        """Sum over what broadcasting added."""
        return sum_to(x, tuple(shape))

    @staticmethod
    def is_complex(x: Any) -> bool:
        """Say whether the elements are complex."""
        return bool(x.dtype.kind == "c")

    @staticmethod
    def conj(x: Any) -> Any:
        """Return the complex conjugate; a real array itself, not a copy."""
        kind = getattr(x, "dtype", None)
        return x if kind is not None and kind.kind != "c" else x.conjugate()

    @staticmethod
    def where(condition: Any, x: Any, y: Any) -> Any:
        """Choose elements by a condition."""
        return choose(condition, x, y)[()]

    @staticmethod
    def real_part(x: Any) -> Any:
        """Return the real part; a real array itself."""
        return x.real

    @staticmethod
    def imag_part(x: Any) -> Any:
        """Return the imaginary part."""
        return x.imag

    @staticmethod
    def zeroed(x: Any, mask: Any) -> Any:
        """Put 0 where a mask is true."""
        return choose(mask, 0.0, x)[()]

    @staticmethod
    def zeros(shape: Any, dtype: Any) -> Any:
        """Return zeros of a NumPy dtype."""
        return pool.zeros(tuple(shape), dtype)

    @staticmethod
    def ones(shape: Any, dtype: Any) -> Any:
        """Return ones of a NumPy dtype."""
        return np.ones(shape, dtype)

    @staticmethod
    def constant(array: Any) -> Any:
        """Return an array that is no function of the inputs."""
        return array

    @staticmethod
    def value(x: Any) -> Any:
        """Return the raw array of a value, without history."""
        return x


class Traced(Namespace):
    """Every record and composite by name, on Tensors, recorded."""

    is_traced = True

    @staticmethod
    def sum_to(x: Any, shape: Any) -> Any:
        """Sum over what broadcasting added."""
        return x.sum_to_size(tuple(shape))

    @staticmethod
    def real_part(x: Any) -> Any:
        """Return the real part; a real tensor itself; numbers too."""
        return T.real(x)

    @staticmethod
    def imag_part(x: Any) -> Any:
        """Return the imaginary part of a complex tensor."""
        return T.imag(x)

    @staticmethod
    def zeroed(x: Any, mask: Any) -> Any:
        """Put 0 where a mask is true."""
        return T.masked_fill_number(x, mask, 0)

    @staticmethod
    def conj(x: Any) -> Any:
        """Return the complex conjugate; a real tensor itself; numbers too."""
        return x.conj() if isinstance(x, Tensor) else x.conjugate()

    @staticmethod
    def is_complex(x: Any) -> bool:
        """Say whether the elements are complex."""
        return bool(x._array.dtype.kind == "c")

    @staticmethod
    def zeros(shape: Any, dtype: Any) -> Any:
        """Return zeros of a NumPy dtype."""
        return Tensor._wrap(np.zeros(shape, dtype))

    @staticmethod
    def ones(shape: Any, dtype: Any) -> Any:
        """Return ones of a NumPy dtype."""
        return Tensor._wrap(np.ones(shape, dtype))

    @staticmethod
    def constant(array: Any) -> Any:
        """Return a tensor of an array that is no function of the inputs."""
        return Tensor._wrap(np.asarray(array))

    @staticmethod
    def value(x: Any) -> Any:
        """Return the raw array of a value, without history."""
        return x._array


RAW: Any = Raw()
T: Any = Traced()
Op.raw, Op.traced = RAW, T


def add_op(rule: Op, function: Any) -> None:
    """Put a record into both namespaces."""
    forward = rule.forward
    if rule.aux:
        kept = len(rule.outputs)

        def forward(*args: Any, **kwargs: Any) -> Any:
            found = rule.forward(*args, **kwargs)[:kept]
            return found if kept > 1 else found[0]

    setattr(RAW, rule.name, forward)
    setattr(T, rule.name, function)


def add_inplace(name: str, function: Any) -> None:
    """Put the in-place form of a record into the traced namespace."""
    setattr(T, name + "_", function)


def add_composite(name: str, function: Any) -> None:
    """Put a composite into both namespaces; on arrays it runs unrecorded."""

    def on_arrays(*args: Any, **kwargs: Any) -> Any:
        with modes.no_grad():
            found = function(*[_wrap(a) for a in args], **{k: _wrap(v) for k, v in kwargs.items()})
        return _unwrap(found)

    if not hasattr(Traced, name):  # a formula's `zeros` is not the user's
        setattr(T, name, function)
    if name not in vars(RAW) and not hasattr(Raw, name):
        setattr(RAW, name, on_arrays)


def _wrap(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return Tensor._wrap(value)
    if isinstance(value, np.dtype):
        return dtypes.from_numpy(value)
    if isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value):
        return [_wrap(v) for v in value]
    return value


def _unwrap(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value._array
    if isinstance(value, tuple):
        return tuple(_unwrap(v) for v in value)
    return value
