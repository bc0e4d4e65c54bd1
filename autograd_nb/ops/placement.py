"""Where and how a tensor lies: questions with one answer on a CPU, and explicit strides."""

from __future__ import annotations

import numpy as np

from ..core.device import ADVICE, NO_ACCELERATOR, check_device, memory_format
from ..core.grad_dtype import grad_dtype
from ..core.size import Size
from ..core.tensor import Tensor
from ..core.warn import warn
from .create import finish, numpy_dtype
from .legacy import build
from .namespaces import T as traced
from .registry import composite


def _answer(names, value, what, functions=""):
    for name in names.split():

        def method(self, *args, **options):
            return value

        method.__name__ = method.__qualname__ = name
        method.__doc__ = f"""Say whether the tensor is {what}: never here.

    Parameters
    ----------
    self : Tensor
        Input.
    *args, **options
        Accepted.

    Returns
    -------
    bool
        False.
    """
        composite(methods=name, functions=functions)(method)


_answer("is_pinned", False, "in memory that a GPU can read directly")
_answer("is_shared", False, "in memory that processes share")
_answer("is_distributed", False, "spread over processes", functions="is_distributed")


@composite(methods="get_device", functions="get_device")
def get_device(self):
    """Return the number of the device: -1, which stands for the CPU.

    Parameters
    ----------
    self : Tensor
        Input.

    Returns
    -------
    int
        -1.
    """
    return -1


@composite(methods="pin_memory")
def pin_memory(self, device=None):
    """Refuse to copy to memory that a GPU can read directly: there is none.

    Parameters
    ----------
    self : Tensor
        Input.
    device : optional
        Which GPU.

    Raises
    ------
    RuntimeError
        Always.
    """
    error = RuntimeError(NO_ACCELERATOR)
    error.add_note(ADVICE)
    raise error


def _elsewhere(name, message, kind):
    def method(self, *args, **options):
        error = kind(message)
        error.add_note(ADVICE)
        raise error

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"""Refuse to move to such a device: there is none.

    Parameters
    ----------
    self : Tensor
        Input.
    *args, **options
        Without effect.

    Raises
    ------
    {kind.__name__}
        Always.
    """
    composite(methods=name)(method)


_elsewhere("xpu", "Torch not compiled with XPU enabled", AssertionError)
_elsewhere("ipu", "PyTorch is not linked with support for ipu devices", RuntimeError)
_elsewhere("mtia", "Torch not compiled with MTIA enabled.", AssertionError)
for _name, _layout in (
    ("is_coalesced", "sparse coordinate tensor"),
    ("coalesce", "sparse coordinate tensor"),
    ("indices", "sparse coordinate tensor"),
    ("values", "sparse tensor"),
):
    _elsewhere(_name, f"{_name} expected {_layout} layout but got Strided", RuntimeError)


@composite(methods="to_dense")
def to_dense(self, dtype=None, *, masked_grad=None):
    """Return the tensor: it is dense.

    Parameters
    ----------
    self : Tensor
        Input.
    dtype : dtype, optional
        Element type of the result.
    masked_grad : bool, optional
        Without effect.

    Returns
    -------
    Tensor
        `self`, or a copy in `dtype`.
    """
    return self if dtype is None else self.to(dtype)


@composite(methods="share_memory_")
def share_memory_(self):
    """Return the tensor: there is one process.

    Parameters
    ----------
    self : Tensor
        Input.

    Returns
    -------
    Tensor
        `self`.
    """
    return self


@composite(methods="is_nonzero", functions="is_nonzero")
def is_nonzero(self):
    """Say whether the one element is not zero.

    Parameters
    ----------
    self : Tensor with one element
        Input.

    Returns
    -------
    bool
        As ``bool(self)``.
    """
    return bool(self)


@composite(methods="is_same_size", functions="is_same_size")
def is_same_size(self, other):
    """Say whether two tensors have the same shape.

    Parameters
    ----------
    self, other : Tensor
        Inputs.

    Returns
    -------
    bool
        Whether the shapes are equal.
    """
    return self.shape == other.shape


@composite(functions="is_signed")
def is_signed(self):
    """Say whether the dtype has a sign.

    Parameters
    ----------
    self : Tensor
        Input.

    Returns
    -------
    bool
        False for unsigned integers and bool.
    """
    return self.is_signed()


@composite(functions="is_inference")
def is_inference(self):
    """Say whether the tensor was made in inference mode.

    Parameters
    ----------
    self : Tensor
        Input.

    Returns
    -------
    bool
        As the method says.
    """
    return self.is_inference()


@composite(methods="is_set_to")
def is_set_to(self, tensor):
    """Say whether two tensors are the same view of the same memory.

    Parameters
    ----------
    self, tensor : Tensor
        Inputs.

    Returns
    -------
    bool
        Whether address, shape and strides are equal.
    """
    start = self.untyped_storage().data_ptr()
    return start == tensor.untyped_storage().data_ptr() and (
        (self.storage_offset(), self.shape, self.stride())
        == (tensor.storage_offset(), tensor.shape, tensor.stride())
    )


@composite(methods="const_data_ptr")
def const_data_ptr(self):
    """Return the address of the first element.

    Parameters
    ----------
    self : Tensor
        Input.

    Returns
    -------
    int
        As `data_ptr`.
    """
    return self.data_ptr()


@composite(methods="dim_order")
def dim_order(self, *, ambiguity_check=False):
    """Return the dimensions from the one with the largest stride on.

    Parameters
    ----------
    self : Tensor
        Input.
    ambiguity_check : bool or list of memory format, default False
        Whether to refuse a tensor whose strides fit more orders than one; of a list, exactly one
        format may fit it.

    Returns
    -------
    tuple of int
        A permutation.

    Raises
    ------
    RuntimeError
        If the order is ambiguous.
    """
    formats = ambiguity_check if isinstance(ambiguity_check, list) else []
    if not isinstance(ambiguity_check, bool) and not all(
        isinstance(x, memory_format) for x in formats or [None]
    ):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    steps = self.stride()
    ambiguous = 1 in self.shape or len(set(steps)) < self.ndim
    if ambiguity_check and ambiguous:
        if sum(self.is_contiguous(memory_format=x) for x in formats) != 1:
            raise RuntimeError(
                "The tensor does not have unique dim order, or cannot map to exact one of the "
                "given memory formats."
            )
    return tuple(sorted(range(self.ndim), key=lambda d: -steps[d]))


@composite(methods="new")
def new(self, *args, **options):
    """Return a tensor of the same dtype, as the legacy constructor makes it.

    Parameters
    ----------
    self : Tensor
        Gives the dtype.
    *args
        Sizes, or data.
    **options
        `device`, and `size` for the sizes.

    Returns
    -------
    Tensor
        Without history.
    """
    check_device(options.get("device"))
    return finish(build(self.dtype, (Size(options["size"]),) if "size" in options else args))


@composite(methods="module_load")
def module_load(self, other, assign=False):
    """Return what ``load_state_dict`` is to exchange with this parameter or buffer.

    It is asked where :mod:`torch.__future__` says that values are exchanged; subclasses override
    it to bring what stands in a checkpoint into their own form.

    Parameters
    ----------
    self : Tensor
        The parameter or buffer.
    other : Tensor
        The value in the checkpoint.
    assign : bool, default: False
        Whether the value itself is to be taken, and not copied.

    Returns
    -------
    Tensor
        A new tensor on the memory of `other`, or of `self` after its values were copied.
    """
    return (other if assign else self.copy_(other)).detach()


@composite(methods="as_subclass")
def as_subclass(self, cls):
    """Return the same memory and history as an instance of a class of tensors.

    Parameters
    ----------
    self : Tensor
        Input.
    cls : type
        Derived from Tensor.

    Returns
    -------
    Tensor
        Of type `cls`.

    Raises
    ------
    RuntimeError
        If `cls` is no such class.
    """
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise RuntimeError("cls must be a type (got " + type(cls).__name__ + ")")
    source = traced.alias(self)
    found = object.__new__(cls)
    found.__dict__.update(source.__dict__)
    return found


def _strided(size, stride, kind):
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides "
            f"({len(stride)})"
        )
    count = 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    memory = np.zeros(0 if 0 in size else count, kind)
    steps = tuple(step * kind.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(memory, size, steps)


def _made(array, options):
    check_device(options.get("device"))
    return finish(array, options.get("requires_grad", False))


@composite(functions="empty_strided")
def empty_strided(size, stride, **options):
    """Return a tensor of zeros with given strides.

    Parameters
    ----------
    size, stride : tuple of int
        Lengths, and steps in elements.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Of that shape.
    """
    return _made(_strided(size, stride, numpy_dtype(options.get("dtype"))), options)


@composite(methods="new_empty_strided")
def new_empty_strided(self, size, stride, **options):
    """Return a tensor of zeros with given strides and the dtype of this one.

    Parameters
    ----------
    self : Tensor
        Gives the dtype.
    size, stride : tuple of int
        Lengths, and steps in elements.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Of that shape.
    """
    kind = numpy_dtype(options.get("dtype"), self.dtype)
    return _made(_strided(size, stride, kind), options)


@composite(functions="empty_permuted")
def empty_permuted(size, physical_layout, **options):
    """Return a tensor of zeros whose dimensions lie in memory in a given order.

    Parameters
    ----------
    size : tuple of int
        The lengths.
    physical_layout : tuple of int
        The dimensions, the one with the largest stride first.
    **options
        `dtype`, `device`, `requires_grad`.

    Returns
    -------
    Tensor
        Of that shape.
    """
    if len(size) != len(physical_layout):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {len(size)} is not equal to len(physical_layout) = {len(physical_layout)}"
        )
    for i, dim in enumerate(physical_layout):
        if not 0 <= dim < len(size):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(size) - 1}, but got "
                f"{dim} at index {i}).  NB: negative dims not currently supported; file an issue "
                "if you want it."
            )
    if len(set(physical_layout)) != len(size):
        raise RuntimeError("Duplicate dim not allowed")
    stride, step = [0] * len(size), 1
    for dim in reversed(physical_layout):
        stride[dim] = step
        step *= size[dim]
    return empty_strided(size, stride, **options)


def _resized(name, same_size):
    def method(self, *args):
        warn(f"non-inplace {name} is deprecated")
        size = args[0].shape if same_size else args[0] if len(args) == 1 else args
        size = (size,) if isinstance(size, int) else tuple(size)
        count = int(np.prod(size, dtype=np.int64))
        if count != self.numel():
            raise RuntimeError(
                f"requested resize to {'x'.join(map(str, size))} ({count} elements in total), but "
                f"the given tensor has a size of {'x'.join(map(str, self.shape))} "
                f"({self.numel()} elements). autograd's resize can only change the shape of a "
                "given tensor, while preserving the number of elements. "
            )
        return self.contiguous().view(size)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = """View the same elements in another shape (deprecated by PyTorch).

    Parameters
    ----------
    self : Tensor
        Input.
    *args
        The shape, or a tensor that has it.

    Returns
    -------
    Tensor
        With as many elements.
    """
    composite(methods=name)(method)


_resized("resize", False)
_resized("resize_as", True)
Tensor.name = property(lambda self: None, doc="Always None, as in PyTorch.")
Tensor.grad_dtype = grad_dtype
