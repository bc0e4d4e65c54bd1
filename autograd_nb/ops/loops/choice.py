"""Choosing between values element by element: see Note [Compiled loops].

Arrays are flat, and of one size.
"""

from .compiling import loop


@loop
def select(mask, x, y, result):
    """Write `x` where the mask is true and `y` elsewhere."""
    for i in range(mask.size):
        a, b = x[i], y[i]  # both are read: a read that depends is a branch
        result[i] = a if mask[i] else b


@loop
def keep(mask, x, number, result):
    """Write `x` where the mask is true and a number elsewhere."""
    for i in range(mask.size):
        result[i] = x[i] if mask[i] else number


@loop
def drop(mask, number, x, result):
    """Write a number where the mask is true and `x` elsewhere."""
    for i in range(mask.size):
        result[i] = number if mask[i] else x[i]
