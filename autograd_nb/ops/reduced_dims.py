"""The dimensions that a reduction runs over, and results that get them back."""

from __future__ import annotations

from autograd_nb.ops.sizes import wrap_dim, wrap_dims


def dims_of(dim, ndim):
    """Return `dim` as a sorted tuple of dimensions counted from the front; all for None or ()."""
    if dim is None:
        return tuple(range(ndim))
    if not isinstance(dim, (tuple, list)):
        dim = wrap_dim(dim, ndim)
        return (dim,) if ndim else ()
    dims = wrap_dims(dim, ndim)
    if not ndim:
        return ()
    return tuple(sorted(dims)) or tuple(range(ndim))


def axes(self, dim):
    """Return the dimensions as NumPy's `axis`: None for all of them."""
    dims = dims_of(dim, self.ndim)
    return None if len(dims) == self.ndim else dims


def restored(F, value, shape, dim, keepdim):
    """Give the reduced dimensions of a result back, with size 1."""
    if keepdim or not shape:
        return value
    dims = dims_of(dim, len(shape))
    if hasattr(value, "_array"):  # recorded as PyTorch records it
        for i in sorted(dims):
            value = F.unsqueeze(value, i)
        return value
    return F.reshape(value, tuple(1 if i in dims else n for i, n in enumerate(shape)))


def count(shape, dim):
    """Return how many elements each result of a reduction stands for."""
    n = 1
    for i in dims_of(dim, len(shape)):
        n *= shape[i]
    return n


def numpy_dtype(dtype):
    """Return a dtype argument, ours or NumPy's, as a NumPy dtype."""
    return getattr(dtype, "numpy", dtype)
