"""Norms of matrices, and distances between vectors."""

from ..core.dtypes import result_type
from .linalg_kernels import check_float, check_matrix, check_square
from .namespaces import T as traced
from .norm import check_order, norm, vector_norm
from .registry import FUNCTIONS, composite
from .sizes import size_text, wrap_dim
from .squeeze import broadcast_shapes

INF = float("inf")


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
    check_order("linalg.matrix_norm", ord)
    if ord not in ("fro", "nuc") and (isinstance(ord, str) or abs(ord) not in (1, 2, INF)):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    check_matrix("linalg.matrix_norm", A._array)
    if dtype is None:
        check_float("linalg.matrix_norm", A._array)
    if len(dim) != 2:
        sizes = " ".join(map(str, dim))
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {sizes}")
    first, second = (wrap_dim(d, A.ndim) for d in dim)
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({first}, {second})")
    if dtype is not None:
        A = A.to(dtype)
    if ord == "fro":
        return traced.linalg_vector_norm(A, 2, tuple(dim), keepdim)
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
    summed, over = (first, second) if abs(ord) == 1 else (second, first)
    sums = traced.linalg_vector_norm(A, 1, (summed,), keepdim)
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
    if dim is None and A.ndim not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{A.ndim}D."
        )
    if isinstance(ord, str) or (A.ndim if dim is None else len(dim)) == 2:
        return matrix_norm(A, ord, (-2, -1) if dim is None else tuple(dim), keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


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
    name = f"linalg.cond(ord={p})"
    if isinstance(p, str):
        check_square(name, A._array)
    elif A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if isinstance(p, complex):
        raise RuntimeError("value cannot be converted to type double without overflow")
    if p not in (None, 2, -2, "fro", "nuc", 1, -1, INF, -INF):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if not A.numel():
        return A.new_zeros(A.shape[:-2], dtype=A.dtype.to_real())
    if p in (None, 2, -2):
        singular = traced.svd_record(A, False)[1]
        last, first = traced.narrow(singular, -1, -1, 1), traced.narrow(singular, -1, 0, 1)
        ratio = last / first if p == -2 else first / last
        return traced.squeeze_dim(ratio, -1)
    if p == "nuc":
        singular = traced.svd_record(A, False)[1]
        return singular.sum(-1) * singular.reciprocal().sum(-1)
    check_square(name, A._array)
    inverse, info = traced.inv_record(A)
    inverse = inverse.masked_fill((info > 0)[..., None, None], INF)
    found = matrix_norm(A, p) * matrix_norm(inverse, p)
    return found.nan_to_num(INF, INF, -INF)  # infinity times zero is infinite here


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
    out : Tensor, optional
        Where the result is written.

    Returns
    -------
    Tensor
    """
    length = traced.clamp_min(norm(input, p, dim, keepdim=True), eps)
    length = traced.expand(length, tuple(input.shape))
    return input / length if out is None else FUNCTIONS["torch"]["div"](input, length, out=out)


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

    common = result_type((x1, x2))
    if not common.is_floating_point:
        raise RuntimeError(
            "expected common dtype to be floating point, yet common dtype is "
            + common.tensor_name.removesuffix("Tensor")
        )
    x1, x2 = x1.to(common), x2.to(common)
    shape = broadcast_shapes(tuple(x1.shape), tuple(x2.shape))
    if tuple(x1.shape) != shape or tuple(x2.shape) != shape:
        x1, x2 = traced.expand(x1, shape), traced.expand(x2, shape)
    units = []
    for x in (x1, x2):
        length = traced.clone(traced.linalg_vector_norm(x, 2, (dim,), True))
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
    return traced.norm_record(traced.add_scalar(x1 - x2, eps), p, (last,), keepdim)


@composite(functions="frobenius_norm")
def frobenius_norm(self, dim, keepdim=False):
    """Return the root of the sum of squares over one or two dimensions.

    Parameters
    ----------
    self : Tensor
        Input.
    dim : int or tuple of int
        All of them if empty.
    keepdim : bool, default False

    Returns
    -------
    Tensor
    """
    return traced.norm_record(self, 2, None if dim in ([], ()) else dim, keepdim)


@composite(functions="nuclear_norm")
def nuclear_norm(self, dim=(-2, -1), keepdim=False):
    """Return the sum of the singular values of matrices.

    Parameters
    ----------
    self : Tensor
        Input.
    dim : pair of int, default the last two
    keepdim : bool, default False

    Returns
    -------
    Tensor
    """
    if isinstance(dim, bool):
        dim, keepdim = (-2, -1), dim
    return matrix_norm(self, "nuc", dim, keepdim)
