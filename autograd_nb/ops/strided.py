"""Views given by sizes and strides into the memory behind a tensor."""

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided

from ..core import modes
from ..core.dispatch import check_inplace
from ..core.node import Error
from ..core.storage import row_of_array
from ..core.tensor import Tensor
from .legacy import expected_storage
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .shape_inplace import become
from .sizes import C_TYPE, int_args, size_text, storage_of


def positions(shape, steps, offset):
    """Return where in the storage each element of a strided tensor lies."""
    where = np.array(offset, np.int64)
    for n, s in zip(shape, steps, strict=True):
        where = where[..., None] + np.arange(n) * s
    return where


def check_bounds(flat, size, stride, offset):
    """Raise PyTorch's error if a view would reach beyond its memory."""
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if min(size, default=0) < 0:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={size_text(size)} and "
            f"strides={size_text(stride)}"
        )
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if all(size) and not offset <= last < max(flat.size, 1):
        raise RuntimeError(
            f"setStorage: sizes {size_text(size)}, strides {size_text(stride)}, storage offset "
            f"{offset}, and itemsize {flat.itemsize} requiring a storage size of "
            f"{(last + 1) * flat.itemsize} are out of bounds for storage of size {flat.nbytes}"
        )


@op(node="AsStridedBackward0", kind="linear", view=True, public=False)
class as_strided_view:
    r"""Return a view with the given sizes and strides into the memory behind a tensor.

    Parameters
    ----------
    self : Tensor
    size, stride : tuple of int
        Strides count elements, not bytes.
    storage_offset : int
    own : tuple of (sizes, strides, offset) of `self`

    Notes
    -----
    Elements of the result and of `self` at the same place in memory are the same variable; an
    element that `self` holds several times gets its gradient in equal shares.

    .. math:: grad_{self,p} = \frac{1}{n_p} \sum_{q \text{ at the place of } p} g_q
    """

    def forward(self, size, stride, storage_offset, own):
        array = np.asarray(self)
        flat, at = storage_of(array)
        # An array that was handed over may be part of a larger one: the storage begins with it.
        flat = flat[max(at - own[2], 0) :]
        check_bounds(flat, size, stride, storage_offset)
        return strided(flat[storage_offset:], size, [s * array.itemsize for s in stride])

    def vjp_self(F, grad_output, self_dtype, size, stride, storage_offset, own):
        mine = positions(*own)
        there = positions(size, stride, storage_offset)
        n = int(max(mine.max(initial=-1), there.max(initial=-1))) + 1
        storage = F.scatter_add(
            F.zeros((n,), self_dtype),
            0,
            F.constant(there.reshape(-1)),
            F.reshape(grad_output, (-1,)),
        )
        shares = np.bincount(mine.reshape(-1), minlength=n)[mine]
        result = F.take(storage, F.constant(mine))
        return (
            result / F.constant(shares.astype(self_dtype)) if shares.max(initial=1) > 1 else result
        )

    samples = [Sample(T(6), (3, 2), (1, 1), 1, ((6,), (1,), 0))]


@composite(functions="as_strided", methods="as_strided")
def as_strided(self, size, stride, storage_offset=None):
    """Return a view with the given sizes and strides into the memory behind a tensor.

    Parameters
    ----------
    self : Tensor
    size, stride : tuple of int
        Strides count elements, not bytes.
    storage_offset : int, optional
        Position of the first element; that of `self` by default.

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        When the view would reach beyond the memory.
    """
    return traced.as_strided_view(self, *places(self, size, stride, storage_offset))


op(name="as_strided_own", node="AsStridedBackward1", kind="linear", view=True, public=False)(
    type(
        "as_strided_own",
        (),
        {
            "__doc__": as_strided_view.doc,
            "forward": as_strided_view.forward,
            "vjp_self": as_strided_view.formulas["self"],
        },
    )
)


@composite(functions="as_strided_", methods="as_strided_")
def as_strided_(self, size, stride, storage_offset=None):
    """Give a tensor other sizes and strides in its memory, in place.

    Parameters
    ----------
    self : Tensor
    size, stride : tuple of int
        Strides count elements, not bytes.
    storage_offset : int, optional
        Position of the first element; the present one by default.

    Returns
    -------
    Tensor
        The tensor itself.
    """
    return become(self, traced.as_strided_own, *places(self, size, stride, storage_offset))


def places(tensor, size, stride, storage_offset):
    """Return the arguments of the record: where the view's elements lie, and the tensor's own."""
    size, stride = int_args((size,)), int_args((stride,))
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            + size_text(stride)
        )
    at = tensor.storage_offset()
    own = tuple(tensor.shape), tuple(tensor.stride()), at
    return size, stride, at if storage_offset is None else storage_offset, own


class _NotImplemented(Error):
    """The history of a tensor whose memory was exchanged: there is no derivative."""

    def __init__(self, tensor, source):
        edges = tuple(t._edge() if t.requires_grad else None for t in (tensor, source))
        super().__init__("derivative for set_ is not implemented", edges, [source])


_NotImplemented.__name__ = "NotImplemented"  # as PyTorch's is called


@composite(methods="set_")
def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Let a tensor lie in other memory, in place.

    Parameters
    ----------
    self : Tensor
    source : Tensor, torch.UntypedStorage or torch.TypedStorage, optional
        Whose memory it is from now on; none if not given.
    storage_offset : int, default 0
        Position of the first element there, if sizes are given.
    size, stride : tuple of int, optional
        The tensor's sizes and steps there; of a storage, all of it by default.

    Returns
    -------
    Tensor
        The tensor itself.

    Raises
    ------
    RuntimeError
        For a leaf that requires grad, another dtype, or sizes that reach beyond the memory.
    """
    check_inplace(self, False, "set", (source,))
    history = None
    if source is None:
        whole = array = np.empty(0, self._array.dtype)
    elif isinstance(source, Tensor):
        if source.dtype != self.dtype:
            raise RuntimeError(
                f"Could not set tensor of type {C_TYPE[source.dtype.name]} to a tensor of type "
                f"{C_TYPE[self.dtype.name]}"
            )
        if modes.is_grad_enabled() and (self.requires_grad or source.requires_grad):
            history = _NotImplemented.made(self, source)
        whole, array = source._memory(), source._nd()
    elif type(source).__module__ == "torch.storage":
        expected_storage(source, self.dtype, C_TYPE[self.dtype.name])
        whole = array = source._row.view(self._array.dtype)
    else:
        raise TypeError(
            "set_() received an invalid combination of arguments - got "
            f"({type(source).__name__}), but expected a Tensor or a storage"
        )
    if size is not None:
        size = int_args((size,))
        steps = np.empty(size, np.int8).strides if stride is None else int_args((stride,))
        flat = row_of_array(whole)
        check_bounds(flat, size, steps, storage_offset)
        array = strided(flat[storage_offset:], size, [s * flat.itemsize for s in steps])
    self._array, self._whole, self._moved = array, whole, True
    self._accumulate = None  # graphs that were built before concern another variable
    self._bump_version("set_")
    if history is not None:
        self._node, self._output_nr = history, 0
    return self
