"""Recurrent cells: one step in time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn import init
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter
from autograd_nb.ops.namespaces import T
from autograd_nb.ops.recurrent_steps import STEPS

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]

States = tuple[Tensor, ...]


# -- layers ---------------------------------------------------------------------------------------
class RNNCellBase(Module):
    """Parameters of one cell.

    Parameters
    ----------
    input_size, hidden_size : int
        Lengths of input and state vectors.
    bias : bool
        Whether the cell has biases.
    num_chunks : int
        Number of gates.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(T.empty((rows, input_size), dtype=dtype))
        self.weight_hh = Parameter(T.empty((rows, hidden_size), dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(T.empty(rows, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, all uniform in plus or minus 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """Show the arguments that are not at their default."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _step(
        self, cell: Callable[..., States], input: Tensor, states: States | None, count: int
    ) -> States:
        """Run `cell` on a batch, or on a single example."""
        if input.dim() not in (1, 2):
            raise ValueError(
                f"{self._get_name()}: Expected input to be 1D or 2D, got {input.dim()}D instead"
            )
        for i, state in enumerate(states or ()):
            if state.dim() not in (1, 2):
                which = "hidden" if count == 1 else f"hx[{i}]"
                raise ValueError(
                    f"{self._get_name()}: Expected {which} to be 1D or 2D, got {state.dim()}D "
                    "instead"
                )
        single = input.dim() == 1
        input = input.unsqueeze(0) if single else input
        if states is None:
            shape = (input.size(0), self.hidden_size)
            states = tuple(input.new_zeros(shape) for _ in range(count))
        elif single:
            states = tuple(state.unsqueeze(0) for state in states)
        self._check_sizes(input, states)
        weights = {"weight_hh": self.weight_hh}
        if self.bias:
            weights["bias_hh"] = self.bias_hh
        projected = F.linear(input, self.weight_ih, self.bias_ih)
        found = cell(projected, states, weights)
        return tuple(state.squeeze(0) for state in found) if single else found

    def _check_sizes(self, input: Tensor, states: States) -> None:
        if input.shape[1] != self.input_size:
            raise RuntimeError(
                f"input has inconsistent input_size: got {input.shape[1]} expected "
                f"{self.input_size}"
            )
        for i, state in enumerate(states):
            if state.shape[0] != input.shape[0]:
                raise RuntimeError(
                    f"Input batch size {input.shape[0]} doesn't match hidden{i} batch size "
                    f"{state.shape[0]}"
                )
            if state.shape[1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{i} has inconsistent hidden_size: got {state.shape[1]}, expected "
                    f"{self.hidden_size}"
                )


class RNNCell(RNNCellBase):
    """Simple cell, ``h' = tanh(W x + b + U h + c)``.

    Parameters
    ----------
    input_size, hidden_size : int
        Lengths of input and state vectors.
    bias : bool, default: True
        Whether the cell has biases.
    nonlinearity : {"tanh", "relu"}, default: "tanh"
        The function.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        step = STEPS[f"rnn_{self.nonlinearity}"]
        return self._step(step, input, None if hx is None else (hx,), 1)[0]


class LSTMCell(RNNCellBase):
    """Long short-term memory cell.

    Parameters
    ----------
    input_size, hidden_size : int
        Lengths of input and state vectors.
    bias : bool, default: True
        Whether the cell has biases.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Tensor]:
        """Return the next states ``(h, c)``."""
        h, c = self._step(STEPS["lstm"], input, None if hx is None else tuple(hx), 2)
        return h, c


class GRUCell(RNNCellBase):
    """Gated recurrent unit.

    Parameters
    ----------
    input_size, hidden_size : int
        Lengths of input and state vectors.
    bias : bool, default: True
        Whether the cell has biases.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state."""
        return self._step(STEPS["gru"], input, None if hx is None else (hx,), 1)[0]
