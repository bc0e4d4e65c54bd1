"""Distances between all pairs of vectors."""

import numpy as np

from . import kinds
from .linalg_kernels import check_float
from .namespaces import T as traced
from .norm import norm_gradient, vector_length
from .registry import Sample, T, composite, op
from .sizes import mistyped, prod, wrap_dim
from .squeeze import broadcast_shapes


def all_differences(x1, x2):
    """Return every difference of rows, (..., n, m, d)."""
    return x1[..., :, None, :] - x2[..., None, :, :]


def distances(x1, x2, p):
    """Return the p-norms of all differences; row by row where the whole would be large."""
    if x1.shape[-2] * x2.shape[-2] * x1.shape[-1] <= 1 << 20:
        return vector_length(all_differences(x1, x2), p, (-1,), False)
    rows = [vector_length(x1[..., i : i + 1, :] - x2, p, (-1,), False) for i in range(x1.shape[-2])]
    return np.stack(rows, -2)


@op(node="CdistBackward0", kind="other", public=False)
class cdist_record:
    r"""The p-norms of the differences of all pairs of rows.

    Parameters
    ----------
    self : Tensor of shape (..., n, d)
    x2 : Tensor of shape (..., m, d)
    p : float

    Notes
    -----
    .. math:: grad_{self,n} = \sum_m g_{nm} sgn(\delta) |\delta|^{p-1} / result_{nm}^{p-1}, \quad
              \delta = self_n - x2_m
    """

    def forward(self, x2, p):
        return distances(self, x2, p)

    def vjp_self(F, grad_output, self, x2, result, p):
        return F.sum_dim(pair_gradient(F, grad_output, self, x2, result, p), (-2,), False)

    def vjp_x2(F, grad_output, self, x2, result, p):
        return -F.sum_dim(pair_gradient(F, grad_output, self, x2, result, p), (-3,), False)

    saved = {"x1": "self", "self": None}
    samples = [Sample(T(3, 2), T(4, 2), 2.0), Sample(T(2, 3, 2), T(2, 4, 2), 1.0)]


def pair_gradient(F, grad_output, x1, x2, result, p):
    """Return the cotangent of every difference."""
    difference = F.unsqueeze(x1, -2) - F.unsqueeze(x2, -3)
    return norm_gradient(F, grad_output, difference, result, p, tuple(difference.shape), -1, False)


@op(node="EuclideanDistBackward0", kind="other", public=False)
class euclidean_record:
    r"""Euclidean distances of all pairs of rows by one matrix product.

    Parameters
    ----------
    self : Tensor of shape (n, d)
    x2 : Tensor of shape (m, d)

    Notes
    -----
    .. math:: result^2 = |x_n|^2 + |y_m|^2 - 2 x_n \cdot y_m, \quad
              grad_{self,n} = \sum_m (g / result)_{nm} (x_n - y_m)
    """

    def forward(self, x2):
        ours = (self * self).sum(-1, keepdims=True)
        theirs = (x2 * x2).sum(-1, keepdims=True)
        ones = np.ones_like
        left = np.concatenate([-2 * self, ours, ones(ours)], -1)
        right = np.concatenate([x2, ones(theirs), theirs], -1)
        return np.sqrt(np.maximum(left @ right.swapaxes(-1, -2), 0))

    def vjp_self(F, grad_output, self, x2, result):
        ratio = euclidean_ratio(F, grad_output, result)
        return self * F.sum_dim(ratio, (-1,), True) - F.matmul(ratio, x2)

    def vjp_x2(F, grad_output, self, x2, result):
        ratio = F.transpose(euclidean_ratio(F, grad_output, result), -2, -1)
        return x2 * F.sum_dim(ratio, (-1,), True) - F.matmul(ratio, self)

    samples = [Sample(T(3, 2), T(4, 2))]


def euclidean_ratio(F, grad_output, result):
    """Return ``g / result``, zero where two rows are the same."""
    zero = F.constant(np.asarray(F.value(result) == 0))
    return F.masked_fill_number(grad_output / result, zero, 0)


@composite(functions="cdist")
def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Return the distances of all pairs of rows.

    Parameters
    ----------
    x1 : Tensor of shape (..., n, d)
    x2 : Tensor of shape (..., m, d)
    p : float, default 2
    compute_mode : str
        Whether Euclidean distances may use a matrix product; by default beyond 25 rows.

    Returns
    -------
    Tensor of shape (..., n, m)
    """
    known = (
        "use_mm_for_euclid_dist_if_necessary",
        "use_mm_for_euclid_dist",
        "donot_use_mm_for_euclid_dist",
    )
    if compute_mode not in known:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.is_floating_point():
            kind = kinds.scalar_type(x._array)
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {kind}")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if x1.dtype != x2.dtype:
        raise mistyped(x1._array, x2._array)
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    many = x1.shape[-2] > 25 or x2.shape[-2] > 25
    by_product = p == 2 and (compute_mode == known[1] or (compute_mode == known[0] and many))
    if not by_product:
        return traced.cdist_record(x1, x2, float(p))
    lead = broadcast_shapes(tuple(x1.shape[:-2]), tuple(x2.shape[:-2]))
    shape = (*lead, x1.shape[-2], x2.shape[-2])
    if lead:
        x1, x2 = (batch_of(x, lead) for x in (x1, x2))
    return traced.view(traced.euclidean_record(x1, x2), shape)


def batch_of(x, lead):
    """Return matrices expanded to some leading dimensions, which are joined into one."""
    wide = traced.expand(x, (*lead, *x.shape[-2:]))
    return traced.reshape(wide, (prod(lead), *x.shape[-2:]))


@op(node="PdistBackward0", kind="other", functions="pdist", namespaces="torch nn.functional")
class pdist:
    r"""Return the distances of all pairs of rows of one matrix, each once.

    Parameters
    ----------
    self : Tensor of shape (n, d)
    p : float, default 2

    Notes
    -----
    .. math:: grad_{self,i} = \sum_{j} \pm g_{ij} sgn(\delta) |\delta|^{p-1} / result^{p-1}
    """

    def forward(self, p=2.0):
        if self.ndim != 2:
            raise RuntimeError(f"pdist only supports 2D tensors, got: {self.ndim}D")
        first, second = np.triu_indices(self.shape[0], 1)
        return vector_length(self[first] - self[second], p, (-1,), False)

    def vjp_self(F, grad_output, self, result, p):
        rows = self.shape[0]
        first, second = (F.constant(i) for i in np.triu_indices(rows, 1))
        difference = F.index_select(self, 0, first) - F.index_select(self, 0, second)
        part = norm_gradient(
            F, grad_output, difference, result, p, tuple(difference.shape), 1, False
        )
        zero = F.zeros(tuple(self.shape), F.value(self).dtype)
        return F.index_add(F.index_add(zero, 0, first, part), 0, second, -part)

    samples = [Sample(T(4, 3)), Sample(T(4, 3), 1.0)]


@op(node="RenormBackward0", kind="other", methods="renorm", functions="renorm", inplace=True)
class renorm:
    r"""Shorten the slices along a dimension whose p-norm is larger than a limit.

    Parameters
    ----------
    self : Tensor
    p : float
    dim : int
    maxnorm : float

    Notes
    -----
    .. math:: result = c \, self, \quad c = \min(1, maxnorm / |self|_p)
    """

    def forward(self, p, dim, maxnorm):
        if p <= 0:
            raise RuntimeError("renorm: non-positive-norm not supported")
        if maxnorm < 0:
            raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
        if self.ndim < 2:
            raise RuntimeError(
                f"renorm: input needs at least 2 dimensions, got {self.ndim} dimensions"
            )
        dim = wrap_dim(dim, self.ndim)
        check_float("linalg.vector_norm", self)
        axes = tuple(d for d in range(self.ndim) if d != dim)
        length = vector_length(self, p, axes, True)
        factor = np.where(length > maxnorm, maxnorm / (length + 1e-7), 1).astype(self.dtype)
        return self * factor

    def vjp_self(F, grad_output, self, p, dim, maxnorm):
        axes = tuple(d for d in range(self.ndim) if d != dim % self.ndim)
        length = F.linalg_vector_norm(self, p, axes, True)
        inverse = F.reciprocal(length + 1e-7)
        product = F.sum_dim(F.real_part(F.conj(self) * grad_output), axes, True)
        slope = norm_gradient(F, product, self, length, p, tuple(self.shape), axes, True)
        short = inverse * maxnorm * (grad_output - inverse * slope)
        return F.where(F.constant(F.value(length) > maxnorm), short, grad_output)

    samples = [Sample(T(3, 4), 2.0, 0, 1.0)]
