"""What recurrent networks do: one step of a cell, and layers of cells over all times."""

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
def run_layers(step, inputs, states, rows, directions, dropout, training):
    """Run all layers over inputs of one time each; later times may have fewer examples.

    Parameters
    ----------
    step : function
        One of `STEPS`.
    inputs : list of Tensor
        One for each time, of shape (examples, features).
    states : tuple of Tensor
        First states, of shape (layers * directions, examples, features).
    rows : list of dict
        The weights by their names, one dict for each layer and direction.
    directions : {1, 2}
    dropout : float
        After each layer but the last, if `training`.

    Returns
    -------
    outputs : list of Tensor
    states : tuple of Tensor
    """
    finals = [[] for _ in states]
    layers = len(rows) // directions
    for layer in range(layers):
        results = []
        for direction in range(directions):
            row = layer * directions + direction
            start = tuple(state[row] for state in states)
            outputs, final = _run_direction(step, inputs, start, rows[row], bool(direction))
            results.append(outputs)
            for collected, value in zip(finals, final, strict=True):
                collected.append(value)
        if directions == 2:
            inputs = [traced.cat(pair, -1) for pair in zip(*results, strict=True)]
        else:
            inputs = results[0]
        if dropout and layer < layers - 1:
            # One draw for the whole layer, as the random stream of PyTorch has it.
            whole = traced.dropout(traced.cat(inputs, 0), dropout, training)
            inputs = list(whole.split([part.shape[0] for part in inputs]))
    return inputs, tuple(traced.stack(collected) for collected in finals)


def _run_direction(step, inputs, start, weights, backwards):
    """Run one layer in one direction; examples are sorted by falling length."""
    sizes = [part.shape[0] for part in inputs]
    # The input part needs no state: one product serves all times.
    whole = traced.linear(traced.cat(inputs, 0), weights["weight_ih"], weights.get("bias_ih"))
    projected = whole.split(sizes)
    order = range(len(inputs))
    state = start
    if backwards:
        order = reversed(order)
        state = tuple(part[: sizes[-1]] for part in start)
    outputs = {}
    finished = []
    for t in order:
        count, present = sizes[t], state[0].shape[0]
        if count < present:
            # The shortest examples end here: their state is final.
            finished.append(tuple(part[count:] for part in state))
            state = tuple(part[:count] for part in state)
        elif count > present:
            # Backwards, longer examples join with their first state.
            state = tuple(
                traced.cat([part, first[present:count]], 0)
                for part, first in zip(state, start, strict=True)
            )
        state = step(projected[t], state, weights)
        outputs[t] = state[0]
    if finished:
        pieces = [state, *reversed(finished)]
        state = tuple(traced.cat(parts, 0) for parts in zip(*pieces, strict=True))
    return [outputs[t] for t in range(len(inputs))], state
