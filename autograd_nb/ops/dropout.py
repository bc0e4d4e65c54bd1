"""Dropout: numbers set to zero at random, the others scaled up."""

from functools import partial

import numpy as np

from ..core.tensor import wrap
from ..core.warn import warn
from .namespaces import T as traced
from .random import dropout_mask, example_mask
from .registry import Sample, T, composite, op
from .sizes import scalar_type


def check_probability(p):
    """Raise PyTorch's error for what is no probability."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def drop(input, p, training, inplace, feature):
    """Multiply by a random mask: one factor for each number, or for each channel."""
    check_probability(p)
    if not training or p == 0 or input._array.size == 0:
        return input
    if p == 1:
        mask = wrap(np.zeros((), input._array.dtype))
    elif input._array.dtype.kind not in "fc":
        raise RuntimeError(
            "result type Float can't be cast to the desired output type "
            f"{scalar_type(input._array)}"
        )
    else:
        mask = example_mask(input, channel_shape(input) if feature else input.shape, p)
    return input.mul_(mask) if inplace else input * mask


def channel_shape(input):
    """Return the shape of one factor for each channel of each instance."""
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*input.shape[:2], *(1,) * (input.ndim - 2))


@composite(functions="dropout", namespaces="nn.functional")
def dropout(input, p=0.5, training=True, inplace=False):
    """Set numbers to zero at random and scale the others by ``1 / (1 - p)``.

    Parameters
    ----------
    input : Tensor
    p : float from 0 to 1, default 0.5
    training : bool, default True
        Otherwise the input is returned as it is.
    inplace : bool, default False

    Returns
    -------
    Tensor
    """
    return drop(input, p, training, inplace, False)


@composite(functions="dropout")
def dropout_torch(input, p, train):
    """Set numbers to zero at random and scale the others by ``1 / (1 - p)``.

    Parameters
    ----------
    input : Tensor
    p : float from 0 to 1
    train : bool

    Returns
    -------
    Tensor
    """
    return drop(input, p, train, False, False)


@op(
    node="NativeDropoutBackward0",
    kind="linear",
    outputs="result mask",
    functions="native_dropout",
)
class native_dropout:
    r"""Set numbers to zero at random and scale the others; and say which are left.

    Parameters
    ----------
    input : Tensor
    p : float from 0 to 1
    train : bool or None
        Keep all if false.

    Notes
    -----
    .. math:: grad_{input} = g \cdot mask / (1 - p)
    """

    def forward(input, p, train):
        if train is False:
            return input.copy(), np.ones(input.shape, bool)
        mask = dropout_mask(np.empty(input.shape, input.dtype), p)
        return input * mask, mask != 0

    def vjp_input(F, grad_output0, p, train, mask):
        scale = 1 if train is False else 0 if p == 1 else 1 / (1 - p)
        return grad_output0 * mask * scale

    saved = {"train": None, "result1": "mask", "mask": None}
    samples = [Sample(T(3, 4), 0.5, False)]


def _in_torch(name, drops, inplace):
    """Make a function of the torch namespace, whose arguments all must be given."""

    def function(input, p, train):
        return drops(input, p, train, inplace)

    function.__name__ = f"{name}_torch" if not inplace else name
    function.__doc__ = """Dropout as the torch namespace has it.

    Parameters
    ----------
    input : Tensor
    p : float from 0 to 1
    train : bool

    Returns
    -------
    Tensor
    """
    return composite(functions=name)(function)


_in_torch("dropout_", partial(drop, feature=False), True)
_in_torch("feature_dropout", partial(drop, feature=True), False)
_in_torch("feature_dropout_", partial(drop, feature=True), True)


def check_dimensions(ndim, dims):
    """Raise or warn as PyTorch does where the input has not the dimensions of images."""
    purpose = (
        f"Note that dropout{dims}d exists to provide channel-wise dropout on inputs with {dims} "
        f"spatial dimension{'s' * (dims > 1)}, a channel dimension, and an optional batch dimension"
    )
    if ndim not in (dims + 1, dims + 2):
        if dims == 1:
            raise RuntimeError(
                f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. {purpose} "
                "(i.e. 2D or 3D inputs)."
            )
        warn(
            f"dropout{dims}d: Received a {ndim}-D input to dropout{dims}d, which is deprecated "
            "and will result in an error in a future release. To retain the behavior and silence "
            f"this warning, please use dropout instead. {purpose} (i.e. {dims + 1}D or {dims + 2}D "
            "inputs).",
        )
    if dims == 2 and ndim == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired - input is interpreted as shape (N, C, L), where C is the channel "
            "dim. This behavior will change in a future release to interpret the input as one "
            "without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise "
            "dropout behavior, please switch to using dropout1d instead.",
        )


def _channel_dropout(dims):
    def function(input, p=0.5, training=True, inplace=False):
        check_probability(p)
        check_dimensions(input.ndim, dims)
        lacks_batch = dims != 2 and input.ndim != dims + 2
        if not lacks_batch:
            return drop(input, p, training, inplace, True)
        if inplace:
            return drop(input.unsqueeze_(0), p, training, True, True).squeeze_(0)
        return traced.squeeze_dim(drop(traced.unsqueeze(input, 0), p, training, False, True), 0)

    name = f"dropout{dims}d"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Set whole channels of {dims} spatial dimension(s) to zero at random.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    p : float from 0 to 1, default 0.5
    training : bool, default True
        Otherwise the input is returned as it is.
    inplace : bool, default False

    Returns
    -------
    Tensor
    """
    return composite(functions=name, namespaces="nn.functional")(function)


dropout1d = _channel_dropout(1)
dropout2d = _channel_dropout(2)
dropout3d = _channel_dropout(3)

ALPHA = 1.7580993408473766  # minus the limit of SELU at minus infinity


def alpha_drop(input, p, training, inplace, feature):
    """Drop to SELU's limit instead of zero, and keep mean and variance."""
    check_probability(p)
    if not training or p == 0 or input._array.size == 0:
        return input
    if p == 1:
        zero = wrap(np.zeros((), input._array.dtype))
        return input.mul_(zero) if inplace else input * zero
    dtype = input._array.dtype
    shape = input.shape if not feature else (*input.shape[:2], *(1,) * (input.ndim - 2))
    keep = dropout_mask(np.empty(tuple(shape), dtype), p) != 0
    a = 1.0 / np.sqrt((ALPHA**2 * p + 1) * (1 - p))
    shift = wrap(((keep - 1.0) * (ALPHA * a) + ALPHA * a * p).astype(dtype))
    factor = wrap((keep * a).astype(dtype))
    return input.mul_(factor).add_(shift) if inplace else input * factor + shift


_in_torch("alpha_dropout_", partial(alpha_drop, feature=False), True)
_in_torch("feature_alpha_dropout_", partial(alpha_drop, feature=True), True)


@composite(functions="alpha_dropout", namespaces="nn.functional")
def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """Dropout for networks of SELU: keeps mean and variance.

    Parameters
    ----------
    input : Tensor
    p : float from 0 to 1, default 0.5
    training : bool, default False
    inplace : bool, default False

    Returns
    -------
    Tensor
    """
    return alpha_drop(input, p, training, inplace, False)


@composite(functions="feature_alpha_dropout", namespaces="nn.functional")
def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """Alpha dropout of whole channels.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    p : float from 0 to 1, default 0.5
    training : bool, default False
    inplace : bool, default False

    Returns
    -------
    Tensor
    """
    return alpha_drop(input, p, training, inplace, True)
