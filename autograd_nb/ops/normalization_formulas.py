"""Derivatives that all kinds of normalization share."""

import numpy as np

from .sizes import mistyped, prod

# Note [Statistics are functions of the input]
# Forward keeps mean and inverse deviation for a first backward, which is one run of kernels over
# the arrays. A backward that is recorded must not take them as constants, so there the formula
# computes them again from the input.


def check_dtypes(input, *vectors):
    """Raise PyTorch's error unless vectors have the input's dtype, or float32 beside float16."""
    found = [vector._array for vector in vectors if vector is not None]
    if not found or found[0].dtype == input._array.dtype:
        for vector in found:
            if vector.dtype != input._array.dtype:
                raise mistyped(input._array, vector)
        return
    if any(vector.dtype != np.float32 for vector in found):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
    if input._array.dtype != np.float16:
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


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
    return dense(x).reshape(*x.shape[:2], prod(x.shape[2:]))


def dense(x):
    """Return a contiguous array; halves in single precision, which their squares need."""
    return np.ascontiguousarray(x, np.float32 if x.dtype == np.float16 else None)


def column(vector):
    """Return what belongs to channels as a column; None stays None."""
    return None if vector is None else vector.reshape(-1, 1)


def channel_shape(ndim):
    """Return the shape in which a vector of channels broadcasts."""
    return (1, -1, *(1,) * (ndim - 2))


def filled(arrays, like):
    """Return arrays with empty ones in the place of None."""
    return tuple(np.zeros(0, like.dtype) if a is None else a for a in arrays)


def fitted(arrays, shapes):
    """Return arrays in given shapes; None stays None, the sum over no rows is zero."""
    return tuple(
        a if a is None else a.reshape(shape) if a.size == prod(shape) else np.zeros(shape, a.dtype)
        for a, shape in zip(arrays, shapes, strict=True)
    )
