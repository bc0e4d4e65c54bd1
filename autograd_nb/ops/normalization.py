"""Normalization of channels: by the batch, and instance by instance."""

import numpy as np

from ..core.op import OfNode
from ..core.strides import following
from . import kinds
from . import normalization_kernels as kernels
from .namespaces import T as traced
from .normalization_formulas import (
    by_channel,
    channel_shape,
    check_dtypes,
    column,
    filled,
    fitted,
    normalization_curve,
    standardized,
)
from .registry import Sample, T, composite, op
from .sizes import prod


def in_a_row(node, statistics):
    """Return what was kept of every channel as a vector; PyTorch keeps running statistics apart."""
    return statistics.reshape(-1)[: None if node.saved_by_name()["training"] else 0]


@op(
    node="NativeBatchNormBackward0",
    kind="other",
    tensors="running_mean running_var",
    inputs="input weight bias",
    aux="mean scale",
    public=False,
)
class native_batch_norm:
    r"""Normalize every channel by the batch's statistics, or by running ones.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    weight, bias : Tensor of shape (c,) or None
    running_mean, running_var : Tensor of shape (c,) or None
        Moved towards the batch's statistics while training.
    training : bool
    momentum, eps : float

    Notes
    -----
    .. math:: \hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}, \quad
              grad_x = \frac{w}{\sigma} (g - \overline{g} - \hat x \overline{g \hat x})
    """

    @following()
    def forward(
        input,
        weight=None,
        bias=None,
        running_mean=None,
        running_var=None,
        training=True,
        momentum=0.1,
        eps=1e-5,
    ):
        x = by_channel(input)
        if training:
            mean, variance = kernels.channel_moments(x)
            scale = 1 / np.sqrt(variance + x.dtype.type(eps))
            if running_mean is not None:
                count = input.size // max(input.shape[1], 1)
                move(running_mean, mean.reshape(-1), momentum)
                unbiased = variance.reshape(-1) * (count / max(count - 1, 1))
                move(running_var, unbiased, momentum)
        else:
            mean = column(running_mean).astype(x.dtype, copy=False)
            scale = 1 / np.sqrt(column(running_var) + running_var.dtype.type(eps))
            scale = scale.astype(x.dtype, copy=False)
        result = kernels.normalize_channels(x, mean, scale, column(weight), column(bias))
        shape = channel_shape(input.ndim)
        result = result.reshape(input.shape).astype(input.dtype, copy=False)
        return result, mean.reshape(shape), scale.reshape(shape)

    def vjp(F, grad_output, input, weight, training, eps, mean, scale, needs):
        if not F.is_traced:
            found = kernels.normalize_channels_backward(
                by_channel(grad_output),
                by_channel(input),
                column(weight),
                column(mean),
                column(scale),
                training,
                needs,
            )
            shapes = (input.shape, (input.shape[1],), (input.shape[1],))
            return fitted(found, shapes)
        found = F.native_batch_norm_backward(
            grad_output, input, weight, mean, scale, training, eps, needs
        )
        return [g if need else None for g, need in zip(found, needs, strict=True)]

    saved = {
        "result1": ("mean", OfNode(in_a_row)),
        "result2": ("scale", OfNode(in_a_row)),
        "mean": None,
        "scale": None,
    }
    samples = [
        Sample(T(4, 3), T(3), T(3)),
        Sample(T(2, 3, 4), None, None),
        Sample(
            T(2, 3, 2, 2),
            T(3),
            T(3),
            T(3, requires_grad=False),
            T(3, low=0.5, requires_grad=False),
            False,
        ),
    ]


@op(
    node="NativeBatchNormBackwardBackward0",
    outputs="grad_input grad_weight grad_bias",
    tensors="mean scale",
    public=False,
)
class native_batch_norm_backward:
    r"""All gradients of the normalization of channels.

    Parameters
    ----------
    grad : Tensor of shape (n, c, ...)
    input : Tensor of the same shape
    weight : Tensor of shape (c,) or None
    mean, scale : Tensor
        The channels' means and inverse deviations.
    training : bool
        Whether those are functions of the input.
    eps : float
    mask : tuple of bool
        Which gradients are wanted; the others are empty.

    Notes
    -----
    See `normalization_curve`.
    """

    def forward(
        grad,
        input,
        weight=None,
        mean=None,
        scale=None,
        training=True,
        eps=1e-5,
        mask=(True, True, True),
    ):
        found = kernels.normalize_channels_backward(
            by_channel(grad),
            by_channel(input),
            column(weight),
            column(mean),
            column(scale),
            training,
            mask,
        )
        return filled(fitted(found, (input.shape, (input.shape[1],), (input.shape[1],))), grad)

    inputs = "grad input weight mean scale"

    def vjp(
        F,
        grad_output0,
        grad_output1,
        grad_output2,
        grad,
        input,
        weight,
        mean,
        scale,
        training,
        eps,
        needs,
    ):
        shape, dims = channel_shape(len(input.shape)), (0, *range(2, len(input.shape)))
        if training:
            normal, scale = standardized(F, input, dims, eps)
        else:
            normal = (input - mean) * scale
        wide = [None if v is None else F.reshape(v, shape) for v in (grad_output1, grad_output2)]
        factor = None if weight is None else F.reshape(weight, shape)
        found = normalization_curve(
            F, grad, normal, scale, factor, dims, training, (grad_output0, *wide), needs
        )
        if found[2] is not None:
            found[2] = F.sum_dim(found[2], dims, False)
        return [*found, None, None]

    torch_name = None
    samples = [
        Sample(
            T(4, 3),
            T.of([[1.0, -2.0, 0.5], [2.0, 0.0, 1.5], [0.3, 1.0, -1.0], [-1.2, 0.4, 0.1]]),
            T(3),
            T(1, 3, requires_grad=False),
            T(1, 3, low=0.5, requires_grad=False),
            False,
            1e-5,
        ),
    ]


def move(running, present, momentum):
    """Move a running statistic towards the present one, in place."""
    running *= running.dtype.type(1 - momentum)
    running += (present * momentum).astype(running.dtype)


@composite(functions="batch_norm", namespaces="nn.functional")
def batch_norm(
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
):
    """Normalize every channel of a batch.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    running_mean, running_var : Tensor of shape (c,) or None
        Used when not training; moved towards the batch's statistics while training.
    weight, bias : Tensor of shape (c,), optional
    training : bool, default False
    momentum : float, default 0.1
        How far the running statistics move.
    eps : float, default 1e-5

    Returns
    -------
    Tensor
    """
    if training:
        check_training_size(tuple(input.shape))
        if eps <= 0.0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    return run_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def check_training_size(shape):
    """Raise PyTorch's error where a channel has a single value."""
    if shape[0] * prod(shape[2:]) == 1:
        text = f"torch.Size({list(shape)})"
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {text}"
        )


def empty_batch(input, weight, bias):
    """Return what the norm of nothing is; statistics stay as they are."""
    result = input.clone()
    for vector, join in ((weight, traced.mul), (bias, traced.add)):
        if vector is not None:
            result = join(result, vector[0])
    return result


def run_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """Check the sizes, normalize, and let the version counters of the statistics know."""
    channels = input.shape[1] if input.ndim > 1 else 0
    named = {
        "running_mean": running_mean,
        "running_var": running_var,
        "weight": weight,
        "bias": bias,
    }
    for name, vector in named.items():
        if vector is not None and vector._array.size != channels:
            raise RuntimeError(
                f"{name} should contain {channels} elements not {vector._array.size}"
            )
    if not training and (running_mean is None or running_var is None):
        raise RuntimeError("running_mean must be defined in evaluation mode")
    if not input._array.size:
        return empty_batch(input, weight, bias)
    if input.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    kinds.only("f", "batch_norm", input._array)
    check_dtypes(input, weight, bias, running_mean, running_var)
    result = traced.native_batch_norm(
        input,
        weight,
        bias,
        running_mean,
        running_var,
        training,
        0.0 if momentum is None else momentum,
        eps,
    )
    if training and running_mean is not None:
        running_mean._bump_version("batch_norm")
        running_var._bump_version("batch_norm")
    return result


@composite(functions="batch_norm")
def batch_norm_torch(
    input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled=False
):
    """Normalize every channel of a batch; the argument order of the torch namespace.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    weight, bias, running_mean, running_var : Tensor of shape (c,) or None
    training : bool
    momentum, eps : float
    cudnn_enabled : bool
        Without effect.

    Returns
    -------
    Tensor
    """
    return run_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


@composite(functions="instance_norm", namespaces="nn.functional")
def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Normalize every channel of every instance by itself.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    running_mean, running_var : Tensor of shape (c,), optional
    weight, bias : Tensor of shape (c,), optional
    use_input_stats : bool, default True
    momentum : float, default 0.1
    eps : float, default 1e-5

    Returns
    -------
    Tensor
    """
    shape = tuple(input.shape)
    if use_input_stats and prod(shape[2:]) == 1:
        text = f"torch.Size({list(shape)})"
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {text}"
        )
    n, channels = shape[:2]
    flat = traced.reshape(traced.contiguous(input), (1, n * channels, *shape[2:]))

    def repeated(vector):
        return None if vector is None else traced.repeat(vector, (n,))

    mean, variance = repeated(running_mean), repeated(running_var)
    result = run_batch_norm(
        flat, repeated(weight), repeated(bias), mean, variance, use_input_stats, momentum, eps
    )
    if use_input_stats:
        for running, found in ((running_mean, mean), (running_var, variance)):
            if running is not None:
                running._nd()[...] = found._array.reshape(n, channels).mean(0)
                running._bump_version("instance_norm")
    return traced.view(result, shape)
