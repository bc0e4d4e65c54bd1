"""Steps of optimizers over flat arrays, in place: see Note [Compiled loops].

Numbers are of the arrays' dtype. Every product and sum is rounded as in the NumPy formula, so a
step gives the same bits.
"""

import numpy as np

from .compiling import loop


@loop(reordered=False)
def descend(p, g, lr):
    """Move parameters against their gradients."""
    for i in range(p.size):
        p[i] -= g[i] * lr


@loop(reordered=False)
def descend_with_momentum(p, g, buffer, lr, momentum, share, decay, nesterov):
    """Move parameters against a running sum of their gradients."""
    for i in range(p.size):
        d = g[i] + p[i] * decay if decay != 0 else g[i]
        b = buffer[i] * momentum + d * share
        buffer[i] = b
        p[i] -= (d + b * momentum if nesterov != 0 else b) * lr


@loop(reordered=False)
def adam(p, g, m, v, share, beta2, share2, root, rate, eps, kept, decay):
    """Move parameters by averages of gradients over roots of averages of their squares."""
    for i in range(p.size):
        q = p[i] * kept
        d = g[i] + q * decay if decay != 0 else g[i]
        mean = m[i] + (d - m[i]) * share
        square = v[i] * beta2 + d * share2 * d
        m[i] = mean
        v[i] = square
        p[i] = q - mean / (np.sqrt(square) / root + eps) * rate
