"""What a tensor is apart from its history: sizes, types, places in memory, values.

Everything here reads the array; nothing depends on the graph but the warning of `float(tensor)`.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import device as device_module
from . import dtypes, errors, modes, strides
from .device import CPU, device, layout, strided
from .size import Size, trusted
from .warn import warn_once


class Facts:
    """The part of `Tensor` that tells of its data."""

    _array: Any
    _inference: bool

    if TYPE_CHECKING:  # the rest of `Tensor`
        requires_grad: bool

        def _nd(self) -> np.ndarray[Any, Any]: ...
        def _memory(self) -> np.ndarray[Any, Any]: ...

        flip: Any
        unbind: Any

    # -- what the data is ------------------------------------------------------------------
    @property
    def shape(self) -> Size:
        """The lengths of the dimensions."""
        return trusted(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        """Return the shape, or the length of one dimension."""
        if dim is None:
            return trusted(self._array.shape)
        ndim = self._array.ndim
        if not -max(ndim, 1) <= dim < max(ndim, 1):
            raise IndexError(_dim_out_of_range(dim, ndim))
        if ndim == 0:
            raise IndexError(_dim_out_of_range(dim, 0, scalar=True))
        return self._array.shape[dim]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return int(self._array.ndim)

    def dim(self) -> int:
        """Return the number of dimensions."""
        return int(self._array.ndim)

    ndimension = dim

    def numel(self) -> int:
        """Return the number of elements."""
        return int(self._array.size)

    nelement = numel

    @property
    def nbytes(self) -> int:
        """Bytes that the elements take."""
        return int(self._array.nbytes)

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return int(self._array.dtype.itemsize)

    def element_size(self) -> int:
        """Return the bytes an element."""
        return int(self._array.dtype.itemsize)

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return dtypes.from_numpy(self._array.dtype)

    @property
    def device(self) -> device:
        """Where the tensor lives: the CPU."""
        return CPU

    @property
    def layout(self) -> layout:
        """Always strided."""
        return strided

    is_cuda = is_sparse = is_quantized = is_mps = is_meta = False
    is_xpu = is_xla = is_ipu = is_maia = is_mtia = is_nested = is_mkldnn = is_sparse_csr = False
    is_cpu = True

    def stride(self, dim: int | None = None) -> Any:
        """Return the step of each dimension, or of one, in elements."""
        array = self._array
        if array.size:
            steps = tuple(s // array.itemsize for s in array.strides) if array.ndim else ()
        else:  # NumPy forgets the steps where there are no numbers
            steps = tuple(prod(max(n, 1) for n in array.shape[i + 1 :]) for i in range(array.ndim))
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """Return where in its storage the first element lies, in elements."""
        start = int(self._memory().__array_interface__["data"][0])
        mine = int(self._nd().__array_interface__["data"][0])
        return (mine - start) // max(int(self._array.itemsize), 1)

    @property
    def _cdata(self) -> int:
        """Tell this tensor from others, whatever their data: a tensor is one Python object."""
        return id(self)

    def data_ptr(self) -> int:
        """Return the address of the first element, 0 if there is none."""
        array = self._nd()
        return int(array.__array_interface__["data"][0]) if array.size else 0

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Say whether the elements lie in row-major order, or another format, without gaps."""
        array = self._array
        if memory_format is not None:
            if not isinstance(memory_format, device_module.memory_format):
                raise TypeError(
                    "is_contiguous(): argument 'memory_format' must be torch.memory_format, not "
                    f"{type(memory_format).__name__}"
                )
            return strides.is_in(array, memory_format)
        return type(array) is not np.ndarray or bool(array.flags.c_contiguous)

    def is_floating_point(self) -> bool:
        """Say whether the elements are real floating point numbers."""
        return bool(self._array.dtype.kind == "f")

    def is_complex(self) -> bool:
        """Say whether the elements are complex."""
        return bool(self._array.dtype.kind == "c")

    def is_signed(self) -> bool:
        """Say whether the dtype has a sign."""
        return bool(self._array.dtype.kind not in "bu")

    def is_inference(self) -> bool:
        """Say whether the tensor was made in inference mode."""
        return self._inference

    # -- as Python values --------------------------------------------------------------------
    def item(self) -> Any:
        """Return the single element as a Python number.

        Raises
        ------
        RuntimeError
            If there is not exactly one element.
        """
        if self._array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self._array.size} elements cannot be converted to Scalar"
            )
        return self._array.item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self._array.tolist()

    def __bool__(self) -> bool:
        size = self._array.size
        if size != 1:
            if size == 0:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._array.item())

    def _scalar(self) -> Any:
        """Return the value for `float`, `int` and `complex`, which say less than `item`."""
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._array.item()

    def _tell_of_gradient(self) -> None:
        """Warn that a number has no gradient where there would be one."""
        if self.requires_grad and modes.state.grad_enabled:
            warn_once("scalar", errors.SCALAR_OF_GRAD)

    def __float__(self) -> float:
        self._tell_of_gradient()
        return float(_real_part(self._scalar(), "double"))

    def __int__(self) -> int:
        return int(_real_part(self._scalar(), "int64_t"))

    def __complex__(self) -> complex:
        self._tell_of_gradient()
        return complex(self._scalar())

    def __format__(self, spec: str) -> str:
        if self._array.ndim == 0:
            return format(self._array.item(), spec)
        return object.__format__(self, spec)

    def __iter__(self) -> Any:
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __reversed__(self) -> Any:
        """Return the tensor turned around along its first dimension."""
        return self.flip(0) if self._array.ndim else self

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return int(self._array.shape[0])


def _real_part(value: Any, name: str) -> Any:
    """Return a number that a C++ type of numbers without imaginary part can hold."""
    if isinstance(value, complex):
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {name} without overflow")
        return value.real
    return value


def _dim_out_of_range(dim: int, ndim: int, scalar: bool = False) -> str:
    if scalar:
        return f"dimension specified as {dim} but tensor has no dimensions"
    low, high = -max(ndim, 1), max(ndim, 1) - 1
    return f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
