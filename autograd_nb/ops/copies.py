"""Views that are copied at once, ``expand_copy`` and its like, and views nobody keeps track of.

The record of a view stands here a second time, with a result of its own; the formulas, what is
saved, the complaints and the samples are the view's.
"""

import functools
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..core.dtypes import dtype
from . import complexnum, index, shape, slices, squeeze, strided, windows
from .namespaces import T as traced
from .registry import SAMPLES, Sample, T, composite, op
from .scatter_views import check_fit
from .sizes import int_args
from .strided import check_bounds, positions, storage_of


def _copied(view, name, node="", functions="", **options):
    """Register a view's record again: with a copy for its result, or untracked under a node."""

    @functools.wraps(view.forward)
    def forward(*args, **kwargs):
        made = view.forward(*args, **kwargs)
        if node:
            return made
        copies = [np.array(part, order="C") for part in (made if view.multiple else (made,))]
        return tuple(copies) if view.multiple else copies[0]

    body = {"vjp_" + key: formula for key, formula in view.formulas.items()}
    body |= {"forward": forward, "saved": view.saved, "samples": SAMPLES[view.name]}
    body["keeps"] = " ".join(view.keeps)
    body["__doc__"] = view.doc.replace("a view", "a copy").replace("views", "copies")
    return op(
        name=name,
        node=node or f"{view.node_class.__name__}_copy",
        kind="linear",
        outputs=" ".join(view.outputs),
        functions=functions,
        **options,
    )(type(name, (), body))


_SAME_NAMES: tuple[tuple[Any, str], ...] = (
    (index.alias, "alias_copy"),
    (shape.permute, "permute_copy"),
    (shape.t, "t_copy"),
    (shape.transpose, "transpose_copy"),
    (slices.select, "select_copy"),
    (slices.split_with_sizes, "split_with_sizes_copy"),
    (slices.unbind, "unbind_copy"),
    (squeeze.unsqueeze, "unsqueeze_copy"),
    (windows.diagonal, "diagonal_copy"),
    (windows.unfold_windows, "unfold_copy"),
    (complexnum.view_as_real, "view_as_real_copy"),
)
for _view, _name in _SAME_NAMES:
    _copied(_view, _name, functions=_name)
# Those behind a function that chooses among overloads, or whose parameters have other names there.
_OVERLOADS: tuple[tuple[Any, str, str], ...] = (
    (shape.view, "view_copied", "view_copy"),
    (slices.slice_, "slice_copied", "slice_copy"),
    (slices.split_size, "split_copied", "split_copy"),
    (squeeze.expand, "expand_copied", "expand_copy"),
    (squeeze.squeeze_all, "squeeze_all_copied", "squeeze_copy"),
    (squeeze.squeeze_dim, "squeeze_dim_copied", "squeeze_copy"),
    (squeeze.squeeze_dims, "squeeze_dims_copied", "squeeze_copy"),
)
for _view, _name, _function in _OVERLOADS:
    _copied(_view, _name, torch_name=_function)
_copied(strided.as_strided_view, "as_strided_copied")
_copied(
    slices.split_size, "unsafe_split", "UnsafeSplitBackward0", "unsafe_split",
    methods="unsafe_split",
)  # fmt: skip
_copied(
    slices.split_with_sizes,
    "unsafe_split_with_sizes",
    "UnsafeSplitWithSizesBackward0",
    "unsafe_split_with_sizes",
    methods="unsafe_split_with_sizes",
)


@op(node="torch::autograd::NotImplemented", functions="detach_copy")
class detach_copy:
    """Return a copy without a derivative: backward through it raises.

    Parameters
    ----------
    self : Tensor

    Notes
    -----
    ``clone().detach()`` gives a copy that requires no gradient.
    """

    def forward(self):
        return np.array(self)

    def vjp_self(F, grad_output):
        raise RuntimeError("derivative for aten::detach_copy is not implemented")

    samples = [Sample(T(3))]


@op(node="ViewAsComplexBackward0_copy", kind="linear", functions="view_as_complex_copy")
class view_as_complex_copy:
    """Join pairs of real numbers, side by side in the last dimension, to complex ones; a copy.

    Parameters
    ----------
    self : Tensor of shape (..., 2)
        PyTorch refuses those that require grad.
    """

    def forward(self):
        return np.array(complexnum.view_as_complex.forward(self))

    samples = [Sample(T(3, 2, requires_grad=False))]


@op(
    node="AsStridedScatterBackward0",
    kind="linear",
    methods="as_strided_scatter",
    functions="as_strided_scatter",
)
class as_strided_scatter:
    r"""Return a copy in which what `as_strided` reads is replaced.

    Parameters
    ----------
    self : Tensor
    src : Tensor of shape `size`
    size, stride : tuple of int
        Strides count elements, not bytes.
    storage_offset : int, optional
        Position of the first element; that of `self` by default.

    Notes
    -----
    PyTorch's gradient of `self` is zero elsewhere instead, which differences contradict.

    .. math:: grad_self = g \text{ with zeros there}, \quad grad_{src} = as\_strided(g)
    """

    def forward(self, src, size, stride, storage_offset=None):
        array = np.asarray(self)
        flat, at = storage_of(array)
        flat = np.array(flat)
        offset = at if storage_offset is None else storage_offset
        check_bounds(flat, size, stride, offset)
        check_fit("as_strided_scatter", np.broadcast_to(0, size), src)
        flat[positions(size, stride, offset)] = src
        return as_strided(flat[at:], array.shape, array.strides)

    def vjp_self(F, grad_output, src_shape, src_dtype, size, stride, storage_offset):
        zero = F.zeros(src_shape, src_dtype)
        return F.as_strided_scatter(F.contiguous(grad_output), zero, size, stride, storage_offset)

    def vjp_src(F, grad_output, size, stride, storage_offset):
        return F.as_strided(F.contiguous(grad_output), size, stride, storage_offset)

    saved = {"src_sym_sizes": None}
    samples = [
        Sample(T(3, 4, requires_grad=False), T(2, 2), (2, 2), (1, 2), 1),
        Sample(T(6, requires_grad=False), T(3), (3,), (2,)),
    ]


@composite(functions="view_copy")
def view_copy(self, size):
    """Return a copy with another shape, or the bytes read as another dtype.

    Parameters
    ----------
    self : Tensor
    size : tuple of int, or dtype

    Returns
    -------
    Tensor
        Contiguous.
    """
    if isinstance(size, dtype):
        return traced.clone(traced.view_dtype(self, size))
    return traced.view_copied(self, int_args((size,)))


@composite(functions="slice_copy")
def slice_copy(self, dim=0, start=None, end=None, step=1):
    """Return a copy of every ``step``-th entry from ``start`` to before ``end``.

    Parameters
    ----------
    self : Tensor
    dim : int, default 0
    start, end : int, optional
    step : int, default 1

    Returns
    -------
    Tensor
        Contiguous.
    """
    return traced.slice_copied(self, dim, start, end, step)


@composite(functions="split_copy")
def split_copy(self, split_size, dim=0):
    """Cut a tensor along a dimension into copies of parts of one size.

    Parameters
    ----------
    self : Tensor
    split_size : int
    dim : int, default 0

    Returns
    -------
    tuple of Tensor
    """
    return traced.split_copied(self, split_size, dim)


@composite(functions="expand_copy")
def expand_copy(self, size, *, implicit=False):
    """Repeat along dimensions of size one, and along new leading ones.

    Parameters
    ----------
    self : Tensor
    size : tuple of int
        -1 keeps a dimension.
    implicit : bool
        Without effect.

    Returns
    -------
    Tensor
        Contiguous.
    """
    return traced.expand_copied(self, int_args((size,)))


@composite(functions="squeeze_copy")
def squeeze_copy(self, dim=None):
    """Return a copy without dimensions of size one: all of them, or those named.

    Parameters
    ----------
    self : Tensor
    dim : int or tuple of int, optional

    Returns
    -------
    Tensor
        Contiguous.
    """
    if dim is None:
        return traced.squeeze_all_copied(self)
    if isinstance(dim, (tuple, list)):
        return traced.squeeze_dims_copied(self, tuple(dim))
    return traced.squeeze_dim_copied(self, dim)


@composite(functions="as_strided_copy")
def as_strided_copy(self, size, stride, storage_offset=None):
    """Return a copy of what `as_strided` reads.

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
        Contiguous.
    """
    return traced.as_strided_copied(self, *strided.places(self, size, stride, storage_offset))


@composite(functions="unsafe_chunk", methods="unsafe_chunk")
def unsafe_chunk(self, chunks, dim=0):
    """Cut a tensor along a dimension into at most ``chunks`` parts of one size.

    Parameters
    ----------
    self : Tensor
    chunks : int
    dim : int, default 0

    Returns
    -------
    tuple of Tensor
    """
    each = slices.chunk_size(self, chunks, dim)
    if each == 0:
        return traced.unsafe_split_with_sizes(self, (0,) * chunks, dim)
    return traced.unsafe_split(self, each, dim)
