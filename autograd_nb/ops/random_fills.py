"""In-place random fills, number for number as PyTorch's, and what the graph shows of draws.

The derivative of a draw is zero: each operation that PyTorch records has a record here whose
forward function stores what was drawn, so that the graph shows PyTorch's node.
"""

import numpy as np

from ..core.batch import SMALL_TARGET, Batched, front, levels_of, outside
from ..core.batch_draws import UNBATCHED_FILL, drawn_for_examples, random_levels, refuse_same
from ..core.dispatch import call_inplace, check_inplace
from ..core.modes import state
from ..core.tensor import Tensor, wrap
from . import draws
from .registry import Sample, T, composite, op


# -- what the graph shows ----------------------------------------------------------------------
def _zero_record(name, node):
    class record:
        def forward(self, drawn):
            return drawn

        def vjp_self(F, grad_output, self_shape, self_dtype):
            return F.zeros(self_shape, self_dtype)

        torch_name = None
        samples = [Sample(T(3, 4), T(3, 4, requires_grad=False))]

    record.__name__ = name
    record.__doc__ = f"Replace a tensor by drawn numbers, as `{node}`; the derivative is zero."
    return op(
        node=node, name=name, kind="nondifferentiable", tensors="drawn", functions="", public=False
    )(record)


_FILLS = {
    "uniform_": _zero_record("fill_uniform", "UniformBackward0"),
    "normal_": _zero_record("fill_normal", "NormalBackward0"),
    "exponential_": _zero_record("fill_exponential", "ExponentialBackward0"),
    "cauchy_": _zero_record("fill_cauchy", "CauchyBackward0"),
    "log_normal_": _zero_record("fill_log_normal", "LogNormalBackward0"),
    "geometric_": _zero_record("fill_geometric", "GeometricBackward0"),
    "bernoulli_": _zero_record("fill_bernoulli", "BernoulliBackward2"),
    "bernoulli_each": _zero_record("fill_bernoulli_each", "BernoulliBackward1"),
    "random_range": _zero_record("fill_random_range", "RandomBackward0"),
    "random_to": _zero_record("fill_random_to", "RandomBackward1"),
    "random_": _zero_record("fill_random", "RandomBackward2"),
}
drawn_bernoulli = _zero_record("drawn_bernoulli", "BernoulliBackward0")
drawn_poisson = _zero_record("drawn_poisson", "PoissonBackward0")
drawn_normal_of_mean = _zero_record("drawn_normal_of_mean", "NormalBackward1")
drawn_normal_of_std = _zero_record("drawn_normal_of_std", "NormalBackward2")


@op(node="NormalBackward3", kind="nondifferentiable", tensors="drawn", functions="", public=False)
class drawn_normal_of_both:
    """Give drawn numbers in the place of mean and deviation; both derivatives are zero."""

    def forward(mean, std, drawn):
        return drawn

    def vjp_mean(F, grad_output, mean_shape, mean_dtype):
        return F.zeros(mean_shape, mean_dtype)

    def vjp_std(F, grad_output, std_shape, std_dtype):
        return F.zeros(std_shape, std_dtype)

    torch_name = None
    samples = [Sample(T(3), T(3), T(3, requires_grad=False))]


def _fill(key, self, generator, draw, *parameters):
    name = key if key.endswith("_") else key.split("_")[0] + "_"
    if state.levels:
        return _fill_examples(key, self, generator, draw, *parameters)
    stream = draws.stream_of(generator, name)
    # A refused fill must leave the generator as it was, so the rules come before the draw.
    check_inplace(self, self.requires_grad, name.removesuffix("_"))
    drawn = draw(self._nd(), stream, *parameters)
    return call_inplace(_FILLS[key], (self, wrap(drawn)), {})


def _fill_examples(key, self, generator, draw, *parameters):
    """Fill inside `vmap`: with numbers of each example's own, or the same for all."""
    lead = random_levels()
    if not isinstance(self, Batched):
        if lead:
            raise RuntimeError(UNBATCHED_FILL)
        with outside():
            return _fill(key, self, generator, draw, *parameters)
    whole = self._value._nd()

    def drawn(array):
        if array.shape == whole.shape:
            array = np.empty_like(whole)  # where they lie decides the order
        return draw(array, draws.stream_of(generator, key), *parameters)

    shape, dtype = self._array.shape, self._array.dtype
    numbers = drawn_for_examples(drawn, shape, dtype, lead)
    return call_inplace(_FILLS[key], (self, numbers), {})


def combination(name, args, options):
    """Return PyTorch's error for arguments that fit none of the signatures."""
    given = [type(a).__name__ for a in args]
    given += [f"{key}={type(value).__name__}" for key, value in options.items()]
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(given)})"
    )


def _bind(name, defaults, args, named):
    """Return the values of the parameters in `defaults`, given by position or by name.

    For methods whose parameter is called ``from``, which Python does not allow in a signature.
    """
    values = dict(defaults)
    if len(args) > len(values):
        raise combination(name, args, named)
    values.update(zip(values, args, strict=False))
    for key, value in named.items():
        if key not in values:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
        values[key] = value
    return list(values.values())


# -- fills -------------------------------------------------------------------------------------
@composite(methods="uniform_")
def uniform_(self, *bounds, generator=None, **named):
    """Fill with uniform numbers in [from, to).

    Parameters
    ----------
    from, to : float, default 0 and 1
    generator : Generator, optional
        The default generator if not given.

    Returns
    -------
    Tensor
        This tensor.

    Raises
    ------
    RuntimeError
        If the bounds are out of order or out of the dtype's range, or this is a leaf that
        requires grad.
    NotImplementedError
        If the dtype is not floating point or complex.
    """
    low, high = _bind("uniform_", {"from": 0.0, "to": 1.0}, bounds, named)
    return _fill("uniform_", self, generator, draws.uniform, float(low), float(high))


@composite(methods="normal_")
def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Fill with normal numbers.

    Parameters
    ----------
    mean, std : float, default 0 and 1
    generator : Generator, optional

    Returns
    -------
    Tensor
        This tensor.

    Raises
    ------
    RuntimeError
        If `std` is negative, or this is a leaf that requires grad.
    """
    return _fill("normal_", self, generator, draws.normal, float(mean), float(std))


@composite(methods="exponential_")
def exponential_(self, lambd=1.0, *, generator=None):
    """Fill with exponential numbers of rate `lambd`.

    Raises
    ------
    RuntimeError
        If `lambd` is not positive or the dtype is not floating point.
    """
    return _fill("exponential_", self, generator, draws.exponential, float(lambd))


@composite(methods="cauchy_")
def cauchy_(self, median=0.0, sigma=1.0, *, generator=None):
    """Fill with Cauchy numbers.

    Raises
    ------
    RuntimeError
        If `sigma` is not positive or the dtype is not floating point.
    """
    return _fill("cauchy_", self, generator, draws.cauchy, float(median), float(sigma))


@composite(methods="log_normal_")
def log_normal_(self, mean=1.0, std=2.0, *, generator=None):
    """Fill with numbers whose logarithm is normal with `mean` and `std`.

    Raises
    ------
    RuntimeError
        If `std` is not positive.
    """
    return _fill("log_normal_", self, generator, draws.log_normal, float(mean), float(std))


@composite(methods="geometric_")
def geometric_(self, p, *, generator=None):
    """Fill with numbers of trials up to the first success of probability `p`.

    Raises
    ------
    RuntimeError
        If `p` is not between 0 and 1, both excluded.
    """
    return _fill("geometric_", self, generator, draws.geometric, float(p))


@composite(methods="random_")
def random_(self, *bounds, generator=None, **named):
    """Fill with whole numbers from `from` to ``to - 1``, all equally likely.

    Parameters
    ----------
    from, to : int, optional
        ``random_(to)`` starts from zero. Without bounds: up to the largest number that the dtype
        counts to without gaps.
    generator : Generator, optional

    Raises
    ------
    RuntimeError
        If the bounds are out of order or out of the dtype's range.
    """
    if len(bounds) == 1 and not named:
        bounds = (0, *bounds)
        key = "random_to"
    else:
        key = "random_range" if bounds or "from" in named else "random_"
        if named and "from" not in named and not bounds:
            key, named = "random_to", {"from": 0, **named}
    if key == "random_":
        return _fill(key, self, generator, draws.full_range)
    low, high = _bind("random_", {"from": 0, "to": None}, bounds, named)
    if not is_int(low) or not (high is None or is_int(high)):
        raise combination("random_", bounds, named)
    return _fill(
        key, self, generator, draws.integers, int(low), None if high is None else int(high)
    )


@composite(methods="bernoulli_")
def bernoulli_(self, p=0.5, *, generator=None):
    """Fill with ones with probability `p`, else zeros.

    Parameters
    ----------
    p : float or Tensor, default 0.5
        One probability, or one each, of a shape that expands to this tensor's.
    generator : Generator, optional

    Raises
    ------
    RuntimeError
        If a probability is not between 0 and 1.
    """
    if not isinstance(p, Tensor):
        return _fill("bernoulli_", self, generator, draws.coins, float(p))
    key = "bernoulli_each"
    if not state.levels:
        return _fill(key, self, generator, draws.coins_each, expanded(p, self.shape))
    refuse_same(p)
    if not isinstance(self, Batched):
        if random_levels():
            small = SMALL_TARGET.format("bernoulli")
            raise RuntimeError(small if levels_of((p,)) else UNBATCHED_FILL)
        return _fill(key, self, generator, draws.coins_each, expanded(p, self.shape))
    lead = self._levels if random_levels() else ()
    with outside():
        chances = front(p, lead, self.ndim, True) if lead else p
        shape = (*(lv.size for lv in lead), *self.shape)
        chances = expanded(chances, shape)
    return _fill(key, self, generator, draws.coins_each, chances)


def expanded(tensor, shape):
    """Return a tensor's array broadcast to a shape, or raise PyTorch's error."""
    array = tensor._nd()
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        for back, (n, own) in enumerate(zip(shape[::-1], array.shape[::-1], strict=False)):
            if own not in (1, n):
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) must match the existing size ({own}) "
                    f"at non-singleton dimension {len(shape) - 1 - back}.  Target sizes: "
                    f"{list(shape)}.  Tensor sizes: {list(array.shape)}"
                ) from None
        raise


def is_int(value):
    """Say whether the value is an integer, or a 0-d tensor of one; a bool is not."""
    if isinstance(value, Tensor):
        return value._array.ndim == 0 and value._array.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
