"""Convolution of sequences whose first dimension is time."""

import numpy as np

from .registry import Sample, T, op


@op(
    node="ConvTbcBackward0",
    kind="other",
    functions="conv_tbc",
    namespaces="torch nn.functional",
    inputs="self weight bias",
)
class conv_tbc:
    r"""Convolve sequences of vectors with a kernel of matrices.

    Parameters
    ----------
    self : Tensor of shape (times, batch, channels)
    weight : Tensor of shape (width, channels, outputs)
    bias : Tensor of shape (outputs,)
    pad : int, default 0
        Zeros before and after each sequence.

    Notes
    -----
    .. math:: y_t = b + \sum_k x_{t+k} W_k, \quad
              grad_{x, t} = \sum_k g_{t-k} W_k^T, \quad grad_{W_k} = \sum_t x_{t+k}^T g_t
    """

    def forward(self, weight, bias, pad=0):
        if self.ndim != 3:
            raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
        if weight.ndim != 3:
            raise RuntimeError(
                "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels."
            )
        if bias.ndim != 1:
            raise RuntimeError("Bias must be 1-D")
        if self.shape[2] != weight.shape[1]:
            raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor ")
        if weight.shape[2] != bias.shape[0]:
            raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
        x = np.pad(self, ((pad, pad), (0, 0), (0, 0)))
        times = len(x) - len(weight) + 1
        if times < 0:
            shape = [times, self.shape[1], weight.shape[2]]
            raise RuntimeError(f"Trying to create tensor with negative dimension {times}: {shape}")
        return sum((x[k : k + times] @ w for k, w in enumerate(weight)), start=bias)

    def vjp(F, grad_output, self, weight, pad, needs):
        times, batch, outputs = grad_output.shape
        width, channels = weight.shape[:2]
        x = F.constant_pad(self, (0, 0, 0, 0, pad, pad), 0)
        grad_self = grad_weight = grad_bias = None
        if needs[0]:
            spread = F.constant_pad(grad_output, (0, 0, 0, 0, width - 1, width - 1), 0)
            whole = None
            for k in range(width):
                begin = width - 1 - k
                part = F.matmul(
                    spread[begin : begin + times + width - 1], F.transpose(weight[k], 0, 1)
                )
                whole = part if whole is None else whole + part
            grad_self = whole[pad : pad + self.shape[0]]
        if needs[1]:
            flat = F.reshape(grad_output, (times * batch, outputs))
            grad_weight = F.stack(
                [
                    F.matmul(
                        F.transpose(F.reshape(x[k : k + times], (times * batch, channels)), 0, 1),
                        flat,
                    )
                    for k in range(width)
                ],
                0,
            )
        if needs[2]:
            grad_bias = F.sum_dim(grad_output, (0, 1), False)
        return grad_self, grad_weight, grad_bias

    samples = [
        Sample(T(5, 2, 3), T(2, 3, 4), T(4)),
        Sample(T(3, 2, 2), T(3, 2, 1), T(1), 1),
    ]
    error_samples = [
        Sample(T(3, 2), T(2, 2, 1), T(1)),
        Sample(T(3, 2, 3), T(2, 2, 1), T(1)),
        Sample(T(3, 2, 2), T(2, 2, 1), T(2)),
    ]
