"""Largest, smallest, middle and most frequent elements."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.op import listed
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops import kinds
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import axes, dims_of, restored
from autograd_nb.ops.registry import Sample, T, composite, op
from autograd_nb.ops.sizes import wrap_dim


def _needs_elements(name, self, dim, error=RuntimeError):
    """Refuse to look for an extreme among no elements."""
    if self.size:
        return
    if dim is None:
        hint = " Specify the reduction dim with the 'dim' argument."
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            + (hint if error is RuntimeError else "")
        )
    for d in dims_of(dim, self.ndim):
        if self.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def share_evenly(F, grad, self, result):
    """Return the gradient of one chosen value, shared evenly by all elements equal to it."""
    values, chosen = F.value(self), F.value(result)
    mask = np.isnan(values) if np.isnan(chosen) else values == chosen
    count = np.count_nonzero(mask)
    if not F.is_traced:
        return np.where(mask, grad / float(count), 0.0)
    zeros = F.zeros(values.shape, values.dtype)
    return F.masked_fill_tensor(zeros, F.constant(mask), grad / F.constant(np.asarray(count)))


def gather_evenly(F, tangent, self, result):
    """Return the tangent of one chosen value: the mean over all elements equal to it."""
    values, chosen = F.value(self), F.value(result)
    mask = np.isnan(values) if np.isnan(chosen) else values == chosen
    return F.sum_all(tangent * F.constant(mask)) / float(np.count_nonzero(mask))


def put_back(F, grad, shape, dtype, dim, indices, keepdim):
    """Return zeros with the gradient at the positions that were chosen along `dim`."""
    if not keepdim and shape:
        grad, indices = F.unsqueeze(grad, dim), F.unsqueeze(indices, dim)
    return F.scatter_src(F.zeros(shape, dtype), dim, indices, grad)


def take_out(F, tangent, dim, indices, keepdim):
    """Return the elements of a tangent at the positions that were chosen along `dim`."""
    if keepdim or not tangent.shape:
        return F.gather(tangent, dim, indices)
    return F.squeeze_dim(F.gather(tangent, dim, F.unsqueeze(indices, dim)), dim)


def _along(self, dim, keepdim, positions):
    """Return the values at positions (of size 1 along `dim`), and the positions as results."""
    values = np.take_along_axis(self, positions, dim)
    if not keepdim:
        values, positions = values.squeeze(dim), positions.squeeze(dim)
    return values[()], positions.astype(np.int64, copy=False)[()]


def _extreme_all(name, reduce, self):
    kinds.only("buif", f"{name}_all", self)
    _needs_elements(name, self, None)
    return reduce(self, None)


def _extreme_dim(name, search, self, dim, keepdim):
    if self.dtype.kind == "c":
        raise RuntimeError(f"{name}(): does not support complex input")
    dim = wrap_dim(dim, self.ndim)
    if not self.ndim:
        return self[()], np.int64(0)
    if self.shape[dim] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
    return _along(self, dim, keepdim, search(self, dim, keepdims=True))


@op(node="MaxBackward1", kind="other", public=False)
class max_all:
    r"""Largest of all elements.

    Parameters
    ----------
    self : Tensor, not empty, not complex
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,[self = result] / n

    where `n` elements are equal to the largest.
    """

    def forward(self):
        return _extreme_all("max", np.maximum.reduce, self)

    def vjp_self(F, grad_output, self, result):
        return share_evenly(F, grad_output, self, result)

    def jvp_self(F, tangent, self, result):
        return gather_evenly(F, tangent, self, result)

    torch_name = "max"
    samples = [
        Sample(T(3, 4)),
        Sample(T()),
        Sample(T.of([1.0, 2.0, 2.0])),
        Sample(T.of([1.0, float("nan"), float("nan")])),
        Sample(T(3, dtype="int64")),
        Sample(T(3, dtype="bool")),
    ]
    error_samples = [Sample(T(0)), Sample(T(2, dtype="complex64"))]


@op(node="MinBackward1", kind="other", public=False)
class min_all:
    r"""Smallest of all elements.

    Parameters
    ----------
    self : Tensor, not empty, not complex
        Input.

    Notes
    -----
    .. math:: grad_{self} = g\,[self = result] / n

    where `n` elements are equal to the smallest.
    """

    def forward(self):
        return _extreme_all("min", np.minimum.reduce, self)

    def vjp_self(F, grad_output, self, result):
        return share_evenly(F, grad_output, self, result)

    def jvp_self(F, tangent, self, result):
        return gather_evenly(F, tangent, self, result)

    torch_name = "min"
    samples = [Sample(T(3, 4)), Sample(T.of([1.0, 1.0, 2.0])), Sample(T(3, dtype="int64"))]
    error_samples = [Sample(T(0)), Sample(T(2, dtype="complex64"))]


@op(
    node="MaxBackward0",
    kind="other",
    outputs="values indices",
    return_type="max",
    public=False,
)
class max_dim:
    r"""Largest elements along one dimension, and where the first of them is.

    Parameters
    ----------
    self : Tensor, not complex
        Input.
    dim : int
        Along what.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Notes
    -----
    .. math:: grad_{self} = scatter(g, dim, indices)
    """

    def forward(self, dim, keepdim=False):
        return _extreme_dim("max", np.argmax, self, dim, keepdim)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim):
        return put_back(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim)

    def jvp_self(F, tangent, dim, indices, keepdim):
        return take_out(F, tangent, dim, indices, keepdim), None

    torch_name = "max"
    samples = [
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1, True),
        Sample(T(), 0),
        Sample(T(0, 3), 1),
        Sample(T.of([[1.0, 2.0, 2.0], [float("nan"), 3.0, float("nan")]]), 1),
        Sample(T(3, 2, dtype="int64"), 0),
        Sample(T(3, 2, dtype="bool"), 0),
    ]
    error_samples = [Sample(T(0, 3), 0), Sample(T(3), 1), Sample(T(2, dtype="complex64"), 0)]


@op(
    node="MinBackward0",
    kind="other",
    outputs="values indices",
    return_type="min",
    public=False,
)
class min_dim:
    r"""Smallest elements along one dimension, and where the first of them is.

    Parameters
    ----------
    self : Tensor, not complex
        Input.
    dim : int
        Along what.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Notes
    -----
    .. math:: grad_{self} = scatter(g, dim, indices)
    """

    def forward(self, dim, keepdim=False):
        return _extreme_dim("min", np.argmin, self, dim, keepdim)

    def vjp_self(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim):
        return put_back(F, grad_output0, self_shape, self_dtype, dim, indices, keepdim)

    def jvp_self(F, tangent, dim, indices, keepdim):
        return take_out(F, tangent, dim, indices, keepdim), None

    torch_name = "min"
    samples = [Sample(T(3, 4), 0), Sample(T(3, 4), -1, True), Sample(T(), 0), Sample(T(0, 3), 1)]
    error_samples = [Sample(T(0, 3), 0), Sample(T(3), 1)]


def _choose(name, pair, self, dim, keepdim, other):
    if isinstance(dim, Tensor):
        dim, other = None, dim
    if other is not None:
        return pair(self, other)
    if dim is None:
        return getattr(traced, f"{name}_all")(self)
    if isinstance(dim, (tuple, list, float)):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got "
            f"({type(dim).__name__}), but expected one int dim or a Tensor"
        )
    return getattr(traced, f"{name}_dim")(self, dim, keepdim)


@composite(methods="max", functions="max")
def max(self, dim=None, keepdim=False, *, other=None):
    """Largest element; along a dimension; or the larger ones of two tensors.

    Parameters
    ----------
    self : Tensor
        Input, not complex.
    dim : int or Tensor, optional
        Along what; or the second tensor.
    keepdim : bool, default False
        Keep that dimension, with size 1.
    other : Tensor, optional
        The second tensor, by name.

    Returns
    -------
    Tensor, or named tuple (values, indices)
        The named tuple where a dimension is given.

    Examples
    --------
    >>> torch.max(torch.tensor([1., 3., 2.]), 0)
    torch.return_types.max(
    values=tensor(3.),
    indices=tensor(1))
    """
    return _choose("max", traced.maximum, self, dim, keepdim, other)


@composite(methods="min", functions="min")
def min(self, dim=None, keepdim=False, *, other=None):
    """Smallest element; along a dimension; or the smaller ones of two tensors.

    Parameters
    ----------
    self : Tensor
        Input, not complex.
    dim : int or Tensor, optional
        Along what; or the second tensor.
    keepdim : bool, default False
        Keep that dimension, with size 1.
    other : Tensor, optional
        The second tensor, by name.

    Returns
    -------
    Tensor, or named tuple (values, indices)
        The named tuple where a dimension is given.
    """
    return _choose("min", traced.minimum, self, dim, keepdim, other)


def _split_ties(F, grad, self, result, shape, dim, keepdim):
    """Return the gradient of extremes, shared evenly along the reduced dimensions."""
    grad = restored(F, grad, shape, dim, keepdim)
    chosen = F.value(restored(F, result, shape, dim, keepdim))
    mask = F.value(self) == chosen
    ties = np.count_nonzero(mask, axis=dims_of(dim, len(shape)), keepdims=True)
    return grad * F.constant(mask) / F.constant(np.asarray(ties, chosen.dtype))


def _meet_ties(F, tangent, self, result, shape, dim, keepdim):
    chosen = F.value(restored(F, result, shape, dim, keepdim))
    mask = F.value(self) == chosen
    ties = np.count_nonzero(mask, axis=dims_of(dim, len(shape)), keepdims=keepdim)
    total = F.sum_dim(tangent * F.constant(mask), dim, keepdim)
    return total / F.constant(np.asarray(ties, chosen.dtype))


@op(node="AmaxBackward0", kind="other", methods="amax", functions="amax")
class amax:
    r"""Largest elements over some dimensions.

    Parameters
    ----------
    self : Tensor, not complex
        Input.
    dim : int or tuple of int, default ()
        Over what, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = g\,[self = result] / n

    where `n` elements are equal to the largest.
    """

    def forward(self, dim=(), keepdim=False):
        kinds.only("buif", "max_values_cpu", self)
        _needs_elements("amax", self, None if dim in ((), None) else dim)
        return np.maximum.reduce(self, axes(self, dim), keepdims=keepdim)

    def vjp_self(F, grad_output, self, self_shape, result, dim, keepdim):
        return _split_ties(F, grad_output, self, result, self_shape, dim, keepdim)

    def jvp_self(F, tangent, self, self_shape, result, dim, keepdim):
        return _meet_ties(F, tangent, self, result, self_shape, dim, keepdim)

    saved = {"dim": listed}
    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 0),
        Sample(T(2, 3, 4), (0, -1), True),
        Sample(T()),
        Sample(T.of([[1.0, 2.0, 2.0], [3.0, 3.0, 0.0]]), 1),
        Sample(T(0, 3), 1),
    ]
    error_samples = [Sample(T(0, 3), 0), Sample(T(0)), Sample(T(3), 2)]


@op(node="AminBackward0", kind="other", methods="amin", functions="amin")
class amin:
    r"""Smallest elements over some dimensions.

    Parameters
    ----------
    self : Tensor, not complex
        Input.
    dim : int or tuple of int, default ()
        Over what, everything by default.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = g\,[self = result] / n

    where `n` elements are equal to the smallest.
    """

    def forward(self, dim=(), keepdim=False):
        kinds.only("buif", "min_values_cpu", self)
        _needs_elements("amin", self, None if dim in ((), None) else dim)
        return np.minimum.reduce(self, axes(self, dim), keepdims=keepdim)

    def vjp_self(F, grad_output, self, self_shape, result, dim, keepdim):
        return _split_ties(F, grad_output, self, result, self_shape, dim, keepdim)

    def jvp_self(F, tangent, self, self_shape, result, dim, keepdim):
        return _meet_ties(F, tangent, self, result, self_shape, dim, keepdim)

    saved = {"dim": listed}
    samples = [Sample(T(3, 4)), Sample(T(3, 4), 0), Sample(T.of([1.0, 1.0, 2.0]), 0, True)]
    error_samples = [Sample(T(0, 3), 0), Sample(T(0))]


@op(
    node="AminmaxBackward0",
    kind="other",
    outputs="min max",
    return_type="aminmax",
    methods="aminmax",
    functions="aminmax",
)
class aminmax:
    r"""Smallest and largest elements, of everything or along one dimension.

    Parameters
    ----------
    self : Tensor, not complex
        Input.
    dim : int, optional
        Along what, everything by default.
    keepdim : bool, default False
        Keep that dimension, with size 1.

    Notes
    -----
    The gradients are those of `amin` and `amax`.
    """

    def forward(self, *, dim=None, keepdim=False):
        kinds.only("buif", "aminmax", self)
        if dim is None and not self.size:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has "
                "no identity."
            )
        if dim is not None and self.ndim and self.shape[wrap_dim(dim, self.ndim)] == 0:
            raise IndexError(
                f"aminmax: Expected reduction dim {wrap_dim(dim, self.ndim)} to have non-zero size."
            )
        axis = axes(self, dim)
        return (
            np.minimum.reduce(self, axis, keepdims=keepdim),
            np.maximum.reduce(self, axis, keepdims=keepdim),
        )

    def vjp_self(F, grad_output0, grad_output1, self, self_shape, min, max, dim, keepdim):
        parts = [
            _split_ties(F, grad, self, value, self_shape, dim, keepdim)
            for grad, value in ((grad_output0, min), (grad_output1, max))
            if grad is not None
        ]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    samples = [Sample(T(3, 4)), Sample(T(3, 4), dim=0, keepdim=True), Sample(T())]
    error_samples = [Sample(T(0)), Sample(T(2, 0), dim=1)]


def _position(name, search, self, dim, keepdim):
    if self.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input")
    if self.dtype.kind == "c":
        raise RuntimeError(f"{name}(): does not support complex input")
    if dim is not None:
        dim = wrap_dim(dim, self.ndim)
    _needs_elements(name, self, dim, IndexError)
    if dim is None or not self.ndim:
        found = np.asarray(search(self), np.int64)
        return found.reshape((1,) * self.ndim) if keepdim else found[()]
    return np.asarray(search(self, dim, keepdims=keepdim), np.int64)[()]


@op(node=None, kind="nondifferentiable", methods="argmax", functions="argmax")
class argmax:
    """Position of the first largest element.

    Parameters
    ----------
    self : Tensor, not bool, not complex
        Input.
    dim : int, optional
        Along what; by default the position counts through all elements in row-major order.
    keepdim : bool, default False
        Keep the dimensions searched, with size 1.

    Notes
    -----
    int64 result, without a derivative. NaN counts as the largest.
    """

    def forward(self, dim=None, keepdim=False):
        return _position("argmax", np.argmax, self, dim, keepdim)

    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1, True),
        Sample(T(3, 4), None, True),
        Sample(T()),
        Sample(T.of([1.0, float("nan"), 3.0])),
    ]
    error_samples = [
        Sample(T(0)),
        Sample(T(0, 3), 0),
        Sample(T(2, dtype="bool")),
        Sample(T(3), 1),
    ]


@op(node=None, kind="nondifferentiable", methods="argmin", functions="argmin")
class argmin:
    """Position of the first smallest element.

    Parameters
    ----------
    self : Tensor, not bool, not complex
        Input.
    dim : int, optional
        Along what; by default the position counts through all elements in row-major order.
    keepdim : bool, default False
        Keep the dimensions searched, with size 1.

    Notes
    -----
    int64 result, without a derivative. NaN counts as the smallest.
    """

    def forward(self, dim=None, keepdim=False):
        return _position("argmin", np.argmin, self, dim, keepdim)

    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 0),
        Sample(T(3, 4), -1, True),
        Sample(T.of([1.0, float("nan"), 3.0])),
    ]
    error_samples = [Sample(T(0)), Sample(T(2, dtype="bool"))]
