"""Normalization: by batch, layer, group and instance, and by the root of the mean square."""

import math

import numpy as np

from . import normalization_kernels as kernels
from .namespaces import T as traced
from .registry import Sample, T, composite, op
from .sizes import prod, scalar_type, size_text

# Note [Statistics are functions of the input]
# Forward keeps mean and inverse deviation for a first backward, which is one run of kernels over
# the arrays. A backward that is recorded must not take them as constants, so there the formula
# computes them again from the input.


def standardized(F, x, dims, eps):
    """Return the normalized input and its inverse deviation, as functions of the input."""
    centred = x - F.mean_dim(x, dims, True)
    variance = F.mean_dim(centred * centred, dims, True)
    scale = F.rsqrt(variance + eps)
    return centred * scale, scale


def through_statistics(F, grad, normal, scale, dims):
    """Return the cotangent of an input from that of its standardized values."""
    mean_grad = F.mean_dim(grad, dims, True)
    mean_both = F.mean_dim(grad * normal, dims, True)
    return (grad - mean_grad - normal * mean_both) * scale


def normalization_curve(F, grad, normal, scale, weight, dims, training, cotangents, needs):
    """Return the gradients of the gradients of a normalization.

    Parameters
    ----------
    F : namespace
    grad : cotangent of the result
    normal, scale : the standardized values and their inverse deviation
    weight : factors that broadcast with the values, or None
    dims : tuple of int
        What was averaged over.
    training : bool
        Whether the statistics are functions of the input.
    cotangents : those of the gradients of input, weight and bias; None where none came
        The latter two broadcast with the values.
    needs : tuple of bool
        Whether the cotangents of `grad`, the input and the weight are wanted.

    Returns
    -------
    list
        Cotangents of `grad`, the input and the weight, the last one not summed up yet.
    """
    of_input, of_weight, of_bias = cotangents
    weighted = grad if weight is None else grad * weight
    of_grad, found, steered = [], [], None
    if of_input is not None:
        if training:
            steered = through_statistics(F, of_input, normal, scale, dims)
        else:
            steered = of_input * scale
        of_grad.append(steered if weight is None else steered * weight)
    if of_weight is not None:
        of_grad.append(of_weight * normal)
    if of_bias is not None:
        of_grad.append(of_bias + F.zeros((), F.value(grad).dtype) * grad)
    if needs[1]:
        of_normal = None if of_weight is None else of_weight * grad
        if training and of_input is not None:
            one, other = (F.mean_dim(x * normal, dims, True) for x in (of_input, weighted))
            mixed = (other * of_input + one * weighted) * scale
            of_normal = -mixed if of_normal is None else of_normal - mixed
        if of_normal is not None:
            if training:
                found.append(through_statistics(F, of_normal, normal, scale, dims))
            else:
                found.append(of_normal * scale)
        if training and of_input is not None:
            centred = weighted - F.mean_dim(weighted, dims, True)
            along = F.mean_dim(of_input * centred, dims, True) - one * other
            found.append(-(scale * scale * along) * normal)
    return [
        sum(of_grad[1:], of_grad[0]),
        sum(found[1:], found[0]) if found else None,
        None if steered is None else grad * steered,
    ]


def by_channel(x):
    """Return an array of shape (n, c, ...) as one of shape (n, c, size)."""
    return np.ascontiguousarray(x).reshape(*x.shape[:2], prod(x.shape[2:]))


def column(vector):
    """Return what belongs to channels as a column; None stays None."""
    return None if vector is None else vector.reshape(-1, 1)


def channel_shape(ndim):
    """Return the shape in which a vector of channels broadcasts."""
    return (1, -1, *(1,) * (ndim - 2))


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
        return result.reshape(input.shape), mean.reshape(shape), scale.reshape(shape)

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


def filled(arrays, like):
    """Return arrays with empty ones in the place of None."""
    return tuple(np.zeros(0, like.dtype) if a is None else a for a in arrays)


def fitted(arrays, shapes):
    """Return arrays in given shapes; None stays None, the sum over no rows is zero."""
    return tuple(
        a if a is None else a.reshape(shape) if a.size == prod(shape) else np.zeros(shape, a.dtype)
        for a, shape in zip(arrays, shapes, strict=True)
    )


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
    if input.ndim < 2:
        raise RuntimeError(f"Expected 2D or more input, got {input.ndim}D")
    channels = input.shape[1]
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


@op(
    node="NativeLayerNormBackward0",
    kind="other",
    inputs="input weight bias",
    aux="mean scale",
    public=False,
)
class native_layer_norm:
    r"""Normalize the last dimensions of every row.

    Parameters
    ----------
    input : Tensor of shape (..., *normalized_shape)
    normalized_shape : tuple of int
    weight, bias : Tensor of shape normalized_shape or None
    eps : float

    Notes
    -----
    .. math:: \hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}, \quad
              grad_x = \frac{1}{\sigma}(w g - \overline{w g} - \hat x \overline{w g \hat x})
    """

    def forward(input, normalized_shape, weight=None, bias=None, eps=1e-5):
        lead = input.shape[: input.ndim - len(normalized_shape)]
        x = in_rows(input, prod(lead), 1)
        result, mean, scale = kernels.normalize_rows(x, row(weight, 1), row(bias, 1), eps)
        shape = (*lead, *(1,) * len(normalized_shape))
        return result.reshape(input.shape), mean.reshape(shape), scale.reshape(shape)

    def vjp(F, grad_output, input, normalized_shape, weight, bias, eps, mean, scale, needs):
        if not F.is_traced:
            count = mean.size
            found = kernels.normalize_rows_backward(
                in_rows(grad_output, count, 1),
                in_rows(input, count, 1),
                row(weight, 1),
                mean.reshape(count, 1, 1),
                scale.reshape(count, 1, 1),
                needs,
            )
            return fitted(found, (input.shape, normalized_shape, normalized_shape))
        found = F.native_layer_norm_backward(
            grad_output, input, normalized_shape, mean, scale, weight, bias, eps, needs
        )
        return [g if need else None for g, need in zip(found, needs, strict=True)]

    saved = {"eps": None, "result1": "mean", "mean": None, "result2": "scale", "scale": None}
    samples = [
        Sample(T(4, 3), (3,), T(3), T(3)),
        Sample(T(2, 3, 4), (3, 4), None, None),
    ]


@op(
    node="NativeLayerNormBackwardBackward0",
    outputs="grad_input grad_weight grad_bias",
    public=False,
)
class native_layer_norm_backward:
    r"""All gradients of the normalization of rows.

    Parameters
    ----------
    grad, input : Tensor of shape (..., *normalized_shape)
    normalized_shape : tuple of int
    mean, scale : Tensor
        The rows' means and inverse deviations.
    weight, bias : Tensor of shape normalized_shape or None
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
        normalized_shape,
        mean,
        scale,
        weight=None,
        bias=None,
        eps=1e-5,
        mask=(True, True, True),
    ):
        count = mean.size
        found = kernels.normalize_rows_backward(
            in_rows(grad, count, 1),
            in_rows(input, count, 1),
            row(weight, 1),
            mean.reshape(count, 1, 1),
            scale.reshape(count, 1, 1),
            mask,
        )
        return filled(fitted(found, (input.shape, normalized_shape, normalized_shape)), grad)

    inputs = "grad input mean scale weight bias"

    def vjp(
        F,
        grad_output0,
        grad_output1,
        grad_output2,
        grad,
        input,
        normalized_shape,
        weight,
        eps,
        needs,
    ):
        first = len(input.shape) - len(normalized_shape)
        dims = tuple(range(first, len(input.shape)))
        normal, scale = standardized(F, input, dims, eps)
        cotangents = grad_output0, grad_output1, grad_output2
        found = normalization_curve(
            F, grad, normal, scale, weight, dims, True, cotangents, (needs[0], needs[1], needs[4])
        )
        return [found[0], found[1], None, None, found[2], None]

    torch_name = None
    samples = ()


def in_rows(x, count, groups):
    """Return an array of ``count`` instances as one of shape (count, groups, width)."""
    return np.ascontiguousarray(x).reshape(count, groups, x.size // max(count * groups, 1))


def row(vector, groups):
    """Return what belongs to the entries of rows as (groups, width); None stays None."""
    return None if vector is None else vector.reshape(groups, vector.size // groups)


def check_normalized(input, normalized_shape, weight, bias):
    """Raise PyTorch's error unless the last dimensions are those to normalize."""
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, vector in (("weight", weight), ("bias", bias)):
        if vector is not None and tuple(vector.shape) != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{size_text(vector.shape)} and normalized_shape = {size_text(normalized_shape)}"
            )
    if tuple(input.shape)[-len(normalized_shape) :] != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={size_text(normalized_shape)}, expected input with shape "
            f"[*, {size_text(normalized_shape)[1:]}, but got input of size{size_text(input.shape)}"
        )


@composite(functions="layer_norm", namespaces="torch nn.functional")
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5, cudnn_enable=True):
    """Normalize the last dimensions of every row.

    Parameters
    ----------
    input : Tensor of shape (..., *normalized_shape)
    normalized_shape : tuple of int
    weight, bias : Tensor of shape normalized_shape, optional
    eps : float, default 1e-5
    cudnn_enable : bool
        Without effect.

    Returns
    -------
    Tensor
    """
    normalized_shape = tuple(int(n) for n in normalized_shape)
    check_normalized(input, normalized_shape, weight, bias)
    if input._array.dtype.kind != "f":
        raise NotImplementedError(
            f"\"LayerNormKernelImpl\" not implemented for '{scalar_type(input._array)}'"
        )
    return traced.native_layer_norm(input, normalized_shape, weight, bias, eps)


@op(
    node="NativeGroupNormBackward0",
    kind="other",
    inputs="input weight bias",
    aux="mean scale",
    public=False,
)
class native_group_norm:
    r"""Normalize groups of channels of every instance.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    num_groups : int
    weight, bias : Tensor of shape (c,) or None
    eps : float

    Notes
    -----
    .. math:: \hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}, \quad
              grad_x = \frac{1}{\sigma}(w g - \overline{w g} - \hat x \overline{w g \hat x})
    """

    def forward(input, num_groups, weight=None, bias=None, eps=1e-5):
        x = in_rows(input, len(input), num_groups)
        weight, bias = (row(on_entries(v, input.shape), num_groups) for v in (weight, bias))
        result, mean, scale = kernels.normalize_rows(x, weight, bias, eps)
        return result.reshape(input.shape), mean, scale

    def vjp(F, grad_output, input, num_groups, weight, eps, mean, scale, needs):
        shape = tuple(input.shape)
        if not F.is_traced:
            grad_input, *grads = kernels.normalize_rows_backward(
                in_rows(grad_output, shape[0], num_groups),
                in_rows(input, shape[0], num_groups),
                row(on_entries(weight, shape), num_groups),
                mean,
                scale,
                needs,
            )
            grads = [None if g is None else g.reshape(shape[1], -1).sum(1) for g in grads]
            return (None if grad_input is None else grad_input.reshape(shape), *grads)
        grouped = (shape[0], num_groups, prod(shape[1:]) // num_groups)
        normal, scale = standardized(F, F.reshape(input, grouped), (2,), eps)
        others = (0, *range(2, len(shape)))
        grad_input = grad_weight = grad_bias = None
        if needs[0]:
            grad = grad_output
            if weight is not None:
                grad = grad * F.reshape(weight, channel_shape(len(shape)))
            grad = F.reshape(grad, grouped)
            grad_input = F.reshape(through_statistics(F, grad, normal, scale, (2,)), shape)
        if needs[1]:
            grad_weight = F.sum_dim(grad_output * F.reshape(normal, shape), others, False)
        if needs[2]:
            grad_bias = F.sum_dim(grad_output, others, False)
        return grad_input, grad_weight, grad_bias

    samples = [Sample(T(2, 6, 3), 3, T(6), T(6)), Sample(T(2, 4), 2, None, None)]


def on_entries(vector, shape):
    """Return what belongs to channels once for every entry of an instance; None stays None."""
    return None if vector is None else np.repeat(vector, prod(shape[2:]))


@composite(functions="group_norm", namespaces="torch nn.functional")
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5, cudnn_enabled=True):
    """Normalize groups of channels of every instance.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    num_groups : int, a divisor of c
    weight, bias : Tensor of shape (c,), optional
    eps : float, default 1e-5
    cudnn_enabled : bool
        Without effect.

    Returns
    -------
    Tensor
    """
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {len(shape)}"
        )
    if shape[0] * (shape[1] // max(num_groups, 1)) * prod(shape[2:]) == 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, got input size "
            f"{[shape[0] * shape[1] // num_groups, num_groups, *shape[2:]]}"
        )
    if num_groups <= 0 or shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {size_text(shape)} and num_groups={num_groups}"
        )
    for name, vector in (("weight", weight), ("bias", bias)):
        if vector is not None and tuple(vector.shape) != (shape[1],):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, "
                f"but got {name} of shape {size_text(vector.shape)} and input of shape "
                f"{size_text(shape)}"
            )
    return traced.native_group_norm(input, num_groups, weight, bias, eps)


@composite(functions="rms_norm", namespaces="torch nn.functional")
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Divide the last dimensions of every row by the root of their mean square.

    Parameters
    ----------
    input : Tensor of shape (..., *normalized_shape)
    normalized_shape : tuple of int
    weight : Tensor of shape normalized_shape, optional
    eps : float, optional
        The dtype's resolution by default.

    Returns
    -------
    Tensor
    """
    normalized_shape = tuple(int(n) for n in normalized_shape)
    check_normalized(input, normalized_shape, weight, None)
    dims = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    if eps is None:
        eps = float(np.finfo(input._array.dtype).eps)
    half = input._array.dtype == np.float16
    wide = input.float() if half else input  # squares would overflow
    square = traced.mean_dim(wide**2, dims, True)
    result = wide * traced.rsqrt(traced.add_scalar(square, eps))
    result = result if weight is None else result * weight
    return result.half() if half else result


@composite(functions="local_response_norm", namespaces="nn.functional")
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide every entry by a power of the mean square of its neighbouring channels.

    Parameters
    ----------
    input : Tensor of shape (n, c, ...)
    size : int
        How many neighbouring channels.
    alpha, beta, k : float
        The divisor is ``(k + alpha * mean square) ** beta``.

    Returns
    -------
    Tensor
    """
    shape = tuple(input.shape)
    if len(shape) < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality input (got {len(shape)} dimensions)"
        )
    if math.prod(shape) == 0:
        return input
    square = traced.unsqueeze(input * input, 1)
    before, after = size // 2, (size - 1) // 2
    if len(shape) == 3:
        bordered = traced.constant_pad(square, (0, 0, before, after), 0)
        mean = traced.avg_pool2d(bordered, (size, 1), stride=1)
        mean = traced.squeeze_dim(mean, 1)
    else:
        square = traced.view(square, (shape[0], 1, shape[1], shape[2], -1))
        bordered = traced.constant_pad(square, (0, 0, 0, 0, before, after), 0)
        mean = traced.avg_pool3d(bordered, (size, 1, 1), stride=1)
        mean = traced.view(traced.squeeze_dim(mean, 1), shape)
    return input / (mean * alpha + k) ** beta
