"""Copies with one slice, range or diagonal replaced: the out-of-place twins of writing to views."""

import numpy as np

from .registry import Sample, T, op
from .sizes import size_text, wrap_dim
from .slices import slice_of
from .windows import diagonal_view


def check_fit(name, part, src):
    """Raise PyTorch's error unless the source has the shape of the part it replaces."""
    if part.shape != src.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{size_text(src.shape)}, slice size = {size_text(part.shape)}"
        )


def replaced(self, view_of, src, name):
    """Return a copy in which a view holds the source."""
    result = np.array(self)
    part = view_of(result)
    check_fit(name, part, src)
    part[...] = src
    return result


@op(
    node="SelectScatterBackward0",
    kind="linear",
    methods="select_scatter",
    functions="select_scatter",
)
class select_scatter:
    r"""Return a copy with one slice along a dimension replaced.

    Parameters
    ----------
    self : Tensor
    src : Tensor
    dim, index : int

    Notes
    -----
    .. math:: grad_self = g \text{ with zeros in the slice}, \quad grad_{src} = select(g)
    """

    def forward(self, src, dim, index):
        dim = wrap_dim(dim, self.ndim)
        if not -self.shape[dim] <= index < self.shape[dim]:
            raise IndexError(
                f"select(): index {index} out of range for tensor of size {size_text(self.shape)} "
                f"at dimension {dim}"
            )
        where = (slice(None),) * dim + (index, ...)
        return replaced(self, lambda x: x[where], src, "select_scatter")

    def vjp_self(F, grad_output, src_shape, src_dtype, dim, index):
        return F.select_scatter(grad_output, F.zeros(src_shape, src_dtype), dim, index)

    def vjp_src(F, grad_output, dim, index):
        return F.select(grad_output, dim, index)

    saved = {"src_sym_sizes": None}
    samples = [Sample(T(3, 4), T(4), 0, 1)]


@op(node="SliceScatterBackward0", kind="linear", methods="slice_scatter", functions="slice_scatter")
class slice_scatter:
    r"""Return a copy with a range along a dimension replaced.

    Parameters
    ----------
    self : Tensor
    src : Tensor
    dim : int, default 0
    start, end : int, optional
    step : int, default 1

    Notes
    -----
    .. math:: grad_self = g \text{ with zeros in the range}, \quad grad_{src} = g[range]
    """

    def forward(self, src, dim=0, start=None, end=None, step=1):
        where = slice_of(wrap_dim(dim, self.ndim), start, end, step)
        return replaced(self, lambda x: x[where], src, "slice_scatter")

    def vjp_self(F, grad_output, src_shape, src_dtype, dim, start, end, step):
        zero = F.zeros(src_shape, src_dtype)
        return F.slice_scatter(grad_output, zero, dim, start, end, step)

    def vjp_src(F, grad_output, dim, start, end, step):
        return F.slice_(grad_output, dim, start, end, step)

    saved = {"src_sym_sizes": None}
    samples = [Sample(T(5, 4), T(2, 4), 0, 1, 3)]


@op(
    node="DiagonalScatterBackward0",
    kind="linear",
    methods="diagonal_scatter",
    functions="diagonal_scatter",
)
class diagonal_scatter:
    r"""Return a copy with the diagonal of two dimensions replaced.

    Parameters
    ----------
    self : Tensor
    src : Tensor
    offset : int, default 0
    dim1, dim2 : int, default 0 and 1

    Notes
    -----
    .. math:: grad_self = g \text{ with zeros on the diagonal}, \quad grad_{src} = diagonal(g)
    """

    def forward(self, src, offset=0, dim1=0, dim2=1):
        dims = wrap_dim(dim1, self.ndim), wrap_dim(dim2, self.ndim)
        return replaced(self, lambda x: diagonal_view(x, offset, *dims), src, "diagonal_scatter")

    def vjp_self(F, grad_output, src_shape, src_dtype, offset, dim1, dim2):
        zero = F.zeros(src_shape, src_dtype)
        return F.diagonal_scatter(grad_output, zero, offset, dim1, dim2)

    def vjp_src(F, grad_output, offset, dim1, dim2):
        return F.diagonal(grad_output, offset, dim1, dim2)

    saved = {"src_sym_sizes": None}
    samples = [Sample(T(3, 4), T(3))]
