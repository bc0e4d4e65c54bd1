"""Dtype objects, the default dtype and PyTorch's type promotion."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

__all__ = [
    "dtype",
    "from_numpy",
    "get_default_dtype",
    "of_number",
    "promote_types",
    "result_type",
    "set_default_dtype",
]

BOOL, INT, FLOAT, COMPLEX = range(4)  # PyTorch's categories, in the order of promotion
_CATEGORY: Final = {"b": BOOL, "u": INT, "i": INT, "f": FLOAT, "c": COMPLEX}


class dtype:
    """Element type of a tensor.

    Attributes
    ----------
    numpy : numpy.dtype
        The NumPy type that holds the elements.
    is_floating_point, is_complex, is_signed : bool
        What kind of numbers the elements are.
    itemsize : int
        Bytes an element.
    """

    __slots__ = (
        "category",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
        "name",
        "numpy",
        "tensor_name",
    )

    def __init__(self, name: str, tensor_name: str) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        self.tensor_name = tensor_name
        self.category = _CATEGORY[self.numpy.kind]
        self.is_floating_point = self.category == FLOAT
        self.is_complex = self.category == COMPLEX
        self.is_signed = self.numpy.kind not in "bu"
        self.itemsize = self.numpy.itemsize

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return from_numpy, (self.numpy,)

    def to_real(self) -> dtype:
        """Return the dtype of the real part."""
        return from_numpy(np.empty(0, self.numpy).real.dtype)

    def to_complex(self) -> dtype:
        """Return the complex dtype whose parts have this dtype."""
        return self if self.is_complex else from_numpy(np.result_type(self.numpy, np.complex64))


class NamedOnly(dtype):
    """A dtype that code may name and compare with, though NumPy has none for its elements."""

    __slots__ = ()

    def __init__(self, name: str, tensor_name: str, itemsize: builtins.int) -> None:
        self.name, self.tensor_name, self.itemsize = name, tensor_name, itemsize
        self.category = FLOAT
        self.is_floating_point = self.is_signed = True
        self.is_complex = False

    def __getattr__(self, name: str) -> Any:
        if name == "numpy":
            raise TypeError(f"NumPy has no {self.name}; float16 and float32 are there.")
        raise AttributeError(f"'torch.dtype' object has no attribute '{name}'")

    def __reduce__(self) -> str:
        return self.name


float16 = half = dtype("float16", "HalfTensor")
float32 = float = dtype("float32", "FloatTensor")
float64 = double = dtype("float64", "DoubleTensor")
complex64 = cfloat = dtype("complex64", "ComplexFloatTensor")
complex128 = cdouble = dtype("complex128", "ComplexDoubleTensor")
uint8 = dtype("uint8", "ByteTensor")
uint16 = dtype("uint16", "UInt16Tensor")
uint32 = dtype("uint32", "UInt32Tensor")
uint64 = dtype("uint64", "UInt64Tensor")
int8 = dtype("int8", "CharTensor")
int16 = short = dtype("int16", "ShortTensor")
int32 = int = dtype("int32", "IntTensor")
int64 = long = dtype("int64", "LongTensor")
bool = dtype("bool", "BoolTensor")

NAMES: Final = {key: value for key, value in globals().items() if isinstance(value, dtype)}

# As messages of PyTorch spell them that stem from C++.
C_TYPE: Final = {
    "float64": "double", "float32": "float", "float16": "c10::Half",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
    "int64": "long int", "int32": "int", "int16": "short int", "int8": "signed char",
    "uint8": "unsigned char", "uint16": "short unsigned int", "uint32": "unsigned int",
    "uint64": "long unsigned int", "bool": "bool",
}  # fmt: skip
bfloat16 = NamedOnly("bfloat16", "BFloat16Tensor", 2)  # libraries ask whether a dtype is it
# Python's own types stand for these where a dtype is asked for.
OF_TYPE: Final = {
    builtins.bool: bool,
    builtins.int: int64,
    builtins.float: float64,
    builtins.complex: complex128,
}
_BY_NUMPY: Final = {value.numpy: value for value in NAMES.values()}
_default = float32


def from_numpy(np_dtype: Any) -> dtype:
    """Return the dtype object of a NumPy dtype.

    Raises
    ------
    TypeError
        If no tensor can hold that dtype.
    """
    try:
        return _BY_NUMPY[np_dtype]
    except (KeyError, TypeError):
        found = _BY_NUMPY.get(np.dtype(np_dtype).newbyteorder("="))
        if found is None:
            raise TypeError(
                f"can't convert np.ndarray of type {np.dtype(np_dtype)}. The only supported types "
                "are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, "
                "uint64, uint32, uint16, uint8, and bool."
            ) from None
        return found


def get_default_dtype() -> dtype:
    """Return the dtype that Python floats become."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype that Python floats become.

    Raises
    ------
    TypeError
        If `d` is not a floating point dtype.
    """
    global _default
    if not isinstance(d, dtype):
        raise TypeError(
            "invalid dtype object: only floating-point types are supported as the default type"
        )
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    d.numpy  # noqa: B018  refuses, at once, a dtype that no tensor can have
    _default = d


def of_number(value: Any) -> dtype:
    """Return the dtype that a Python number stands for."""
    if value is True or value is False or isinstance(value, np.bool_):
        return bool
    if isinstance(value, (_PyInt, np.integer)):
        return int64
    if isinstance(value, (_PyFloat, np.floating)):
        return _default
    if isinstance(value, (_PyComplex, np.complexfloating)):
        return _default.to_complex()
    raise TypeError(f"not a number: {type(value).__name__}")


_PyInt, _PyFloat, _PyComplex = (type(n) for n in (0, 0.0, 0j))
_PYTHON: Final = (_PyInt, _PyFloat, _PyComplex)
NUMBERS: Final = (_PyInt, _PyFloat, _PyComplex, np.generic)  # Python's bool is an int


def promote_types(a: dtype, b: dtype) -> dtype:
    """Return the smallest dtype of the higher category that can stand for both."""
    if a is b:
        return a
    if a.category == b.category or COMPLEX in (a.category, b.category):
        if a.category < FLOAT or b.category < FLOAT:
            return _same_or_higher(a, b)
        return from_numpy(np.promote_types(a.numpy, b.numpy))
    return a if a.category > b.category else b


def _same_or_higher(a: dtype, b: dtype) -> dtype:
    if a.category != b.category:
        return a if a.category > b.category else b
    return from_numpy(np.promote_types(a.numpy, b.numpy))


def _combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """Let `lower` change `higher` only if its category is above (PyTorch's priority rule)."""
    if higher is None or lower is None:
        return higher or lower
    if lower.category <= higher.category:
        return higher
    if lower.is_complex and higher.is_floating_point:
        return higher.to_complex()
    return lower


def result_type(operands: Iterable[Any]) -> dtype:
    """Return the dtype in which PyTorch computes on `operands`.

    Parameters
    ----------
    operands : iterable
        Tensors (anything with `_array`), arrays, and Python numbers.

    Notes
    -----
    Tensors with dimensions decide first, then 0-d tensors, then Python numbers; a later group
    counts only where its category (bool < integer < float < complex) is higher.
    """
    dims: dtype | None = None
    zero: dtype | None = None
    wrapped: dtype | None = None
    for operand in operands:
        array = getattr(operand, "_array", operand)
        # A NumPy scalar here is the data of a 0-d tensor, also where it is a Python float too.
        if isinstance(operand, _PYTHON) and not isinstance(operand, np.generic):
            kind = of_number(operand)
            wrapped = kind if wrapped is None else promote_types(wrapped, kind)
        elif array.ndim:
            kind = from_numpy(array.dtype)
            dims = kind if dims is None else promote_types(dims, kind)
        else:
            kind = from_numpy(array.dtype)
            zero = kind if zero is None else promote_types(zero, kind)
    result = _combine(_combine(dims, zero), wrapped)
    if result is None:
        raise ValueError("result_type needs at least one operand")
    return result


def can_cast(from_: dtype, to: dtype) -> Any:
    """Say whether an in-place result of dtype `from_` may be stored as `to`."""
    return from_.category <= to.category and not (to is bool and from_ is not bool)
