"""Recurrent networks and cells, as functions of the torch namespace."""

from .namespaces import T as traced
from .recurrent_steps import STEPS, examples_first, run_layers
from .registry import composite


def _rows(params, has_biases, projected):
    """Return the weights of each layer and direction by their names."""
    names = ["weight_ih", "weight_hh", *["bias_ih", "bias_hh"] * has_biases]
    names += ["weight_hr"] * projected
    return [
        dict(zip(names, params[i : i + len(names)], strict=True))
        for i in range(0, len(params), len(names))
    ]


def _network(kind):
    """Make the function of one kind of network; a packed input is told by its second argument."""

    def function(
        input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first=False
    ):
        packed = not isinstance(has_biases, bool)
        sizes = None
        if packed:
            # (data, batch_sizes, hx, params, has_biases, ...): one argument stands between.
            sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional = (
                hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
            )  # fmt: skip
            sizes, batch_first = sizes.tolist(), False
        elif batch_first:
            input = input.transpose(0, 1)
        states = tuple(hx) if kind == "lstm" else (hx,)
        projected = kind == "lstm" and states[0].shape[2] != states[1].shape[2]
        rows = _rows(params, has_biases, projected)
        directions = 2 if bidirectional else 1
        output, finals = run_layers(
            STEPS[kind], input, sizes, states, rows, directions, dropout, train
        )
        if batch_first:
            output = examples_first(output, kind)
        return output, *finals

    function.__name__ = kind
    function.__doc__ = """Run layers of recurrent cells over all times, as the layers of `nn` do.

    Parameters
    ----------
    input : Tensor of shape (times, examples, features)
        Or, with a vector of batch sizes after it, the data of a packed sequence.
    hx : Tensor, or pair of Tensor for an LSTM
        First states, of shape (layers * directions, examples, features).
    params : list of Tensor
        Weights and biases of one layer and direction after the other.
    has_biases : bool
    num_layers : int
    dropout : float
        After each layer but the last, while training.
    train, bidirectional : bool
    batch_first : bool
        The examples are the first dimension of `input` and output.

    Returns
    -------
    tuple of Tensor
        The outputs of the last layer and the final states.
    """
    return composite(functions=kind)(function)


def _cell(kind):
    """Make the function of one step of one kind of network."""

    def function(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
        weights = {"weight_hh": w_hh} if b_hh is None else {"weight_hh": w_hh, "bias_hh": b_hh}
        states = tuple(hx) if kind == "lstm" else (hx,)
        found = STEPS[kind](traced.linear(input, w_ih, b_ih), states, weights)
        return found if kind == "lstm" else found[0]

    function.__name__ = f"{kind}_cell"
    function.__doc__ = """One step of a recurrent cell.

    Parameters
    ----------
    input : Tensor of shape (examples, features)
    hx : Tensor of shape (examples, states), or pair of Tensor for an LSTM
    w_ih, w_hh : Tensor
        Weights of input and state.
    b_ih, b_hh : Tensor, optional
        Biases.

    Returns
    -------
    Tensor, or pair of Tensor for an LSTM
        The next state.
    """
    return composite(functions=f"{kind}_cell")(function)


lstm, gru, rnn_tanh, rnn_relu = (_network(kind) for kind in STEPS)
lstm_cell, gru_cell, rnn_tanh_cell, rnn_relu_cell = (_cell(kind) for kind in STEPS)
