"""Recurrent layers."""

from __future__ import annotations

import math
import numbers
from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import init
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter
from autograd_nb.nn.utils.rnn import PackedSequence
from autograd_nb.ops.namespaces import T
from autograd_nb.ops.recurrent_steps import STEPS, examples_first, run_layers

from ..core.warn import warn

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """Several layers of recurrent cells, in one or both directions.

    Parameters
    ----------
    mode : {"RNN_TANH", "RNN_RELU", "LSTM", "GRU"}
        The cell.
    input_size, hidden_size : int
        Lengths of input and state vectors.
    num_layers : int, default: 1
        Number of layers.
    bias : bool, default: True
        Whether the cells have biases.
    batch_first : bool, default: False
        Whether inputs are ``(N, L, H)`` instead of ``(L, N, H)``.
    dropout : float, default: 0.0
        Dropout after each layer but the last.
    bidirectional : bool, default: False
        Whether a second set of cells runs backwards.
    proj_size : int, default: 0
        Length to which the state of an LSTM is projected, if positive.
    device, dtype : optional
        Where and of which type the parameters are made.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        for name, flag in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(flag, bool):
                raise TypeError(f"{name} should be of type bool, got: {type(flag).__name__}")
        for name, value in (("input_size", input_size), ("hidden_size", hidden_size)):
            if not isinstance(value, int):
                raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        self._check_arguments(dropout)
        self._names: list[list[str]] = []
        gate_size = _GATES[mode] * hidden_size
        directions = 2 if bidirectional else 1
        state_size = proj_size or hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else state_size * directions
            for direction in range(directions):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (gate_size, width),
                    "weight_hh": (gate_size, state_size),
                }
                if bias:
                    shapes |= {"bias_ih": (gate_size,), "bias_hh": (gate_size,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                suffix = f"_l{layer}" + ("_reverse" if direction else "")
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(T.empty(shape, dtype=dtype)))
                self._names.append([name + suffix for name in shapes])
        self.reset_parameters()

    def _check_arguments(self, dropout: Any) -> None:
        if (
            not isinstance(dropout, numbers.Number)
            or not 0 <= dropout <= 1  # type: ignore[operator]
            or isinstance(dropout, bool)
        ):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                "element being zeroed"
            )
        if dropout > 0 and self.num_layers == 1:  # type: ignore[operator]
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={self.num_layers}",
            )
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError(
                "proj_size should be a positive integer or zero to disable projections"
            )
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")

    @property
    def _flat_weights(self) -> list[Parameter | None]:
        return [getattr(self, name, None) for names in self._names for name in names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, one list per layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._names]

    def flatten_parameters(self) -> None:
        """Do nothing: there is no memory layout to prepare."""

    def reset_parameters(self) -> None:
        """Draw the parameters anew, all uniform in plus or minus 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """Show the arguments that are not at their default."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size != 0:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        if self.bidirectional is not False:
            text += f", bidirectional={self.bidirectional}"
        return text

    # -- running ----------------------------------------------------------------------------------
    def _check_input(self, input: Tensor, batched_dims: int) -> None:
        wanted = self.all_weights[0][0].dtype
        if input.dtype != wanted:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({wanted}). "
                f"Convert input: input.to({wanted}), or convert model: model.to({input.dtype})"
            )
        if input.size(-1) != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. "
                f"Expected {self.input_size}, got {input.size(-1)}"
            )

    def _initial(self, count: int, like: Tensor) -> tuple[Tensor, ...]:
        rows = self.num_layers * (2 if self.bidirectional else 1)
        sizes = [self.proj_size or self.hidden_size]
        if self.mode == "LSTM":
            sizes.append(self.hidden_size)
        return tuple(like.new_zeros((rows, count, size)) for size in sizes)

    def _check_states(self, states: tuple[Tensor, ...], count: int) -> None:
        rows = self.num_layers * (2 if self.bidirectional else 1)
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)
        for i, (state, size) in enumerate(zip(states, sizes, strict=False)):
            expected = (rows, count, size)
            if tuple(state.shape) != expected:
                name = f"hidden[{i}]" if self.mode == "LSTM" else "hidden"
                raise RuntimeError(f"Expected {name} size {expected}, got {list(state.size())}")

    def _run(
        self, input: Tensor, sizes: list[int] | None, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run all layers over all times; see `run_layers`."""
        rows = [
            {name.split("_l")[0]: weight for name, weight in zip(names, weights, strict=True)}
            for names, weights in zip(self._names, self.all_weights, strict=True)
        ]
        directions = 2 if self.bidirectional else 1
        step, training = STEPS[self.mode.lower()], self.training
        return run_layers(step, input, sizes, states, rows, directions, self.dropout, training)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Return the outputs of the last layer and the final states.

        Parameters
        ----------
        input : Tensor or PackedSequence
            ``(L, N, H)``, ``(N, L, H)`` if ``batch_first``, or ``(L, H)`` without batch.
        hx : Tensor, or pair of Tensor for an LSTM, optional
            First states ``(layers * directions, N, H)``.  Default: zeros.

        Returns
        -------
        output : Tensor or PackedSequence
        hx : Tensor, or pair of Tensor for an LSTM
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.dim() not in (2, 3):
            raise ValueError(
                f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D instead"
            )
        batched = input.dim() == 3
        if not batched:
            input = input.unsqueeze(0 if self.batch_first else 1)
        if self.batch_first:
            input = input.transpose(0, 1)
        self._check_input(input, 3)
        states = self._states(hx, batched)
        if states is None:
            states = self._initial(input.size(1), input)
        self._check_states(states, input.size(1))
        output, finals = self._run(input, None, states)
        if self.batch_first:
            output = examples_first(output, self.mode.lower())
        if not batched:
            output = output.squeeze(0 if self.batch_first else 1)
            finals = tuple(final.squeeze(1) for final in finals)
        return output, finals if self.mode == "LSTM" else finals[0]

    def _states(self, hx: Any, batched: bool) -> tuple[Tensor, ...] | None:
        if hx is None:
            return None
        states = tuple(hx) if self.mode == "LSTM" else (hx,)
        wanted = 3 if batched else 2
        for state in states:
            if state.dim() != wanted:
                kind = "batched 3-D" if batched else "unbatched 2-D"
                raise RuntimeError(
                    f"For {kind} input, hx should also be {wanted}-D but got {state.dim()}-D tensor"
                )
        return states if batched else tuple(state.unsqueeze(1) for state in states)

    def _forward_packed(self, packed: PackedSequence, hx: Any) -> tuple[Any, Any]:
        data, batch_sizes, sorted_indices, unsorted_indices = packed
        self._check_input(data, 2)
        sizes = [int(size) for size in batch_sizes]
        states = self._states(hx, True)
        if states is None:
            states = self._initial(sizes[0], data)
        elif sorted_indices is not None:
            states = tuple(state.index_select(1, sorted_indices) for state in states)
        self._check_states(states, sizes[0])
        output, finals = self._run(data, sizes, states)
        if unsorted_indices is not None:
            finals = tuple(final.index_select(1, unsorted_indices) for final in finals)
        packed = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        return packed, finals if self.mode == "LSTM" else finals[0]


_DOC = """{}

    Parameters
    ----------
    input_size, hidden_size : int
        Lengths of input and state vectors.
    num_layers : int, default: 1
        Number of layers.
{}    bias : bool, default: True
        Whether the cells have biases.
    batch_first : bool, default: False
        Whether inputs are ``(N, L, H)`` instead of ``(L, N, H)``.
    dropout : float, default: 0.0
        Dropout after each layer but the last.
    bidirectional : bool, default: False
        Whether a second set of cells runs backwards.
    device, dtype : optional
        Where and of which type the parameters are made.

    Notes
    -----
    All parameters start uniform in plus or minus 1 / sqrt(hidden_size).
    """


def _refuse(unknown: dict[str, Any], name: str) -> None:
    """Raise for arguments that only another layer has, or none."""
    if "proj_size" in unknown:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if unknown:
        raise TypeError(
            f"{name}.__init__() got an unexpected keyword argument '{next(iter(unknown))}'"
        )


class RNN(RNNBase):  # noqa: D101 - made from its base
    __doc__ = _DOC.format(
        "Layers of simple recurrent cells, ``h' = tanh(W x + b + U h + c)``.",
        '    nonlinearity : {"tanh", "relu"}, default: "tanh"\n        The function.\n',
    )

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        **unknown: Any,
    ) -> None:
        _refuse(unknown, type(self).__name__)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        self.__dict__["nonlinearity"] = nonlinearity
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )


class LSTM(RNNBase):  # noqa: D101 - made from its base
    __doc__ = _DOC.format("Layers of long short-term memory cells.", "")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )


class GRU(RNNBase):  # noqa: D101 - made from its base
    __doc__ = _DOC.format("Layers of gated recurrent units.", "")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        **unknown: Any,
    ) -> None:
        _refuse(unknown, type(self).__name__)
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )
