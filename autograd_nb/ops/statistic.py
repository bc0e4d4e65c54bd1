"""Spread of a sample: variance and standard deviation, alone or with the mean."""

from __future__ import annotations

import numpy as np

from autograd_nb.core.op import listed
from autograd_nb.core.warn import warn
from autograd_nb.ops.namespaces import T as traced
from autograd_nb.ops.reduced_dims import axes, count, dims_of, restored
from autograd_nb.ops.registry import Sample, T, composite, op


def _moments(public, self, dim, correction, keepdim):
    """Return variance and mean over some dimensions, for a function of a public name."""
    if self.dtype.kind not in "fc":
        name = public if "mean" in public else "std and var"
        raise RuntimeError(f"{name} only support floating point and complex dtypes")
    axis = axes(self, dim)
    n = count(self.shape, dim)
    if (n if self.size else 0) <= correction:
        warn(
            f"{public}(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "reduction factor (input numel divided by output numel)."
        )
    own = self.dtype
    if own.kind == "f" and own.itemsize < 8:
        self = self.astype(np.float64)  # what PyTorch sums in
    mean = np.add.reduce(self, axis, keepdims=True) / self.dtype.type(n)
    deviation = self - mean
    if self.dtype.kind == "c":
        square = deviation.real**2 + deviation.imag**2
    else:
        square = deviation * deviation
    total = np.add.reduce(square, axis, keepdims=keepdim)
    variance = total / total.dtype.type(max(n - correction, 0))
    if own.kind == "f":
        variance, mean = variance.astype(own), mean.astype(own)
    return variance, mean if keepdim else mean.reshape(variance.shape)[()]


def _var_gradient(F, grad, self, shape, dim, correction, keepdim):
    """Return the gradient of a variance for its sample."""
    free = count(shape, dim) - correction
    if dim is None:  # one number for everything broadcasts as it is
        deviation = self - F.mean_all(self)
    else:
        grad = restored(F, grad, shape, dim, keepdim)
        deviation = self - F.mean_dim(self, dims_of(dim, len(shape)), True)
    if free <= 0:  # PyTorch: NaN at the mean, infinite elsewhere
        return grad * F.where(deviation == 0, np.nan, np.inf)
    return grad * (2.0 / free) * deviation


def _var_tangent(F, tangent, self, shape, dim, correction, keepdim):
    deviation = self - F.mean_dim(self, dims_of(dim, len(shape)), True)
    scale = 2.0 / (count(shape, dim) - correction)
    return F.sum_dim(F.real_part(F.conj(deviation) * tangent) * scale, dim, keepdim)


@op(node="VarBackward0", kind="other", public=False)
class var_dim:
    r"""Variance over some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Sample, floating point or complex.
    dim : int or tuple of int, optional
        Over what, everything by default.
    correction : number, default 1
        What is subtracted from the number of elements in the divisor.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = \frac{2 g}{n - correction} (self - mean)
    """

    def forward(self, dim=None, *, correction=1, keepdim=False):
        return _moments("var", self, dim, correction, keepdim)[0]

    def vjp_self(F, grad_output, self, self_shape, dim, correction, keepdim):
        return _var_gradient(F, grad_output, self, self_shape, dim, correction, keepdim)

    def jvp_self(F, tangent, self, self_shape, dim, correction, keepdim):
        return _var_tangent(F, tangent, self, self_shape, dim, correction, keepdim)

    saved = {"dim": listed}
    torch_name = "var"
    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 0),
        Sample(T(3, 4), 1, correction=0, keepdim=True),
        Sample(T(2, 3, 4), (0, 2), correction=2),
        Sample(T(3, dtype="complex128")),
    ]
    error_samples = [Sample(T(3, dtype="int64")), Sample(T(3), 1)]


@op(node="StdBackward0", kind="other", public=False)
class std_dim:
    r"""Standard deviation over some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Sample, floating point or complex.
    dim : int or tuple of int, optional
        Over what, everything by default.
    correction : number, default 1
        What is subtracted from the number of elements in the divisor.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = \frac{g}{(n - correction)\, result} (self - mean)

    and zero where the result is zero.
    """

    def forward(self, dim=None, *, correction=1, keepdim=False):
        return np.sqrt(_moments("std", self, dim, correction, keepdim)[0])

    def vjp_self(F, grad_output, self, self_shape, result, dim, correction, keepdim):
        inner = F.zeroed(grad_output / (result * 2), result == 0)
        return _var_gradient(F, inner, self, self_shape, dim, correction, keepdim)

    def jvp_self(F, tangent, self, self_shape, result, dim, correction, keepdim):
        moved = _var_tangent(F, tangent, self, self_shape, dim, correction, keepdim)
        return F.where(result == 0, 0.0, moved / (result * 2))

    saved = {"dim": listed}
    torch_name = "std"
    samples = [
        Sample(T(3, 4)),
        Sample(T(3, 4), 0),
        Sample(T(3, 4), 1, correction=0, keepdim=True),
        Sample(T(2, 3, 4), (0, 2), correction=2),
        Sample(T.of([1.0, 1.0])),
    ]
    error_samples = [Sample(T(3, dtype="int64"))]


def _mean_gradient(F, grad, shape, dim, keepdim):
    share = restored(F, grad, shape, dim, keepdim) / count(shape, dim)
    return F.expand(share, shape)


def _added(first, second):
    return second if first is None else first if second is None else first + second


@op(node="VarMeanBackward0", kind="other", outputs="var mean", public=False)
class var_mean_dim:
    r"""Variance and mean over some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Sample, floating point or complex.
    dim : int or tuple of int, optional
        Over what, everything by default.
    correction : number, default 1
        What is subtracted from the number of elements in the divisor.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = \frac{2 g_0}{n - correction} (self - mean) + \frac{g_1}{n}
    """

    def forward(self, dim=None, *, correction=1, keepdim=False):
        return _moments("var_mean", self, dim, correction, keepdim)

    def vjp_self(F, grad_output0, grad_output1, self, self_shape, dim, correction, keepdim):
        first = second = None
        if grad_output0 is not None:
            first = _var_gradient(F, grad_output0, self, self_shape, dim, correction, keepdim)
        if grad_output1 is not None:
            second = _mean_gradient(F, grad_output1, self_shape, dim, keepdim)
        return _added(first, second)

    saved = {"dim": listed}
    torch_name = "var_mean"
    samples = [Sample(T(3, 4)), Sample(T(3, 4), 0, correction=0, keepdim=True)]


@op(node="StdMeanBackward0", kind="other", outputs="std mean", public=False)
class std_mean_dim:
    r"""Standard deviation and mean over some dimensions.

    Parameters
    ----------
    self : Tensor of any shape
        Sample, floating point or complex.
    dim : int or tuple of int, optional
        Over what, everything by default.
    correction : number, default 1
        What is subtracted from the number of elements in the divisor.
    keepdim : bool, default False
        Keep those dimensions, with size 1.

    Notes
    -----
    .. math:: grad_{self} = \frac{g_0}{(n - correction)\, std} (self - mean) + \frac{g_1}{n}
    """

    def forward(self, dim=None, *, correction=1, keepdim=False):
        variance, mean = _moments("std_mean", self, dim, correction, keepdim)
        return np.sqrt(variance), mean

    def vjp_self(F, grad_output0, grad_output1, self, self_shape, std, dim, correction, keepdim):
        first = second = None
        if grad_output0 is not None:
            inner = F.zeroed(grad_output0 / (std * 2), std == 0)
            first = _var_gradient(F, inner, self, self_shape, dim, correction, keepdim)
        if grad_output1 is not None:
            second = _mean_gradient(F, grad_output1, self_shape, dim, keepdim)
        return _added(first, second)

    saved = {"dim": listed, "result0": "std", "std": None}
    torch_name = "std_mean"
    samples = [Sample(T(3, 4)), Sample(T(3, 4), 0, correction=0, keepdim=True)]


def _arguments(args, dim, unbiased, keepdim, correction, name):
    """Sort out PyTorch's overloads: ``(unbiased)``, ``(dim, unbiased, keepdim)``, keywords."""
    rest = list(args)
    if rest and isinstance(rest[0], bool):
        unbiased = rest.pop(0)
    elif rest:
        dim = rest.pop(0)
        if rest:
            unbiased = rest.pop(0)
        if rest:
            keepdim = rest.pop(0)
    if rest or (unbiased is not None and correction is not None):
        raise TypeError(
            f"{name}() received an invalid combination of arguments: give either `unbiased` or "
            "`correction`"
        )
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    return {"dim": dim, "correction": correction, "keepdim": keepdim}


_TEXT = """{summary}

    Parameters
    ----------
    self : Tensor of any shape
        Sample, floating point or complex.
    *args
        ``dim, unbiased, keepdim`` by position, or `unbiased` alone.
    dim : int or tuple of int, optional
        Over what, everything by default.
    unbiased : bool, default True
        Same as ``correction=1``; False is ``correction=0``.
    keepdim : bool, default False
        Keep those dimensions, with size 1.
    correction : number, default 1
        What is subtracted from the number of elements in the divisor.

    Returns
    -------
    {returns}
    """


def _spread(name, summary, returns, methods):
    record = f"{name}_dim"

    def function(self, *args, dim=None, unbiased=None, keepdim=False, correction=None):
        given = _arguments(args, dim, unbiased, keepdim, correction, name)
        return getattr(traced, record)(self, **given)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _TEXT.format(summary=summary, returns=returns)
    return composite(methods=methods, functions=name)(function)


_spread("var", "Variance over all or some dimensions.", "Tensor\n        The variances.", "var")
_spread(
    "std",
    "Standard deviation over all or some dimensions.",
    "Tensor\n        The standard deviations.",
    "std",
)
_spread(
    "var_mean",
    "Variance and mean over all or some dimensions.",
    "tuple of Tensor\n        Variances and means.",
    "",
)
_spread(
    "std_mean",
    "Standard deviation and mean over all or some dimensions.",
    "tuple of Tensor\n        Standard deviations and means.",
    "",
)
