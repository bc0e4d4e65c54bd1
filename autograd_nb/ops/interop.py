"""Memory shared with other libraries: DLPack, buffers, NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.device import check_device
from ..core.dtypes import get_default_dtype
from ..core.tensor import Tensor
from ..core.warn import warn, warn_once
from .create import finish, numpy_dtype
from .namespaces import T as traced
from .registry import composite

CPU_DEVICE = (1, 0)  # DLPack's number of the CPU


@composite(methods="__dlpack__")
def dlpack(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    """Hand the memory to another library.

    Parameters
    ----------
    self : Tensor
        Without `requires_grad`.
    stream : None or -1
        There are no streams on the CPU.
    max_version : tuple of int, optional
        Newest version of the protocol that the other side understands.
    dl_device : tuple of int, optional
        Where the memory shall be: the CPU.
    copy : bool, optional
        Whether it must, or must not, be copied.

    Returns
    -------
    capsule
        To be taken over by ``from_dlpack`` of the other library.

    Raises
    ------
    BufferError
        If the tensor requires grad: the other library knows nothing of the graph.
    TypeError, AssertionError
        If a stream is given.
    """
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream is not None and not isinstance(stream, int):
        raise TypeError("stream must be ``int`` or ``none``")
    if stream not in (None, -1):
        raise AssertionError("stream should be None on cpu.")
    return self._nd().__dlpack__(max_version=max_version, dl_device=dl_device, copy=copy)


@composite(methods="__dlpack_device__")
def dlpack_device(self):
    """Say where the memory is, in DLPack's numbers.

    Parameters
    ----------
    self : Tensor
        Input.

    Returns
    -------
    tuple of int
        ``(1, 0)``, the CPU.
    """
    return CPU_DEVICE


@composite(methods="untyped_storage")
def untyped_storage(self):
    """Return the memory that a tensor and its views lie in, as bytes.

    Parameters
    ----------
    self : Tensor

    Returns
    -------
    torch.UntypedStorage
    """
    from ..core.storage import UntypedStorage, row_of

    return UntypedStorage._of(row_of(self))


@composite(methods="storage")
def storage(self):
    """Return the memory that a tensor and its views lie in, as a row of numbers; deprecated.

    Parameters
    ----------
    self : Tensor

    Returns
    -------
    torch.TypedStorage
    """
    from ..core.storage import TypedStorage, deprecated, row_of

    deprecated()
    return TypedStorage._of(row_of(self))


@composite(methods="storage_type")
def storage_type(self):
    """Return the legacy class of the storages of a dtype: ``torch.FloatStorage``.

    Parameters
    ----------
    self : Tensor

    Returns
    -------
    type
    """
    from ..core.storage import LEGACY, legacy_name

    return LEGACY[legacy_name(self.dtype)]


class _Capsule:
    """Something with the methods that a bare capsule lacks."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU_DEVICE


@composite(functions="from_dlpack")
def from_dlpack(ext_tensor, *, device=None, copy=None):
    """Take over memory from another library, without copying.

    Parameters
    ----------
    ext_tensor : object with ``__dlpack__``, or a capsule
        An array or tensor of any library, on the CPU.
    device : optional
        The CPU.
    copy : bool, optional
        Whether to copy.

    Returns
    -------
    Tensor
        It shares the memory.

    Examples
    --------
    >>> array = np.zeros(2)
    >>> torch.from_dlpack(array)[0] = 5
    >>> array.tolist()
    [5.0, 0.0]
    """
    check_device(device)
    if isinstance(ext_tensor, Tensor):
        return ext_tensor.clone() if copy else ext_tensor.detach()
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = _Capsule(ext_tensor)
    array = np.from_dlpack(ext_tensor)
    if isinstance(ext_tensor, np.ndarray) and ext_tensor.flags.writeable:
        array = ext_tensor  # NumPy marks what it lends to itself as read-only
    elif not array.flags.writeable and not copy:
        array = _writeable(array)
    return finish(np.array(array, copy=True) if copy else array)


def _writeable(array):
    """Return an array on the same memory that may be changed, as PyTorch's tensors may."""
    interface = dict(array.__array_interface__)
    address = interface["data"][0]
    keeper = _Memory({**interface, "data": (address, False)}, array)
    return np.asarray(keeper)


class _Memory:
    """Memory by its address, kept alive by its owner."""

    def __init__(self, interface: dict[str, Any], owner: Any) -> None:
        self.__array_interface__, self.owner = interface, owner


@composite(functions="frombuffer")
def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    """Return a tensor on the memory of an object with the buffer protocol.

    Parameters
    ----------
    buffer : object
        ``bytes``, ``bytearray``, ``memoryview``, ``array.array``, and so on.
    dtype : dtype
        How to read it.
    count : int, default -1
        How many elements; all by default.
    offset : int, default 0
        How many bytes to leave out at the front.
    requires_grad : bool, default False
        Whether operations on it are recorded.

    Returns
    -------
    Tensor
        One-dimensional.

    Raises
    ------
    ValueError
        If the buffer does not hold that many elements.
    """
    kind = numpy_dtype(dtype)
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    length = view.nbytes
    if length <= 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({length} bytes) minus 1"
        )
    rest = length - offset
    if count < 0 and rest % kind.itemsize:
        raise ValueError(
            f"buffer length ({rest} bytes) after offset ({offset} bytes) must be a multiple of "
            f"element size ({kind.itemsize})"
        )
    if count > 0 and offset + count * kind.itemsize > length:
        raise ValueError(
            f"requested buffer length ({count} * {kind.itemsize} bytes) after offset ({offset} "
            f"bytes) must not be greater than actual buffer length ({length} bytes)"
        )
    if view.readonly:
        warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. "
            "This means you can write to the underlying (supposedly non-writable) buffer using "
            "the tensor. You may want to copy the buffer to protect its data or make it writable "
            "before converting it to a tensor. This type of warning will be suppressed for the "
            "rest of this program.",
        )
    return finish(np.frombuffer(buffer, kind, count, offset), requires_grad)


@composite(functions="asarray")
def asarray(obj, *, dtype=None, device=None, copy=None, requires_grad=None):
    """Return a tensor of whatever holds numbers, on the same memory where that is possible.

    Parameters
    ----------
    obj : Tensor, ndarray, number, DLPack capsule, buffer, or sequence of numbers
        A buffer without `dtype` is read as numbers of the default dtype.
    dtype : dtype, optional
    device : optional
        The CPU.
    copy : bool, optional
        Whether to copy; by default only where it must be.
    requires_grad : bool, optional
        By default that of a tensor, else False.

    Returns
    -------
    Tensor
        `obj` itself, if it is one and nothing is to change.

    Raises
    ------
    ValueError
        If memory that cannot be shared must not be copied.
    """
    check_device(device)
    if isinstance(obj, np.generic) and copy is False:
        raise RuntimeError(
            "can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray. "
        )
    if requires_grad is None:
        requires_grad = isinstance(obj, Tensor) and obj.requires_grad
        if requires_grad:
            warn_once(
                "asarray",
                "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad "
                "instead of False. Pass requires_grad=False explicitly to get the old behavior "
                "and silence this warning.",
            )
    found = _shared(obj, dtype)
    if found is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return traced.tensor(obj, dtype=dtype, requires_grad=bool(requires_grad))
    if dtype is not None and dtype is not found.dtype:
        if copy is False:
            ours, theirs = (k.tensor_name.removesuffix("Tensor") for k in (found.dtype, dtype))
            raise ValueError(f"can't alias tensor with dtype '{ours}' into dtype '{theirs}'.")
        found = found.to(dtype)
    elif copy:
        found = traced.clone(found)
    if not found.is_leaf:
        return found if requires_grad else found.detach()
    return found.requires_grad_(requires_grad)


def _shared(obj, dtype):
    """Return a tensor on the memory of an object, or None if it has none."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, (np.ndarray, np.generic)):
        return traced.from_numpy(np.asarray(obj))
    if type(obj).__name__ == "PyCapsule" or hasattr(obj, "__dlpack__"):
        return from_dlpack(obj)
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=get_default_dtype() if dtype is None else dtype)


def _apply(self, name, others, function):
    if any(t.requires_grad for t in (self, *others)):
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() "
            "instead."
        )
    arrays = [t._nd() for t in (self, *(traced.expand(t, tuple(self.shape)) for t in others))]
    values = [
        function(*(v.item() for v in vs)) for vs in zip(*(a.flat for a in arrays), strict=True)
    ]
    for value in values:
        if not isinstance(value, (int, float, complex, np.number, np.bool_, Tensor)):
            kind = type(value).__name__
            raise TypeError(
                f"'{kind}' object cannot be interpreted as an integer"
                if self._array.dtype.kind in "iu"
                else f"must be real number, not {kind}"
            )
    self._nd()[...] = np.array(values, self._array.dtype).reshape(self._array.shape)
    return self  # as in PyTorch, no version is counted


@composite(methods="apply_")
def apply_(self, callable):
    """Replace each element by what a Python function makes of it; not recorded, and slow.

    Parameters
    ----------
    self : Tensor
        Changed in place.
    callable : function of a number
        Returns a number.

    Returns
    -------
    Tensor
        `self`.
    """
    return _apply(self, "apply_", (), callable)


@composite(methods="map_")
def map_(self, tensor, callable):
    """Replace each element by a Python function of it and of another tensor's.

    Parameters
    ----------
    self, tensor : Tensor
        Changed in place, and the other one.
    callable : function of two numbers
        Returns a number.

    Returns
    -------
    Tensor
        `self`.
    """
    return _apply(self, "map_", (tensor,), callable)


@composite(methods="map2_")
def map2_(self, x, y, callable):
    """Replace each element by a Python function of it and of two other tensors'.

    Parameters
    ----------
    self, x, y : Tensor
        Changed in place, and the others.
    callable : function of three numbers
        Returns a number.

    Returns
    -------
    Tensor
        `self`.
    """
    return _apply(self, "map2_", (x, y), callable)
