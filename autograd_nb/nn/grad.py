"""Gradients of convolutions as functions: `nn.grad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_nb.absent import guard as _guard
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.sizes import ntuple
from autograd_nb.ops.conv_kernels import out_sizes
from autograd_nb.ops.namespaces import T as _traced

__all__ = [f"conv{dims}d_{which}" for dims in (1, 2, 3) for which in ("input", "weight")]

_INPUT = """Compute the gradient of a {dims}-d convolution's input from its shape alone.

    Parameters
    ----------
    input_size : sequence of int
        Shape of the input, ``(n, c, *sizes)``.
    weight : Tensor of shape (o, c / groups, *kernel)
    grad_output : Tensor of shape (n, o, *places)
    stride, padding, dilation : int or tuple of int
    groups : int

    Returns
    -------
    Tensor of shape ``input_size``
        The transposed convolution of `grad_output` with `weight`.

    Raises
    ------
    RuntimeError
        If `grad_output` has not the shape of the convolution's result.
    """
_WEIGHT = """Compute the gradient of a {dims}-d convolution's weight from its shape alone.

    Parameters
    ----------
    input : Tensor of shape (n, c, *sizes)
    weight_size : sequence of int
        Shape of the weight, ``(o, c / groups, *kernel)``.
    grad_output : Tensor of shape (n, o, *places)
    stride, padding, dilation : int or tuple of int
    groups : int

    Returns
    -------
    Tensor of shape ``weight_size``
        The correlation of `input` with `grad_output`.

    Raises
    ------
    RuntimeError
        If `grad_output` has not the shape of the convolution's result.
    """


def _backward(
    dims: int,
    grad_output: Tensor,
    input: Tensor,
    weight: Tensor,
    geometry: tuple[Any, Any, Any],
    groups: int,
    wanted: int,
) -> Tensor:
    stride, padding, dilation = (ntuple(value, dims) for value in geometry)
    sizes = (len(weight), *out_sizes(input.shape[2:], weight.shape[2:], stride, padding, dilation))
    for at, (size, given) in enumerate(zip(sizes, grad_output.shape[1:], strict=True), 1):
        if size != given:
            raise RuntimeError(
                f"Expected a tensor of dimension {dims + 2} and tensor.size[{at}] == {size} but "
                f"got: dimension {grad_output.ndim} and tensor.size[{at}] = {given}"
            )
    mask = (wanted == 0, wanted == 1, False)
    found: tuple[Tensor, ...] = _traced.convolution_backward(
        grad_output, input, weight, stride, padding, dilation, False, (0,) * dims, groups, mask
    )
    return found[wanted]


def _shaped(grad_output: Tensor, size: Sequence[int]) -> Tensor:
    """Return a tensor of which only the shape matters."""
    return grad_output.new_empty(1).expand(tuple(size))


def _of_input(dims: int) -> Callable[..., Tensor]:
    def conv_input(
        input_size: Sequence[int],
        weight: Tensor,
        grad_output: Tensor,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        input = _shaped(grad_output, input_size)
        geometry = stride, padding, dilation
        return _backward(dims, grad_output, input, weight, geometry, groups, 0)

    return _named(conv_input, f"conv{dims}d_input", _INPUT.format(dims=dims))


def _of_weight(dims: int) -> Callable[..., Tensor]:
    def conv_weight(
        input: Tensor,
        weight_size: Sequence[int],
        grad_output: Tensor,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        weight = _shaped(grad_output, weight_size)
        geometry = stride, padding, dilation
        return _backward(dims, grad_output, input, weight, geometry, groups, 1)

    return _named(conv_weight, f"conv{dims}d_weight", _WEIGHT.format(dims=dims))


def _named(function: Callable[..., Tensor], name: str, doc: str) -> Callable[..., Tensor]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


conv1d_input, conv2d_input, conv3d_input = map(_of_input, (1, 2, 3))
conv1d_weight, conv2d_weight, conv3d_weight = map(_of_weight, (1, 2, 3))

__getattr__ = _guard(__name__)
