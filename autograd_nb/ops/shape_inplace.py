"""Changing a tensor's own shape in place: squeeze_, unsqueeze_, transpose_, t_, resize_."""

import numpy as np

from ..core import modes, strides
from ..core.device import preserve_format
from ..core.dispatch import check_inplace
from ..core.function_forward import with_tangents_of
from ..core.storage import row_of
from ..core.tensor import Tensor
from ..core.view import move_retain
from .namespaces import T as traced
from .registry import composite, op
from .shape import transpose as transpose_record
from .sizes import int_args, prod, size_text
from .squeeze import drop_dims
from .squeeze import unsqueeze as unsqueeze_record


def _twin(name, node, record):
    """Register a record again under the node that PyTorch's in-place overload has."""
    body = {
        "__doc__": record.doc,
        "forward": record.forward,
        "vjp_self": record.formulas["self"],
        "samples": [],
    }
    return op(name=name, node=node, kind="linear", view=True, public=False)(type(name, (), body))


class _SqueezeAll:
    """Drop every dimension of size one.

    Parameters
    ----------
    self : Tensor

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self):
        return drop_dims(self, range(self.ndim))

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = ()


op(name="squeeze_all_own", node="SqueezeBackward3", kind="linear", view=True, public=False)(
    _SqueezeAll
)


class _SqueezeDim:
    """Drop one dimension if its size is one.

    Parameters
    ----------
    self : Tensor
    dims : tuple of int

    Notes
    -----
    .. math:: grad_self = reshape(g, shape(self))
    """

    def forward(self, dims):
        return drop_dims(self, dims)

    def vjp_self(F, grad_output, self_shape):
        return F.reshape(grad_output, self_shape)

    samples = ()


_OWN = {"kind": "linear", "view": True, "public": False}
op(name="squeeze_dim_own", node="SqueezeBackward4", **_OWN)(_SqueezeDim)
op(name="squeeze_dims_own", node="SqueezeBackward5", **_OWN)(
    type(
        "_SqueezeDims",
        (),
        {
            k: v
            for k, v in vars(_SqueezeDim).items()
            if k in ("__doc__", "forward", "vjp_self", "samples")
        },
    )
)
_twin("unsqueeze_own", "UnsqueezeBackward1", unsqueeze_record)
_twin("transpose_own", "TransposeBackward1", transpose_record)


class _Turn:
    """Transpose a matrix.

    Parameters
    ----------
    self : Tensor of at most two dimensions

    Notes
    -----
    .. math:: grad_self = g^T
    """

    def forward(self):
        if self.ndim > 2:
            raise RuntimeError(
                f"t_() expects a tensor with <= 2 dimensions, but self is {self.ndim}D"
            )
        return self.T

    def vjp_self(F, grad_output):
        return F.t(grad_output)

    samples = ()


op(name="t_own", node="TBackward1", **_OWN)(_Turn)


def become(tensor, record, *args):
    """Give a tensor the shape and the history that a view record gives it."""
    check_inplace(tensor, tensor.requires_grad, record.__name__.split("_")[0])
    before = object.__new__(Tensor)
    before.__dict__.update(tensor.__dict__)
    tensor._nd()
    before._array = tensor._array
    if not tensor._inference:
        before._version_counter = tensor._counter()
    view = record(before, *args)
    tensor._array = view._array
    if view._node is not None:
        old = tensor._node, tensor._output_nr
        tensor._node, tensor._output_nr = view._node, view._output_nr
        move_retain(tensor, *old)
    if tensor._view is not None:
        view._view.creation = tensor._view.creation
        tensor._view = view._view
    if view._tangents is not None:
        with_tangents_of(tensor, view)
    tensor._bump_version(record.__name__)
    if tensor._view is not None and modes.state.grad_enabled:
        tensor._view.version = tensor._version
    return tensor


@composite(methods="squeeze_")
def squeeze_(self, dim=None):
    """Drop dimensions of size one, in place.

    Parameters
    ----------
    self : Tensor
    dim : int or tuple of int, optional

    Returns
    -------
    Tensor
        The tensor itself.
    """
    if dim is None:
        return become(self, traced.squeeze_all_own)
    if isinstance(dim, (tuple, list)):
        return become(self, traced.squeeze_dims_own, tuple(dim))
    return become(self, traced.squeeze_dim_own, (dim,))


@composite(methods="unsqueeze_")
def unsqueeze_(self, dim):
    """Insert a dimension of size one, in place.

    Parameters
    ----------
    self : Tensor
    dim : int

    Returns
    -------
    Tensor
        The tensor itself.
    """
    return become(self, traced.unsqueeze_own, dim)


@composite(methods="swapaxes_")
def swapaxes_(self, axis0, axis1):
    """Exchange two dimensions, in place.

    Parameters
    ----------
    self : Tensor
    axis0, axis1 : int

    Returns
    -------
    Tensor
        The tensor itself.
    """
    return transpose_(self, axis0, axis1)


@composite(methods="transpose_ swapdims_")
def transpose_(self, dim0, dim1):
    """Exchange two dimensions, in place.

    Parameters
    ----------
    self : Tensor
    dim0, dim1 : int

    Returns
    -------
    Tensor
        The tensor itself.
    """
    return become(self, traced.transpose_own, dim0, dim1)


@composite(methods="t_")
def t_(self):
    """Transpose a matrix, in place.

    Parameters
    ----------
    self : Tensor of at most two dimensions

    Returns
    -------
    Tensor
        The tensor itself.
    """
    return become(self, traced.t_own)


@composite(methods="resize_")
def resize_(self, *sizes, memory_format=None):
    """Change the shape in place; numbers are kept in order, more memory is taken where needed.

    Parameters
    ----------
    self : Tensor that needs no gradient
    *sizes : int... or tuple of int
    memory_format : memory format, optional
        Row-major order by default.

    Returns
    -------
    Tensor
        The tensor itself.
    """
    if self.requires_grad and not modes.state.inference:
        raise RuntimeError("cannot resize variables that require grad")
    shape = int_args(sizes)
    check_size(shape, self._nd().itemsize)
    if shape == self._nd().shape:
        return self
    whole, row, start = self._memory(), row_of(self), self.storage_offset()
    end = start + prod(shape)
    if end > len(row):
        # What the additional entries hold is not defined; PyTorch leaves memory as it is.
        whole = row = np.concatenate([row, np.zeros(end - len(row), row.dtype)])
    self._array, self._whole = strides.shaped(row[start:end], shape, memory_format), whole
    self._bump_version("resize_")
    return self


def check_size(shape, itemsize):
    """Raise PyTorch's error for sizes that no memory can have."""
    steps = [prod(max(n, 1) for n in shape[d + 1 :]) for d in range(len(shape))]
    if any(n < 0 for n in shape) or prod(shape) >= 1 << 63:
        raise RuntimeError("numel: integer multiplication overflow")
    if max(steps, default=0) >= 1 << 63:
        raise RuntimeError("Stride calculation overflowed")
    if prod(shape) * itemsize >= 1 << 63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={size_text(shape)}")


@composite(methods="resize_as_")
def resize_as_(self, the_template, *, memory_format=None):
    """Change the shape in place to that of another tensor.

    Parameters
    ----------
    self : Tensor that needs no gradient
    the_template : Tensor
    memory_format : memory format, optional
        Row-major order by default; `preserve_format` is the template's.

    Returns
    -------
    Tensor
        The tensor itself.
    """
    if memory_format is preserve_format:
        memory_format = strides.suggested(the_template._array)
    return resize_(self, tuple(the_template.shape), memory_format=memory_format)
