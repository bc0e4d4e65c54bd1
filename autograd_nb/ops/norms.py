"""Norms of vectors and matrices, and distances between vectors."""

import numpy as np

from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import scalar_type, size_text, wrap_dim, wrap_dims
from .squeeze import broadcast_shapes

INF = float("inf")


def norm_axes(ndim, dim):
    """Return the dimensions that a norm runs over; all for None or ()."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    if not isinstance(dim, (tuple, list)):
        dim = (dim,)
    return wrap_dims(dim, ndim) if ndim else ()


def vector_norm_of(x, p, axes, keepdim):
    """Return the p-norms of an array along axes."""
    size = np.abs(x)
    if p == 2:
        if x.dtype.kind == "c":
            return np.sqrt(np.add.reduce(size * size, axes, keepdims=keepdim))
        return np.sqrt(np.add.reduce(x * x, axes, keepdims=keepdim))
    if p == INF:
        return np.maximum.reduce(size, axes, keepdims=keepdim, initial=0 if x.size == 0 else None)
    if p == -INF:
        return np.minimum.reduce(size, axes, keepdims=keepdim)
    if p == 1:
        return np.add.reduce(size, axes, keepdims=keepdim)
    if p == 0:
        return np.add.reduce((x != 0).astype(size.dtype), axes, keepdims=keepdim)
    kind = size.dtype.type
    return np.add.reduce(size ** kind(p), axes, keepdims=keepdim) ** kind(1 / p)


def norm_gradient(F, grad, x, result, p, axes, keepdim):
    """Return the cotangent of the input of a p-norm; zero where the norm is."""
    kind = F.value(x).real.dtype
    if not keepdim and x.ndim:
        shape = tuple(1 if d in axes else n for d, n in enumerate(x.shape))
        grad, result = F.reshape(grad, shape), F.reshape(result, shape)
    if p == 0:
        return F.zeros(tuple(x.shape), F.value(x).dtype)
    raw, norm = F.value(x), F.value(result)
    if p == 2:
        return x * F.masked_fill_number(grad / result, F.constant(np.asarray(norm == 0)), 0)
    if abs(p) == INF:
        top = np.abs(raw) == norm
        shares = (top / np.maximum(top.sum(axes, keepdims=True), 1)).astype(kind)
        return F.sgn(x) * (grad * F.constant(shares))
    if p == 1:
        return F.sgn(x) * grad
    safe = F.masked_fill_number(F.abs(x), F.constant(np.asarray(raw == 0)), 1)
    power = safe ** (p - 1)
    if p < 1:
        power = F.masked_fill_number(power, F.constant(np.asarray(raw == 0)), 0)
    scale = F.masked_fill_number(grad / result ** (p - 1), F.constant(np.asarray(norm == 0)), 0)
    return F.sgn(x) * power * scale


class _Norm:
    r"""The p-norm along dimensions.

    Parameters
    ----------
    self : Tensor
    p : float
    dim : tuple of int or None
    keepdim : bool
    dtype : dtype or None

    Notes
    -----
    .. math:: grad_self = g \, sgn(self) |self|^{p-1} / result^{p-1}
    """

    def forward(self, p=2, dim=None, keepdim=False, dtype=None):
        if dtype is not None:
            self = self.astype(dtype.numpy)
        axes = norm_axes(self.ndim, dim)
        if (p < 0 or p == INF) and dim is not None and any(self.shape[d] == 0 for d in axes):
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {p:g} norm on the dimension "
                f"{next(d for d in axes if self.shape[d] == 0)} because this dimension is empty and "
                "the operation does not have an identity"
            )
        return vector_norm_of(self, p, axes, keepdim)

    def vjp_self(F, grad_output, self, result, p, dim, keepdim):
        return norm_gradient(
            F, grad_output, self, result, p, norm_axes(len(self.shape), dim), keepdim
        )

    samples = [
        Sample(T(3, 4), 2, None, False),
        Sample(T(3, 4), 3, (1,), True),
        Sample(T(3, 4), 1, (0,), False),
        Sample(T(3, 4), INF, (-1,), False),
    ]


vector_norm_record = op(
    name="vector_norm_record", node="LinalgVectorNormBackward0", kind="other", public=False
)(_Norm)
norm_record = op(name="norm_record", node="NormBackward1", kind="other", public=False)(
    type(
        "_OldNorm",
        (),
        {k: v for k, v in vars(_Norm).items() if not k.startswith("__") or k == "__doc__"},
    )
)


def check_float(name, x, dtype=None):
    """Raise PyTorch's error for integers."""
    if dtype is None and x._array.dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got "
            f"{scalar_type(x._array)}"
        )


@composite(functions="vector_norm", namespaces="linalg")
def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    """Return the p-norms of vectors.

    Parameters
    ----------
    x : Tensor
    ord : float, default 2
    dim : int or tuple of int, optional
        All dimensions by default.
    keepdim : bool, default False
    dtype : dtype, optional
        Dtype to compute in.

    Returns
    -------
    Tensor
    """
    check_float("linalg.vector_norm", x, dtype)
    dim = dim if dim is None or isinstance(dim, (tuple, list)) else (dim,)
    return traced.vector_norm_record(x, ord, dim, keepdim, dtype)


@composite(functions="matrix_norm", namespaces="linalg")
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """Return norms of matrices.

    Parameters
    ----------
    A : Tensor of at least two dimensions
    ord : {"fro", "nuc", 2, -2, 1, -1, inf, -inf}
    dim : pair of int, default (-2, -1)
    keepdim : bool, default False
    dtype : dtype, optional
        Dtype to compute in.

    Returns
    -------
    Tensor
    """
    if A.ndim < 2:
        raise RuntimeError(
            "linalg.matrix_norm: The input tensor A must have at least 2 dimensions."
        )
    check_float("linalg.matrix_norm", A, dtype)
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {size_text(dim)}")
    first, second = (wrap_dim(d, A.ndim) for d in dim)
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if dtype is not None:
        A = A.to(dtype)
    if ord == "fro":
        return traced.vector_norm_record(A, 2, tuple(dim), keepdim, None)
    if ord == "nuc" or (not isinstance(ord, str) and abs(ord) == 2):
        rest = [d for d in range(A.ndim) if d not in (first, second)]
        singular = traced.svd_record(traced.permute(A, (*rest, first, second)), False)[1]
        if ord == "nuc":
            found = traced.sum_dim(singular, (-1,), keepdim)
        elif ord > 0:
            found = traced.amax(singular, -1, keepdim)
        else:
            found = traced.amin(singular, -1, keepdim)
        if keepdim:
            order = [*rest, first, second]
            back = tuple(order.index(d) for d in range(A.ndim))
            found = traced.permute(traced.unsqueeze(found, -1), back)
        return found
    if isinstance(ord, str) or abs(ord) not in (1, INF):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    summed, over = (first, second) if abs(ord) == 1 else (second, first)
    sums = traced.vector_norm_record(A, 1, (summed,), keepdim, None)
    if not keepdim and over > summed:
        over -= 1
    return traced.amax(sums, over, keepdim) if ord > 0 else traced.amin(sums, over, keepdim)


@composite(functions="norm", namespaces="linalg")
def linalg_norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """Return a vector norm, or a matrix norm for two dimensions and a given order.

    Parameters
    ----------
    A : Tensor
    ord : number or {"fro", "nuc"}, optional
    dim : int or pair of int, optional
    keepdim : bool, default False
    dtype : dtype, optional
        Dtype to compute in.

    Returns
    -------
    Tensor
    """
    if dim is not None and not isinstance(dim, (tuple, list)):
        dim = (dim,)
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if dim is not None and len(dim) not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. Got " + size_text(dim)
        )
    if (dim is None and A.ndim not in (1, 2)) or (isinstance(ord, str) and A.ndim < 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{A.ndim}D."
        )
    if isinstance(ord, str) or (dim is not None and len(dim) == 2) or (dim is None and A.ndim == 2):
        pair = tuple(dim) if dim is not None else (0, 1)
        return matrix_norm(A, ord, pair, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


@composite(functions="norm", methods="norm")
def norm(self, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    """Return the norm of a tensor, of its whole or along dimensions.

    Parameters
    ----------
    self : Tensor
    p : number or {"fro", "nuc"}, default "fro"
    dim : int or tuple of int, optional
    keepdim : bool, default False
    out : None
    dtype : dtype, optional
        Dtype to compute in.

    Returns
    -------
    Tensor
    """
    if isinstance(dim, int):
        dim = (dim,)
    if p == "nuc":
        if dim is None:
            return matrix_norm(self, "nuc", (-2, -1), keepdim, dtype=dtype)
        return matrix_norm(self, "nuc", tuple(dim), keepdim, dtype=dtype)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    order = 2 if p in ("fro", None) else p
    return vector_norm(self, order, None if dim is None else tuple(dim), keepdim, dtype=dtype)


@composite(functions="cond", namespaces="linalg")
def cond(A, p=None):
    """Return the condition numbers of matrices.

    Parameters
    ----------
    A : Tensor of shape (..., m, n)
    p : {None, 2, -2, "fro", "nuc", 1, -1, inf, -inf}
        Which norm; 2 by default.

    Returns
    -------
    Tensor
    """
    if p is None or p == 2 or p == -2:
        singular = traced.svd_record(A, False)[1]
        last, first = traced.narrow(singular, -1, -1, 1), traced.narrow(singular, -1, 0, 1)
        ratio = last / first if p == -2 else first / last
        return traced.squeeze_dim(ratio, -1)
    return matrix_norm(A, p) * matrix_norm(traced.inv_record(A)[0], p)


@composite(functions="dist", methods="dist")
def dist(self, other, p=2):
    """Return the p-norm of the difference of two tensors.

    Parameters
    ----------
    self, other : Tensor, broadcastable
    p : float, default 2

    Returns
    -------
    Tensor
    """
    return traced.dist_record(self, other, p)


@op(node="DistBackward0", kind="other", promote="self other", public=False)
class dist_record:
    r"""The p-norm of the difference of two tensors.

    Parameters
    ----------
    self, other : Tensor
    p : float

    Notes
    -----
    .. math:: grad_self = g \, sgn(d) |d|^{p-1} / result^{p-1}, \quad d = self - other
    """

    def forward(self, other, p=2):
        difference = np.asarray(self - other)
        return vector_norm_of(difference, p, tuple(range(difference.ndim)), False)

    def vjp_self(F, grad_output, self, other, result, p):
        difference = self - other
        axes = tuple(range(difference.ndim))
        return norm_gradient(F, grad_output, difference, result, p, axes, False)

    def vjp_other(F, grad_output, self, other, result, p):
        difference = self - other
        axes = tuple(range(difference.ndim))
        return -norm_gradient(F, grad_output, difference, result, p, axes, False)

    samples = [Sample(T(3), T(3)), Sample(T(2, 3), T(3), 1)]


@composite(functions="normalize", namespaces="nn.functional")
def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """Divide by the p-norm along a dimension.

    Parameters
    ----------
    input : Tensor
    p : float, default 2
    dim : int or tuple of int, default 1
    eps : float, default 1e-12
        Smallest divisor.
    out : None

    Returns
    -------
    Tensor
    """
    length = traced.clamp_min(norm(input, p, dim, keepdim=True), eps)
    return input / traced.expand(length, tuple(input.shape))


@composite(functions="cosine_similarity", namespaces="torch nn.functional")
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """Return the cosine of the angles between vectors.

    Parameters
    ----------
    x1, x2 : Tensor, broadcastable
    dim : int, default 1
    eps : float, default 1e-8
        Smallest norm.

    Returns
    -------
    Tensor
    """
    from ..core.modes import no_grad

    shape = broadcast_shapes(tuple(x1.shape), tuple(x2.shape))
    if tuple(x1.shape) != shape or tuple(x2.shape) != shape:
        x1, x2 = traced.expand(x1, shape), traced.expand(x2, shape)
    units = []
    for x in (x1, x2):
        length = traced.clone(traced.vector_norm_record(x, 2, (dim,), True, None))
        # PyTorch clamps without a record: the gradient passes unchanged.
        with no_grad():
            length.clamp_(min=eps)
        units.append(x / length)
    return traced.sum_dim(units[0] * units[1], (dim,), False)


@composite(functions="pairwise_distance", namespaces="torch nn.functional")
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """Return the distances between corresponding vectors.

    Parameters
    ----------
    x1, x2 : Tensor of shape (..., d)
    p : float, default 2
    eps : float, default 1e-6
        Added to the difference.
    keepdim : bool, default False

    Returns
    -------
    Tensor
    """
    last = max(x1.ndim, x2.ndim) - 1
    return traced.norm_record(traced.add_scalar(x1 - x2, eps), p, (last,), keepdim, None)
