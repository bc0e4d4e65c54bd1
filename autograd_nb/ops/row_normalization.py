"""Normalization of rows: by layer, by group, by the root of the mean square, over neighbours."""

import math

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
    dense,
    filled,
    fitted,
    normalization_curve,
    standardized,
    through_statistics,
)
from .registry import Sample, T, composite, op
from .sizes import prod, size_text


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
        x = in_rows(input, normalized_shape)
        result, mean, scale = kernels.normalize_rows(x, flat(weight), flat(bias), eps)
        shape = (*lead, *(1,) * len(normalized_shape))
        result = result.reshape(input.shape).astype(input.dtype, copy=False)
        return result, mean.reshape(shape), scale.reshape(shape)

    def vjp(F, grad_output, input, normalized_shape, weight, bias, eps, mean, scale, needs):
        if not F.is_traced:
            found = kernels.normalize_rows_backward(
                in_rows(grad_output, normalized_shape),
                in_rows(input, normalized_shape),
                flat(weight),
                mean.reshape(-1, 1),
                scale.reshape(-1, 1),
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
        found = kernels.normalize_rows_backward(
            in_rows(grad, normalized_shape),
            in_rows(input, normalized_shape),
            flat(weight),
            mean.reshape(-1, 1),
            scale.reshape(-1, 1),
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


def in_rows(x, normalized_shape):
    """Return an array with its last dimensions as one, and those before them as one."""
    lead = x.shape[: x.ndim - len(normalized_shape)]
    return dense(x).reshape(prod(lead), prod(normalized_shape))


def flat(vector):
    """Return what belongs to the entries of rows as a vector; None stays None."""
    return None if vector is None else vector.reshape(-1)


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
    check_dtypes(input, weight, bias)
    kinds.only("f", "LayerNormKernelImpl", input._array)
    return traced.native_layer_norm(input, normalized_shape, weight, bias, eps)


def by_instance(statistics):
    """Return what was kept of every group, shape (n, groups, 1), without its last dimension."""
    return statistics.reshape(statistics.shape[:2])


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

    @following()
    def forward(input, num_groups, weight=None, bias=None, eps=1e-5):
        x, weight, bias = by_channel(input), column(weight), column(bias)
        result, mean, scale = kernels.normalize_groups(x, num_groups, weight, bias, eps)
        return result.reshape(input.shape).astype(input.dtype, copy=False), mean, scale

    def vjp(F, grad_output, input, num_groups, weight, eps, mean, scale, needs):
        shape = tuple(input.shape)
        if not F.is_traced:
            grad_input, *grads = kernels.normalize_groups_backward(
                by_channel(grad_output), by_channel(input), column(weight), mean, scale, needs
            )
            grads = [None if g is None else np.add.reduce(g, 0) for g in grads]
            return fitted((grad_input, *grads), (shape, shape[1:2], shape[1:2]))
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

    saved = {
        "N": OfNode(lambda node, _: node.output_meta(0)[0][0]),
        "C": OfNode(lambda node, _: node.output_meta(0)[0][1]),
        "HxW": OfNode(lambda node, _: prod(node.output_meta(0)[0][2:])),
        "group": "num_groups",
        "num_groups": None,
        "result1": ("mean", by_instance),
        "result2": ("scale", by_instance),
        "mean": None,
        "scale": None,
    }
    samples = [Sample(T(2, 6, 3), 3, T(6), T(6)), Sample(T(2, 4), 2, None, None)]


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
    check_dtypes(input, weight, bias)
    kinds.only("f", "GroupNormKernelImpl", input._array)
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
    square = input * input
    before, after = size // 2, (size - 1) // 2
    if len(shape) == 3:
        square = traced.unsqueeze(square, 1)
        bordered = traced.constant_pad(square, (0, 0, before, after), 0)
        mean = traced.avg_pool2d(bordered, (size, 1), stride=1)
        mean = traced.squeeze_dim(mean, 1)
    else:
        square = traced.view(square, (shape[0], 1, shape[1], shape[2], -1))
        bordered = traced.constant_pad(square, (0, 0, 0, 0, before, after), 0)
        mean = traced.avg_pool3d(bordered, (size, 1, 1), stride=1)
        mean = traced.view(traced.squeeze_dim(mean, 1), shape)
    return input / (mean * alpha + k) ** beta
