"""The discrete Fourier transform: complex to complex, real to complex, complex to real."""

from __future__ import annotations

import numpy as np

from . import kinds
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import wrap_dim

NONE, ROOT, FULL = 0, 1, 2  # how to scale: not, by 1 / sqrt(n), by 1 / n
# NumPy scales by which direction it is; here it is said apart from the direction.
_FORWARD = {NONE: "backward", ROOT: "ortho", FULL: "forward"}
_BACKWARD = {NONE: "forward", ROOT: "ortho", FULL: "backward"}


def _laid_out(result, array, rest, last=()):
    """Give a result the memory order of PyTorch's: what was transformed lies innermost.

    Before that come the other dimensions, those with larger steps in the input first.
    """

    def by_step(dims):
        return sorted(dims, key=lambda d: -abs(array.strides[d]))

    others = [d for d in range(result.ndim) if d not in rest and d not in last]
    order = [*by_step(others), *by_step(rest), *last]
    if order == sorted(order):
        return np.ascontiguousarray(result) if result.ndim else result
    return np.ascontiguousarray(result.transpose(order)).transpose(np.argsort(order))


@op(node="FftC2CBackward0", kind="linear", public=False)
class fft_c2c:
    r"""Transform complex numbers along dimensions.

    Parameters
    ----------
    self : Tensor
        Complex.
    dim : tuple of int
        The dimensions.
    normalization : {0, 1, 2}
        Scale by 1, by one over the root of the number of points, or by one over that number.
    forward : bool
        Sign of the exponent: negative if true.

    Notes
    -----
    .. math:: grad_{self} = F^H g

    the transform with the other sign and the same scale.
    """

    def forward(self, dim, normalization, forward):
        if not dim:
            return np.array(self)
        if forward:
            found = np.fft.fftn(self, axes=dim, norm=_FORWARD[normalization])
        else:
            found = np.fft.ifftn(self, axes=dim, norm=_BACKWARD[normalization])
        return _laid_out(found, self, dim)

    def vjp_self(F, grad_output, dim, normalization, forward):
        return F.fft_c2c(grad_output, dim, normalization, not forward)

    torch_name = "_fft_c2c"
    samples = [
        Sample(T(3, 4, dtype="complex128"), (1,), 0, True),
        Sample(T(3, 4, dtype="complex128"), (0, 1), 1, False),
        Sample(T(3, 5, dtype="complex64"), (1,), 2, False),
        Sample(T(2, 3, 4, dtype="complex128"), (2, 0), 2, True),
    ]


@op(node="FftR2CBackward0", kind="linear", public=False)
class fft_r2c:
    r"""Transform real numbers along dimensions.

    Parameters
    ----------
    self : Tensor
        Real.
    dim : tuple of int
        The dimensions; the last one is halved if `onesided`.
    normalization : {0, 1, 2}
        As for `fft_c2c`.
    onesided : bool
        Leave out the half that follows by symmetry.

    Notes
    -----
    .. math:: grad_{self} = \mathrm{Re}(F^H g)

    with zeros for the half that was left out.
    """

    def forward(self, dim, normalization, onesided):
        run = np.fft.rfftn if onesided else np.fft.fftn
        found = run(self, axes=dim, norm=_FORWARD[normalization])
        return _laid_out(found, self, dim[:-1], dim[-1:])

    def vjp_self(F, grad_output, dim, normalization, onesided, self_shape):
        last = dim[-1]
        missing = self_shape[last] - grad_output.shape[last]
        if onesided and missing:
            behind = (0, 0) * (grad_output.ndim - 1 - last)
            grad_output = F.constant_pad(grad_output, (*behind, 0, missing))
        return F.real_part(F.fft_c2c(grad_output, dim, normalization, False))

    torch_name = "_fft_r2c"
    samples = [
        Sample(T(3, 4), (1,), 0, True),
        Sample(T(3, 5), (1,), 1, True),
        Sample(T(3, 4), (0, 1), 2, False),
        Sample(T(4, 3, 2), (2, 0), 1, True),
        Sample(T(3, 4, dtype="float32"), (1,), 0, True),
        Sample(T(1), (0,), 0, True),
    ]


@op(node="FftC2RBackward0", kind="linear", public=False)
class fft_c2r:
    r"""Transform one half of a symmetric spectrum back to real numbers.

    Parameters
    ----------
    self : Tensor
        Complex.
    dim : tuple of int
        The dimensions; along the last one the half is given.
    normalization : {0, 1, 2}
        As for `fft_c2c`.
    last_dim_size : int
        How many real numbers come out along the last dimension.

    Notes
    -----
    .. math:: grad_{self} = F g

    the one-sided transform, where what stands for two entries of the spectrum counts twice.
    """

    def forward(self, dim, normalization, last_dim_size):
        sizes = [self.shape[d] for d in dim[:-1]]
        found = np.fft.irfftn(
            self, s=(*sizes, last_dim_size), axes=dim, norm=_BACKWARD[normalization]
        )
        return _laid_out(found, self, dim[:-1], dim[-1:])

    def vjp_self(F, grad_output, dim, normalization):
        half = F.fft_r2c(grad_output, dim, normalization, True)
        last = dim[-1]
        double = grad_output.shape[last] - half.shape[last]
        if double <= 0:
            return half
        twice = np.ones(half.shape[last])
        twice[1 : 1 + double] = 2
        shape = [1] * half.ndim
        shape[last] = -1
        return half * F.constant(twice.astype(_real_kind(half)).reshape(shape))

    torch_name = "_fft_c2r"
    samples = [
        Sample(T(3, 4, dtype="complex128"), (1,), 0, 6),
        Sample(T(3, 4, dtype="complex128"), (1,), 2, 7),
        Sample(T(4, 3, dtype="complex128"), (0, 1), 1, 4),
        Sample(T(3, 3, dtype="complex64"), (1,), 2, 5),
        Sample(T(1, dtype="complex128"), (0,), 0, 1),
    ]


def _real_kind(value):
    """Return the NumPy dtype of the parts of a complex array or Tensor."""
    array = getattr(value, "_array", value)
    return array.real.dtype


def _mode(norm, forward):
    """Return how to scale, of the user's word.

    Raises
    ------
    RuntimeError
        If it is none of PyTorch's.
    """
    if norm is None or norm == "backward":
        return NONE if forward else FULL
    if norm == "forward":
        return FULL if forward else NONE
    if norm == "ortho":
        return ROOT
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _promoted(x, want_complex=False):
    """Return the tensor in a dtype that can be transformed.

    Raises
    ------
    RuntimeError
        For float16.
    """
    kind = x._array.dtype
    if kind == np.float16:
        raise RuntimeError("Unsupported dtype Half")
    if kind.kind in "biu":
        kind = kinds.default_float()
    if want_complex and kind.kind != "c":
        kind = np.result_type(kind, np.complex64)
    return x if kind == x._array.dtype else traced.cast(x, kind)


def _real_input(x, name):
    """Return the tensor in a real dtype that can be transformed.

    Raises
    ------
    RuntimeError
        If it is complex.
    """
    if x._array.dtype.kind == "c":
        kind = kinds.scalar_type(x._array)
        if name == "ihfftn":
            raise RuntimeError(f"Only supports floating-point dtypes, but found: {kind}")
        text = "real" if name in ("rfft", "ihfft") else "real-valued"
        raise RuntimeError(f"{name} expects a {text} input tensor, but got {kind}")
    return _promoted(x)


def _one_dim(x, dim):
    """Return a dimension counted from the front.

    Raises
    ------
    IndexError
        If there is none of that number.
    """
    if x.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, x.ndim)


def _check_points(n):
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")


def _resized(x, dims, sizes):
    """Cut off or fill up with zeros, so that the dimensions have these sizes."""
    pads = [(0, 0)] * x.ndim
    for dim, size in zip(dims, sizes, strict=True):
        have = x.shape[dim]
        if size == -1 or size == have:
            continue
        if size < have:
            x = traced.slice_(x, dim, 0, size)
        else:
            pads[dim] = (0, size - have)
    if any(after for _, after in pads):
        x = traced.constant_pad(x, tuple(n for pair in reversed(pads) for n in pair))
    return x


def _shape_and_dims(x, s, dim):
    """Return sizes and dimensions of a transform along several dimensions.

    Raises
    ------
    RuntimeError
        If they do not fit each other or the tensor.
    """
    dim = (dim,) if isinstance(dim, int) else dim
    s = (s,) if isinstance(s, int) else s
    if dim is not None:
        dims = tuple(_one_dim(x, d) for d in dim)
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
    if s is None:
        dims = dims if dim is not None else tuple(range(x.ndim))
        sizes = tuple(x.shape[d] for d in dims)
    else:
        if dim is not None and len(dims) != len(s):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
        if len(s) > x.ndim:
            raise RuntimeError(
                f"Got shape with {len(s)} values but input tensor only has {x.ndim} dimensions."
            )
        if dim is None:
            dims = tuple(range(x.ndim - len(s), x.ndim))
        sizes = tuple(x.shape[d] if n == -1 else n for n, d in zip(s, dims, strict=True))
    for n in sizes:
        _check_points(n)
    return sizes, dims


def _last_size(s, sizes, x, dims):
    """Return the real size along the last dimension, of a spectrum's half."""
    if s is not None and (s if isinstance(s, int) else s[-1]) != -1:
        n = sizes[-1]
    else:
        n = 2 * (x.shape[dims[-1]] - 1)
    _check_points(n)
    return n


def _parameters(kind):
    return f"""
    Parameters
    ----------
    self : Tensor
        {kind}
    {{sizes}}
    norm : {{{{"backward", "ortho", "forward"}}}}, optional
        Scale the inverse transform, both by the root, or the forward one.

    Returns
    -------
    Tensor
        {{result}}
    """


_DOCS = {
    "n": "n : int, optional\n        Cut or fill up with zeros to this length first.\n"
    "    dim : int, default -1\n        Along which dimension.",
    "s": "s : tuple of int, optional\n        Cut or fill up with zeros to these sizes first.\n"
    "    dim : tuple of int, optional\n        Along which dimensions.",
}


def _register(name, summary, sizes, result, function):
    function.__name__ = function.__qualname__ = name
    body = _parameters("Input.").format(sizes=_DOCS[sizes], result=result)
    function.__doc__ = f"{summary}\n{body}"
    composite(functions=name, namespaces="fft")(function)


# -- one dimension --------------------------------------------------------------------------------
def _complex_1d(forward):
    def function(self, n=None, dim=-1, norm=None):
        self = _promoted(self)
        dim = _one_dim(self, dim)
        _check_points(self.shape[dim] if n is None else n)
        if n is not None:
            self = _resized(self, (dim,), (n,))
        mode = _mode(norm, forward)
        if self._array.dtype.kind == "c":
            return traced.fft_c2c(self, (dim,), mode, forward)
        found = traced.fft_r2c(self, (dim,), mode, False)
        return found if forward else traced.conj_complex(found)

    return function


def _real_1d(name, forward):
    def function(self, n=None, dim=-1, norm=None):
        self = _real_input(self, name)
        dim = _one_dim(self, dim)
        _check_points(self.shape[dim] if n is None else n)
        if n is not None:
            self = _resized(self, (dim,), (n,))
        found = traced.fft_r2c(self, (dim,), _mode(norm, forward), True)
        return found if forward else traced.conj_complex(found)

    return function


def _to_real_1d(forward):
    def function(self, n=None, dim=-1, norm=None):
        self = _promoted(self, want_complex=True)
        dim = _one_dim(self, dim)
        size = 2 * (self.shape[dim] - 1) if n is None else n
        _check_points(size)
        if n is not None:
            self = _resized(self, (dim,), (n // 2 + 1,))
        if forward:
            self = traced.conj_complex(self)
        return traced.fft_c2r(self, (dim,), _mode(norm, forward), size)

    return function


_COMPLEX, _REAL, _HALF = "Complex.", "Real.", "Complex, one half of a symmetric spectrum."
_register("fft", "Discrete Fourier transform along one dimension.", "n", _COMPLEX,
          _complex_1d(True))  # fmt: skip
_register("ifft", "Inverse of `fft`.", "n", _COMPLEX, _complex_1d(False))
_register("rfft", "Discrete Fourier transform of real numbers, one half of it.", "n", _HALF,
          _real_1d("rfft", True))  # fmt: skip
_register("irfft", "Inverse of `rfft`.", "n", _REAL, _to_real_1d(False))
_register("hfft", "Discrete Fourier transform of a symmetric signal, given one half.", "n",
          _REAL, _to_real_1d(True))  # fmt: skip
_register("ihfft", "Inverse of `hfft`.", "n", _HALF, _real_1d("ihfft", False))


# -- several dimensions ---------------------------------------------------------------------------
def _complex_nd(forward, default):
    def function(self, s=None, dim=default, norm=None):
        self = _promoted(self, want_complex=True)
        sizes, dims = _shape_and_dims(self, s, dim)
        self = _resized(self, dims, sizes)
        return traced.fft_c2c(self, dims, _mode(norm, forward), forward)

    return function


def _at_least_one(dims, name):
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")


def _real_nd(name, default):
    def function(self, s=None, dim=default, norm=None):
        self = _real_input(self, name)
        sizes, dims = _shape_and_dims(self, s, dim)
        _at_least_one(dims, name)
        self = _resized(self, dims, sizes)
        return traced.fft_r2c(self, dims, _mode(norm, True), True)

    return function


def _to_real_nd(name, default):
    def function(self, s=None, dim=default, norm=None):
        self = _promoted(self, want_complex=True)
        sizes, dims = _shape_and_dims(self, s, dim)
        _at_least_one(dims, name)
        size = _last_size(s, sizes, self, dims)
        self = _resized(self, dims, (*sizes[:-1], size // 2 + 1))
        return traced.fft_c2r(self, dims, _mode(norm, False), size)

    return function


def _symmetric_nd(name, default):
    def function(self, s=None, dim=default, norm=None):
        self = _promoted(self, want_complex=True)
        sizes, dims = _shape_and_dims(self, s, dim)
        _at_least_one(dims, name)
        size = _last_size(s, sizes, self, dims)
        self = _resized(self, dims, (*sizes[:-1], size // 2 + 1))
        mode = _mode(norm, True)
        if len(dims) > 1:
            self = traced.fft_c2c(self, dims[:-1], mode, True)
        return traced.fft_c2r(traced.conj_complex(self), dims[-1:], mode, size)

    return function


def _to_symmetric_nd(name, default):
    def function(self, s=None, dim=default, norm=None):
        self = _real_input(self, name)
        sizes, dims = _shape_and_dims(self, s, dim)
        _at_least_one(dims, name)
        mode = _mode(norm, False)
        self = _resized(self, dims, sizes)
        found = traced.fft_r2c(self, dims[-1:], mode, True)
        if len(dims) == 1:
            return traced.conj_complex(found)
        return traced.fft_c2c(traced.conj_physical(found), dims[:-1], mode, False)

    return function


for _suffix, _default, _where in (("2", (-2, -1), "two dimensions"), ("n", None, "dimensions")):
    for _name, _summary, _result, _make in (
        ("fft", "Discrete Fourier transform along {}.", _COMPLEX, None),
        ("ifft", "Inverse discrete Fourier transform along {}.", _COMPLEX, None),
        ("rfft", "Discrete Fourier transform of real numbers along {}, one half of it.", _HALF,
         _real_nd),
        ("irfft", "Real numbers of one half of their spectrum along {}.", _REAL, _to_real_nd),
        ("hfft", "Transform along {} of a symmetric signal, given one half.", _REAL,
         _symmetric_nd),
        ("ihfft", "One half of the symmetric signal along {} that has a real spectrum.", _HALF,
         _to_symmetric_nd),
    ):  # fmt: skip
        _full = f"{_name}{_suffix}"
        _function = (
            _complex_nd(_name == "fft", _default) if _make is None
            # PyTorch's messages name the function of n dimensions.
            else _make(f"{_name}n", _default)
        )  # fmt: skip
        _register(_full, _summary.format(_where), "s", _result, _function)
