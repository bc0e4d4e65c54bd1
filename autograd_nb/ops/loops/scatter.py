"""Adding values at places that repeat, in their order: see Note [Compiled loops]."""

from .compiling import loop


@loop(reordered=False)
def add_rows(target, rows, values):
    """Add ``values[:, i]`` to ``target[:, rows[i]]``.

    Parameters
    ----------
    target : ndarray of shape (lead, m, width)
    rows : ndarray of int of shape (n,), each from 0 to m - 1
    values : ndarray of shape (lead, n, width)
    """
    lead, count, width = values.shape
    for k in range(lead):
        for i in range(count):
            place, row = target[k, rows[i]], values[k, i]
            for j in range(width):
                place[j] += row[j]


@loop(reordered=False)
def add_along(target, index, values):
    """Add ``values[k, i, j]`` to ``target[k, index[k, i, j], j]``.

    Parameters
    ----------
    target : ndarray of shape (lead, m, width)
    index : ndarray of int of shape (lead, n, width), each from 0 to m - 1
    values : ndarray of shape (lead, n, width)
    """
    lead, count, width = values.shape
    for k in range(lead):
        place, where, value = target[k], index[k], values[k]
        if width == 1:
            for i in range(count):
                place[where[i, 0], 0] += value[i, 0]
            continue
        for i in range(count):
            for j in range(width):
                place[where[i, j], j] += value[i, j]
