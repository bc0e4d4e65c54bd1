"""What recurrent networks do: one step of a cell, and layers of cells over all times."""

from itertools import accumulate

from .namespaces import T as traced


# -- one step, from the projected input -----------------------------------------------------------
def _recurrent(state, weights):
    return traced.linear(state, weights["weight_hh"], weights.get("bias_hh"))


def rnn_tanh_step(projected, state, weights):
    """Return the next state of the simple cell."""
    return (traced.tanh(_recurrent(state[0], weights) + projected),)


def rnn_relu_step(projected, state, weights):
    """Return the next state of the simple cell with rectifiers."""
    return (traced.relu(_recurrent(state[0], weights) + projected),)


def lstm_step(projected, state, weights):
    """Return the next states ``(h, c)`` of a long short-term memory cell."""
    h, c = state
    gates = _recurrent(h, weights) + projected
    i, f, g, o = traced.unsafe_chunk(gates, 4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    if "weight_hr" in weights:
        h = traced.linear(h, weights["weight_hr"])
    return h, c


def gru_step(projected, state, weights):
    """Return the next state of a gated recurrent unit."""
    h = state[0]
    reset_x, update_x, new_x = traced.unsafe_chunk(projected, 3, -1)
    reset_h, update_h, new_h = traced.unsafe_chunk(_recurrent(h, weights), 3, -1)
    reset = (reset_h + reset_x).sigmoid()
    update = (update_h + update_x).sigmoid()
    new = (new_x + new_h * reset).tanh()
    return ((h - new) * update + new,)


STEPS = {
    "lstm": lstm_step,
    "gru": gru_step,
    "rnn_tanh": rnn_tanh_step,
    "rnn_relu": rnn_relu_step,
}


# -- all times ------------------------------------------------------------------------------------
def run_layers(step, input, sizes, states, rows, directions, dropout, training):
    """Run all layers over all times.

    Parameters
    ----------
    step : function
        One of `STEPS`.
    input : Tensor of shape (times, examples, features)
        Or, with `sizes`, the data of a packed sequence, of shape (steps in all, features).
    sizes : list of int or None
        How many examples there are at each time, never more than before.
    states : tuple of Tensor
        First states, of shape (layers * directions, examples, features).
    rows : list of dict
        The weights by their names, one dict for each layer and direction.
    directions : {1, 2}
    dropout : float
        After each layer but the last, if `training`.

    Returns
    -------
    output : Tensor
        In the form of `input`.
    states : tuple of Tensor

    Raises
    ------
    RuntimeError
        If there is no time.
    """
    if sizes is None and not input.shape[0]:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    starts = [state.unbind(0) for state in states]
    run = _run_dense if sizes is None else _run_packed
    finals = [[] for _ in states]
    layers = len(rows) // directions
    for layer in range(layers):
        outputs = []
        for direction in range(directions):
            row = layer * directions + direction
            start = tuple(state[row] for state in starts)
            # The input part needs no state: one product serves all times.
            weights = rows[row]
            projected = traced.linear(input, weights["weight_ih"], weights.get("bias_ih"))
            output, final = run(step, projected, sizes, start, weights, bool(direction))
            outputs.append(output)
            for collected, value in zip(finals, final, strict=True):
                collected.append(value)
        input = outputs[0] if directions == 1 else traced.cat(outputs, -1)
        if dropout and layer < layers - 1:
            input = traced.dropout(input, dropout, training)
    return input, tuple(traced.stack(collected) for collected in finals)


def examples_first(output, kind):
    """Return an output with the examples in front of the times.

    As PyTorch's: the LSTM returns another view, the other networks change theirs.
    """
    return output.transpose(0, 1) if kind == "lstm" else output.transpose_(0, 1)


def _run_dense(step, projected, _, state, weights, backwards):
    """Run one layer in one direction over times of the same examples."""
    parts = projected.unbind(0)
    outputs = []
    for part in reversed(parts) if backwards else parts:
        state = step(part, state, weights)
        outputs.append(state[0])
    if backwards:
        outputs.reverse()
    return traced.stack(outputs), state


def _run_packed(step, projected, sizes, start, weights, backwards):
    """Run one layer in one direction; examples are sorted by falling length."""
    ends = [*accumulate(sizes)]
    order = range(len(sizes))
    state, present = start, sizes[0]
    if backwards:
        order, present = reversed(order), sizes[-1]
        state = _examples(start, 0, present)
    outputs, finished = [], []
    for t in order:
        count = sizes[t]
        part = projected.narrow(0, ends[t] - count, count)
        if count < present:
            # The shortest examples end here: their state is final.
            finished.append(_examples(state, count, present))
            state = _examples(state, 0, count)
        elif count > present:
            # Backwards, longer examples join with their first state.
            state = _joined([state, _examples(start, present, count)])
        present = count
        state = step(part, state, weights)
        outputs.append(state[0])
    if backwards:
        outputs.reverse()
    else:
        state = _joined([state, *reversed(finished)])
    return traced.cat(outputs, 0), state


def _examples(state, start, end):
    """Return the states of the examples from one to before another."""
    return tuple(part.narrow(0, start, end - start) for part in state)


def _joined(states):
    """Return the states of several groups of examples as one."""
    return tuple(traced.cat(parts, 0) for parts in zip(*states, strict=True))
