"""Layers that draw: the rectifier of random slope, pooling over random windows."""

from __future__ import annotations

import numpy as np

from ..core import samplers
from ..core.tensor import wrap
from . import kinds
from .draws import stream_of
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import ntuple, prod, size_text


def mean_slope(noise, lower, upper):
    """Return the slope without training, in the shape of the slopes that would be drawn."""
    return np.broadcast_to(noise.dtype.type((lower + upper) / 2), noise.shape)


@op(
    node="RreluWithNoiseBackward0",
    kind="elementwise",
    tensors="noise",
    inplace="RreluWithNoiseBackward1",
    public=False,
)
class rrelu_with_noise:
    r"""Rectifier whose slope below zero was drawn for each element, or is the mean of the bounds.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    noise : Tensor of the same shape
        Slopes drawn while training; one where the input is positive.
    lower, upper : float
        Bounds of the slopes.
    training : bool
        Otherwise the slope is ``(lower + upper) / 2``.

    Notes
    -----
    .. math:: grad_{self} = noise \cdot g
    """

    def forward(self, noise, lower, upper, training):
        if training:
            return self * noise
        kinds.only("f", "leaky_relu_cpu", self)
        return np.where(self > 0, self, self * mean_slope(noise, lower, upper))

    def vjp_self(F, grad_output, self, noise, lower, upper, training):
        return F.rrelu_backward(grad_output, self, noise, lower, upper, training)

    torch_name = None
    samples = [
        Sample(T(3, 4), T(3, 4, low=0.1, requires_grad=False), 0.1, 0.3, True),
        Sample(T(3), T(3, requires_grad=False), 0.1, 0.3, False),
    ]


@op(
    node="RreluWithNoiseBackwardBackward0",
    kind="elementwise",
    tensors="noise",
    public=False,
)
class rrelu_backward:
    r"""Gradient of the rectifier of random slope.

    Parameters
    ----------
    grad : Tensor
        Cotangent of the result.
    self, noise : Tensor of the same shape
        Input and slopes.
    lower, upper : float
        Bounds of the slopes.
    training : bool
        Whether the slopes were drawn.

    Notes
    -----
    .. math:: grad_{grad} = noise \cdot g,\quad grad_{self} = 0
    """

    def forward(grad, self, noise, lower, upper, training):
        if training and upper - lower > 1e-6:
            return grad * noise
        return np.where(self > 0, grad, grad * mean_slope(noise, lower, upper))

    def vjp_grad(F, grad_output, self, noise, lower, upper, training):
        return F.rrelu_backward(grad_output, self, noise, lower, upper, training)

    def vjp_self(F, grad_output, self_shape, self_dtype):
        return F.zeros(self_shape, self_dtype)

    torch_name = None
    samples = [
        Sample(T(3), T(3), T(3, low=0.1, requires_grad=False), 0.1, 0.3, True),
        Sample(T(3), T(3), T(3, requires_grad=False), 0.1, 0.3, False),
    ]


def drawn_slopes(array, lower, upper, stream):
    """Return a slope for each element that is not positive, and one for the others."""
    noise, negative = np.ones(array.shape, array.dtype), array <= 0
    count = int(np.count_nonzero(negative))
    noise[negative] = samplers.uniform(stream, count, np.dtype(np.float64), lower, upper)
    return noise


@composite(functions="rrelu")
def rrelu_with_generator(self, lower=1 / 8, upper=1 / 3, training=False, generator=None):
    """Rectifier whose slope below zero is drawn for each element while training.

    Parameters
    ----------
    self : Tensor of any shape
        Input.
    lower, upper : float
        Bounds of the slopes, 1/8 and 1/3 by default.
    training : bool, default False
        Otherwise the slope is ``(lower + upper) / 2``.
    generator : Generator, optional
        Where the numbers come from.

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        If the bounds are in the wrong order.
    """
    return _rrelu(traced.rrelu_with_noise, self, lower, upper, training, generator)


@composite(functions="rrelu_")
def rrelu_(self, lower=1 / 8, upper=1 / 3, training=False, generator=None):
    """Rectifier whose slope below zero is drawn for each element while training, in place.

    Parameters
    ----------
    self, lower, upper, training, generator
        As for `rrelu`.

    Returns
    -------
    Tensor
    """
    return _rrelu(traced.rrelu_with_noise_, self, lower, upper, training, generator)


def _rrelu(record, self, lower, upper, training, generator=None):
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    array = self._nd()
    noise = np.ones_like(array)
    if training:
        noise = drawn_slopes(array, lower, upper, stream_of(generator, "rrelu"))
    return record(self, wrap(noise), lower, upper, training)


@composite(functions="rrelu", namespaces="nn.functional")
def rrelu(input, lower=1 / 8, upper=1 / 3, training=False, inplace=False):
    """Rectifier whose slope below zero is drawn for each element while training.

    Parameters
    ----------
    input : Tensor of any shape
    lower, upper : float
        Bounds of the slopes, 1/8 and 1/3 by default.
    training : bool, default False
        Otherwise the slope is ``(lower + upper) / 2``.
    inplace : bool, default False

    Returns
    -------
    Tensor
    """
    record = traced.rrelu_with_noise_ if inplace else traced.rrelu_with_noise
    return _rrelu(record, input, lower, upper, training)


# -- fractional pooling --------------------------------------------------------------------------
def window_starts(sample, size, count, width):
    """Return where windows begin: steps of one length rounded down, shifted by the sample."""
    starts = np.full((*sample.shape, count), size - width, np.int64)
    if count > 1:
        step = sample.dtype.type((size - width) / (count - 1))
        places = (np.arange(count - 1).astype(sample.dtype) + sample[..., None]) * step
        starts[..., :-1] = places.astype(np.int64) - (sample * step).astype(np.int64)[..., None]
    return starts


class _FractionalMaxPool:
    """The largest entry of windows whose places were drawn, and where it stands.

    Parameters
    ----------
    self : Tensor of shape (n, c, *sizes) or (c, *sizes)
    kernel, counts : tuple of int
        Sizes of a window and of the result.
    samples : Tensor of shape (n, c, d)
        Numbers from 0 to 1 that shift the windows.

    Notes
    -----
    Graham (2014). Each cotangent goes to the entry that was largest.
    """

    def forward(self, kernel, counts, samples):
        dims = len(kernel)
        sizes = self.shape[-dims:]
        check_fractional(self, kernel, counts, samples)
        planes = self.reshape(-1, prod(sizes))
        # The first sample is the last dimension's in two dimensions, the first one's in three.
        order = (1, 0) if dims == 2 else (0, 1, 2)
        flat = np.zeros((len(planes), *(1,) * (2 * dims)), np.int64)
        for axis in range(dims):
            shifts = samples.reshape(-1, dims)[: len(planes), order[axis]]
            starts = window_starts(shifts, sizes[axis], counts[axis], kernel[axis])
            places = starts[..., None] + np.arange(kernel[axis])
            shape = [len(planes)] + [1] * (2 * dims)
            shape[1 + axis], shape[1 + dims + axis] = counts[axis], kernel[axis]
            flat = flat * sizes[axis] + places.reshape(shape)
        flat = flat.reshape(len(planes), prod(counts), prod(kernel))
        values = np.take_along_axis(planes[:, None], flat, 2)
        best = values.argmax(2)[..., None]  # the first NaN, if there is one
        shape = (*self.shape[:-dims], *counts)
        return (
            np.take_along_axis(values, best, 2).reshape(shape),
            np.take_along_axis(flat, best, 2).reshape(shape),
        )

    def vjp_self(F, grad_output0, self, kernel, indices):
        backward = getattr(F, f"fractional_max_pool{len(kernel)}d_backward")
        return backward(grad_output0, self, indices, len(kernel))

    samples = ()


def check_fractional(x, kernel, counts, samples):
    """Raise PyTorch's error for inputs or samples of other sizes, or of other dtypes."""
    dims = len(kernel)
    name = f"fractional_max_pool{dims}d{'_out' if dims == 3 else ''}"
    if x.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got: {size_text(x.shape)}"
        )
    for i in range(x.ndim - dims - 1, x.ndim):
        if x.shape[i] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but got"
                f"{size_text(x.shape)} with dimension {i} being empty."
            )
    for axis, (count, width) in enumerate(zip(counts, kernel, strict=True), -dims):
        size = x.shape[axis]
        if count + width - 1 > size - (dims == 3):  # PyTorch wants one more in 3 dimensions
            side = ("time", "height", "width")[axis]
            raise RuntimeError(
                f"{name}(): pool {side} {width} too large relative to input {side} {size}"
            )
    if samples.dtype != x.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    if samples.shape[0] < (1 if x.ndim == dims + 1 else x.shape[0]):
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != x.shape[-dims - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != dims:
        raise RuntimeError(
            f"Expect _random_samples.size(2) equals to {dims}; got {samples.shape[2]}."
        )
    kinds.only("f", f"fractional_max_pool{dims}d_out_frame", x)


def _register(dims):
    sample = Sample(
        T(2, *(5, 6, 7)[:dims]),
        (2,) * dims,
        (2, 3, 2)[:dims],
        T(1, 2, dims, low=0, high=1, requires_grad=False),
    )
    op(
        name=f"fractional_max_pool{dims}d_record",
        node=f"FractionalMaxPool{dims}DBackward0",
        kind="linear",
        outputs="result indices",
        tensors="samples",
        public=False,
    )(type(f"_Fractional{dims}d", (), {**vars(_FractionalMaxPool), "samples": [sample]}))


def _fractional(dims, with_indices):
    name = f"fractional_max_pool{dims}d" + ("_with_indices" if with_indices else "")

    def function(
        input,
        kernel_size,
        output_size=None,
        output_ratio=None,
        return_indices=False,
        _random_samples=None,
    ):
        if output_size is None and output_ratio is None:
            raise ValueError(
                f"fractional_max_pool{dims}d requires specifying either an output_size or an "
                "output_ratio"
            )
        if output_size is None:
            one = not isinstance(output_ratio, (tuple, list))
            ratios = (output_ratio,) * dims if one else output_ratio
            if dims == 2 and len(ratios) > 2:
                raise ValueError(
                    "fractional_max_pool2d requires output_ratio to either be a single Int or "
                    "tuple of Ints."
                )
            output_size = tuple(int(input.size(i - dims) * ratios[i]) for i in range(dims))
        if _random_samples is None:
            planes = (1 if input.ndim == dims + 1 else input.shape[0], input.size(-dims - 1))
            _random_samples = traced.rand(*planes, dims, dtype=input.dtype)
        record = getattr(traced, f"fractional_max_pool{dims}d_record")
        for what, given in (("kernel_size", kernel_size), ("output_size", output_size)):
            if isinstance(given, (tuple, list)) and len(given) not in (1, dims):
                raise RuntimeError(
                    f"fractional_max_pool{dims}d: {what} must either be a single Int or tuple of "
                    f"{'three ' if dims == 3 else ''}Ints"
                )
        found = record(input, ntuple(kernel_size, dims), ntuple(output_size, dims), _random_samples)
        return found if return_indices or with_indices else found[0]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Return the largest entries of randomly placed windows.

    Parameters
    ----------
    input : Tensor of {dims + 1} or {dims + 2} dimensions
    kernel_size : int or tuple
        Size of a window.
    output_size : int or tuple, optional
        Size of the result.
    output_ratio : float or tuple, optional
        Or its ratio to the input's.
    return_indices : bool, default False
        Also return where the entries stand.

    Returns
    -------
    Tensor, or tuple of two
    """
    composite(functions=name, namespaces="nn.functional")(function)


for _dims in (2, 3):
    _register(_dims)
    for _with in (False, True):
        _fractional(_dims, _with)
