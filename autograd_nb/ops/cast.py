"""Changes of dtype and memory layout: to, type, float and its relatives, clone, contiguous."""

from __future__ import annotations

import numpy as np

from autograd_nb.core import dtypes
from autograd_nb.core.device import contiguous_format, preserve_format
from autograd_nb.core.strides import copied, suggested
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.create import check_device
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.registry import Sample, T, composite, op

from ..core.warn import warn

_NAMES = {f"torch.{kind.tensor_name}": kind for kind in dtypes.NAMES.values()}


def converted(array, dtype, layout=preserve_format):
    """Return a copy of an array in another dtype; a complex number loses its imaginary part."""
    if array.dtype.kind == "c" and dtype.kind not in "cb":
        array = array.real
    return copied(array, dtype, layout)


@op(node="ToCopyBackward0", kind="linear", public=False)
class cast:
    r"""Copy in another dtype.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    dtype : numpy.dtype
        Element type of the copy.
    memory_format : memory format, default torch.preserve_format
        Order of its strides.

    Notes
    -----
    .. math:: grad_{self} = g

    in the dtype of `self`.
    """

    def forward(self, dtype, memory_format=preserve_format):
        return converted(self, dtype, memory_format)

    def vjp_self(F, grad_output, self_dtype):
        return F.cast(grad_output, self_dtype)

    torch_name = None
    samples = [
        Sample(T(3, 4), np.dtype(np.float32)),
        Sample(T(), np.dtype(np.complex128)),
        Sample(T(3, dtype="complex128"), np.dtype(np.float64)),
        Sample(T(3), np.dtype(np.int64)),
    ]


@op(node="CloneBackward0", kind="linear", methods="clone", functions="clone")
class clone:
    r"""Copy into memory of its own, recorded.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    memory_format : memory format, default torch.preserve_format
        Keep the order of the strides, or make them row-major (``contiguous_format``) or those of
        images with their channels last.

    Notes
    -----
    .. math:: grad_{self} = g
    """

    def forward(self, *, memory_format=None):
        return copied(self, self.dtype, memory_format or preserve_format)

    def vjp_self(F, grad_output):
        return grad_output

    samples = [Sample(T(3, 4)), Sample(T()), Sample(T(0, 2)), Sample(T(3, dtype="int64"))]


@composite(methods="contiguous")
def contiguous(self, memory_format=None):
    """Return the tensor itself if its memory is row-major, else a row-major copy.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    memory_format : memory format, default torch.contiguous_format
        Row-major, or with the channels last.

    Returns
    -------
    Tensor
        `self` or a copy.

    Raises
    ------
    RuntimeError
        If the format is that of images or volumes and the tensor is not.
    """
    layout = memory_format or contiguous_format
    if layout is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    if self.is_contiguous(memory_format=layout):
        return self
    return traced.clone(self, memory_format=layout)


def in_dtype(self, kind, copy=False, memory_format=None):
    """Return `self` in a dtype and format: itself where it has them, unless a copy is asked."""
    layout = memory_format or preserve_format
    same = layout is preserve_format or suggested(self._array) is layout
    if self._array.dtype == kind.numpy and same and not copy:
        return self
    if self._array.dtype.kind == "c" and kind.numpy.kind not in "cb":
        warn_of_lost_part()
    return traced.cast(self, kind.numpy, layout)


def warn_of_lost_part():
    """Warn that complex numbers become real ones."""
    warn("Casting complex values to real discards the imaginary part")


@composite(methods="to")
def to(self, *args, dtype=None, device=None, non_blocking=False, copy=False, memory_format=None):
    """Return the tensor in another dtype; itself if nothing changes.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    *args
        A dtype; or a device and perhaps a dtype; or a tensor whose dtype is taken. Two more
        positions are `non_blocking` and `copy`.
    dtype : dtype, optional
        Element type of the result.
    device : device or str, optional
        Only the CPU.
    non_blocking : bool, default False
        Without effect.
    copy : bool, default False
        Copy even if nothing changes.
    memory_format : memory format, optional
        Order of the strides of a copy.

    Returns
    -------
    Tensor
        `self` or a copy.

    Examples
    --------
    >>> torch.tensor([1, 2]).to(torch.float64)
    tensor([1., 2.], dtype=torch.float64)
    """
    rest = [dtypes.OF_TYPE.get(arg, arg) if isinstance(arg, type) else arg for arg in args]
    dtype = dtypes.OF_TYPE.get(dtype, dtype) if isinstance(dtype, type) else dtype
    if rest and isinstance(rest[0], Tensor):
        dtype = rest.pop(0).dtype
    elif rest and not isinstance(rest[0], dtypes.dtype):
        device = rest.pop(0)
        if isinstance(device, int):
            raise RuntimeError("Cannot access accelerator device when none is available.")
    if rest and (rest[0] is None or isinstance(rest[0], dtypes.dtype)):
        dtype = rest.pop(0)
    if len(rest) > 2 or any(not isinstance(flag, bool) for flag in rest):
        raise TypeError(
            "to() received an invalid combination of arguments - got "
            f"({', '.join(type(a).__name__ for a in args)})"
        )
    copy = copy or (len(rest) == 2 and rest[1])
    check_device(device)
    return in_dtype(self, self.dtype if dtype is None else dtype, copy, memory_format)


@composite(methods="type")
def type_(self, dtype=None, non_blocking=False):
    """Return the name of the tensor's type, or the tensor in another type.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    dtype : dtype, str or tensor class, optional
        Element type of the result: ``torch.float64``, ``"torch.DoubleTensor"``, and so on.
    non_blocking : bool, default False
        Without effect.

    Returns
    -------
    str or Tensor
        The name where no dtype is given.
    """
    if dtype is None:
        return f"torch.{self.dtype.tensor_name}"
    if isinstance(dtype, dtypes.dtype):
        return in_dtype(self, dtype)
    name = dtype if isinstance(dtype, str) else f"torch.{getattr(dtype, '__name__', dtype)}"
    if name == "torch.Tensor":
        return in_dtype(self, dtypes.get_default_dtype())
    if name not in _NAMES:
        raise ValueError(f"invalid type: '{dtype}'")
    return in_dtype(self, _NAMES[name])


@composite(methods="type_as")
def type_as(self, other):
    """Return the tensor in the dtype of another.

    Parameters
    ----------
    self, other : Tensor
        Input, and the model.

    Returns
    -------
    Tensor
        `self` if the dtypes agree.
    """
    return in_dtype(self, other.dtype)


@composite(methods="cpu")
def cpu(self, memory_format=None):
    """Return the tensor itself: it is on the CPU.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    memory_format : memory format, optional
        Without effect.

    Returns
    -------
    Tensor
        `self`.
    """
    return self


@composite(methods="cuda")
def cuda(self, device=None, non_blocking=False, memory_format=None):
    """Refuse to move to an accelerator, as a CPU build of PyTorch does.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    device, non_blocking, memory_format
        Without effect.

    Raises
    ------
    AssertionError
        Always.
    """
    check_device("cuda")


def _to_fixed(kind, name):
    def method(self, *, memory_format=None):
        return in_dtype(self, kind, memory_format=memory_format)

    method.__name__ = method.__qualname__ = f"to_{name}"
    method.__doc__ = f"""Return the tensor as {kind!r}; itself if it has that dtype already.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    memory_format : memory format, optional
        Order of its strides, by default as they are.

    Returns
    -------
    Tensor
        `self` or a copy.
    """
    return composite(methods=name)(method)


for _name, _kind in {
    "float": dtypes.float32,
    "double": dtypes.float64,
    "half": dtypes.float16,
    "cfloat": dtypes.complex64,
    "cdouble": dtypes.complex128,
    "long": dtypes.int64,
    "int": dtypes.int32,
    "short": dtypes.int16,
    "char": dtypes.int8,
    "byte": dtypes.uint8,
    "bool": dtypes.bool,
}.items():
    _to_fixed(_kind, _name)
