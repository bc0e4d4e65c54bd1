"""Random tensors and in-place random fills, number for number as PyTorch's.

The derivative of a draw is zero: each operation that PyTorch records has a record here whose
forward function stores what was drawn, so that the graph shows PyTorch's node.
"""

import numpy as np

from ..core import dtypes
from ..core.batch import (
    SAME_OF_BATCH,
    UNBATCHED_FILL,
    Batched,
    drawn_for_examples,
    levels_of,
    outside,
    random_levels,
)
from ..core.dispatch import call, call_inplace, check_inplace
from ..core.generator import Generator, default_generator
from ..core.modes import state
from ..core.size import Size
from ..core.tensor import Tensor, wrap
from . import draws
from .create import check_device, finish, numpy_dtype, sizes
from .registry import Sample, T, composite, op
from .sizes import scalar_type


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
_bernoulli = _zero_record("drawn_bernoulli", "BernoulliBackward0")
_poisson = _zero_record("drawn_poisson", "PoissonBackward0")
_normal_of_mean = _zero_record("drawn_normal_of_mean", "NormalBackward1")
_normal_of_std = _zero_record("drawn_normal_of_std", "NormalBackward2")


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
    check_inplace(self, self.requires_grad)
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
    numbers = drawn_for_examples(
        lambda array: draw(array, draws.stream_of(generator, key), *parameters),
        self._array.shape,
        self._array.dtype,
        lead,
    )
    return call_inplace(_FILLS[key], (self, numbers), {})


def _combination(name, args, options):
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
        raise _combination(name, args, named)
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
    if not _is_int(low) or not (high is None or _is_int(high)):
        raise _combination("random_", bounds, named)
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
    return _fill("bernoulli_each", self, generator, draws.coins_each, _expanded(p, self.shape))


def _expanded(tensor, shape):
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


# -- new tensors ---------------------------------------------------------------------------------
def _is_int(value):
    if isinstance(value, Tensor):
        return value._array.ndim == 0 and value._array.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _shape(name, size):
    if isinstance(size, (list, tuple)) and not isinstance(size, Size):
        for position, length in enumerate(size, 1):
            if not _is_int(length):
                raise TypeError(
                    f"{name}(): argument 'size' failed to unpack the object at pos {position} with "
                    f'error "type must be tuple of ints,but got {type(length).__name__}"'
                )
    return sizes((tuple(size),))


def _size(name, args, options):
    """Return the shape given as separate numbers, as a sequence, or as ``size=``."""
    if "size" in options and not args:
        args = (options.pop("size"),)
    if not args or "size" in options:
        raise _combination(name, args, options)
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        return _shape(name, args[0])
    if not _is_int(args[0]):
        raise TypeError(
            f"{name}(): argument 'size' (position 1) must be tuple of ints, not "
            f"{type(args[0]).__name__}"
        )
    return _shape(name, args)


def _make(name, args, options, shape, draw, default=None):
    """Return a new tensor, or `out`, filled by ``draw(array, stream)``."""
    options = dict(options)
    generator, out = options.pop("generator", None), options.pop("out")
    dtype, where = options.pop("dtype", None), options.pop("device", None)
    requires_grad = options.pop("requires_grad", False)
    for ignored in ("layout", "pin_memory"):
        options.pop(ignored, None)
    if options or not (generator is None or isinstance(generator, Generator)):
        raise _combination(name, args, {**options, "generator": generator})
    check_device(where)
    if state.levels and out is None:
        lead = random_levels()
        if lead and name != "randperm":  # that is drawn for one example after the other
            kind = numpy_dtype(dtype, default)
            stream_of = draws.stream_of
            return drawn_for_examples(
                lambda array: draw(array, stream_of(generator, name)), shape, kind, lead
            )
    stream = draws.stream_of(generator, name)
    if out is None:
        array = np.empty(shape, numpy_dtype(dtype, default))
        return finish(draw(array, stream), requires_grad)
    own = out._nd()
    if dtype is not None and numpy_dtype(dtype) != own.dtype:
        wanted = scalar_type(np.empty(0, numpy_dtype(dtype)))
        raise RuntimeError(
            f"dtype {wanted} does not match dtype of out parameter ({scalar_type(own)})"
        )
    if own.shape != shape:
        out._array = own = np.empty(shape, own.dtype)
    own[...] = draw(own, stream)
    out._bump_version(name)
    if requires_grad:
        out.requires_grad = True
    return out


@composite(functions="rand")
def rand(*size, out=None, **options):
    """Return a tensor of uniform numbers in [0, 1).

    Parameters
    ----------
    *size : int or one sequence of int
    **options
        `generator`, `dtype`, `device`, `requires_grad`, `out`.

    Notes
    -----
    After `manual_seed` the numbers are PyTorch's, bit for bit.
    """
    shape = _size("rand", size, options)
    return _make("rand", size, {**options, "out": out}, shape, draws.uniform)


@composite(functions="randn")
def randn(*size, out=None, **options):
    """Return a tensor of normal numbers of mean 0 and variance 1.

    Parameters
    ----------
    *size : int or one sequence of int
    **options
        `generator`, `dtype`, `device`, `requires_grad`, `out`.

    Notes
    -----
    After `manual_seed` the numbers are PyTorch's, bit for bit.
    """
    shape = _size("randn", size, options)
    return _make("randn", size, {**options, "out": out}, shape, draws.normal)


@composite(functions="randint")
def randint(*args, out=None, **options):
    """Return a tensor of whole numbers from `low` to ``high - 1``.

    Parameters
    ----------
    low : int, default 0
    high : int
    size : sequence of int
    **options
        `generator`, `dtype` (int64 by default), `device`, `requires_grad`, `out`.

    Raises
    ------
    RuntimeError
        If `low` is not below `high`, or a bound is out of the dtype's range.
    """
    low, high, size = _range_and_size("randint", args, options)
    shape = _shape("randint", size)
    return _make(
        "randint", args, {**options, "out": out}, shape,
        lambda array, stream: draws.integers(array, stream, low, high), dtypes.int64,
    )  # fmt: skip


def _range_and_size(name, args, options):
    given = list(args)
    size = options.pop("size", None)
    if size is None and given and isinstance(given[-1], (list, tuple)):
        size = given.pop()
    low, high = _range(name, given, options, args)
    if size is None or not isinstance(size, (list, tuple)):
        raise _combination(name, args, options)
    return low, high, size


def _range(name, given, options, args):
    if "high" in options:
        given = [*given, options.pop("high")]
    if "low" in options:
        given = [options.pop("low"), *given]
    if not 1 <= len(given) <= 2 or not all(map(_is_int, given)):
        raise _combination(name, args, options)
    low, high = (0, *given) if len(given) == 1 else given
    return int(low), int(high)


@composite(functions="randperm")
def randperm(n, *, out=None, **options):
    """Return the numbers from 0 to ``n - 1`` in random order.

    Parameters
    ----------
    n : int
    **options
        `generator`, `dtype` (int64 by default), `device`, `requires_grad`, `out`.
    """
    if not _is_int(n):
        raise TypeError(
            f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}"
        )

    def draw(array, stream):
        kind = array.dtype
        if kind.kind not in "fiu":
            raise draws.unsupported("randperm", array)
        top = np.finfo(kind).max if kind.kind == "f" else np.iinfo(kind).max
        if n > top:
            raise RuntimeError(f"value cannot be converted to type {kind.name}_t without overflow")
        return draws.samplers.permutation(stream, array.size).astype(kind)

    return _make("randperm", (n,), {**options, "out": out}, sizes((n,)), draw, dtypes.int64)


def _like(name, draw):
    def function(input, *args, **options):
        if not isinstance(input, Tensor):
            raise TypeError(
                f"{name}(): argument 'input' (position 1) must be Tensor, not "
                f"{type(input).__name__}"
            )
        bounds = _range(name, list(args), options, args) if name == "randint_like" else ()
        if args and not bounds:
            raise _combination(name, (input, *args), options)
        options.pop("memory_format", None)
        source = input._array

        def fill(array, stream):
            if array.shape == source.shape and not state.levels and type(source) is np.ndarray:
                array = np.empty_like(source, array.dtype)
            return draw(array, stream, *bounds)

        return _make(
            name, (input, *args), {**options, "out": None}, source.shape, fill, input.dtype
        )

    function.__name__ = function.__qualname__ = name
    return function


def _likes():
    documented = {
        "rand_like": (draws.uniform, "Return uniform numbers in [0, 1)"),
        "randn_like": (draws.normal, "Return normal numbers of mean 0 and variance 1"),
        "randint_like": (draws.integers, "Return whole numbers from `low` (0) to ``high - 1``"),
    }
    for name, (draw, summary) in documented.items():
        function = _like(name, draw)
        function.__doc__ = (
            f"{summary}, in the shape, dtype and layout of `input`.\n\n"
            "    Options are `generator`, `dtype`, `device` and `requires_grad`.\n    "
        )
        composite(functions=name)(function)


_likes()


@composite(functions="normal")
def normal(mean=0.0, std=1.0, size=None, *, generator=None, out=None, **options):
    """Return normal numbers, with one mean and deviation for all or one each.

    Parameters
    ----------
    mean, std : float or Tensor, default 0 and 1
        Tensors broadcast together.
    size : sequence of int, optional
        Required, and only allowed, if both are numbers.
    generator : Generator, optional
    out : Tensor, optional
    **options
        `dtype`, `device`, `requires_grad` if `size` is given.

    Raises
    ------
    RuntimeError
        If a deviation is negative.
    """
    of_mean, of_std = isinstance(mean, Tensor), isinstance(std, Tensor)
    if not of_mean and not of_std:
        if size is None:
            raise _combination("normal", (mean, std), options)
        return _make(
            "normal", (mean, std, size), {**options, "generator": generator, "out": out},
            _shape("normal", size),
            lambda array, stream: draws.normal(array, stream, float(mean), float(std)),
        )  # fmt: skip
    if size is not None or options:
        raise _combination("normal", (mean, std), {"size": size, **options})
    stream = draws.stream_of(generator, "normal")
    if of_std:
        deviations = std._nd()
        if deviations.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if deviations.size and not deviations.min() >= 0:
            raise RuntimeError("normal expects all elements of std >= 0.0")
    kind = (mean if of_mean else std)._nd().dtype
    if of_mean and of_std:
        shape = (mean + std).shape
    else:
        shape = (mean if of_mean else std).shape
    drawn = draws.normal(np.empty(shape, kind), stream, 0.0, 1.0 if of_std else float(std))
    drawn = _scaled(drawn, mean, std if of_std else None, kind)
    result = _normal_result(mean, std, wrap(drawn))
    return result if out is None else _store(out, result)


def _scaled(drawn, mean, std, kind):
    """Return ``mean + std * drawn`` as PyTorch rounds it."""
    offset = mean._nd() if isinstance(mean, Tensor) else np.full((), mean, kind)
    if std is not None:
        drawn = drawn * std._nd().astype(kind)
    return np.asarray((drawn + offset).astype(kind))


def _normal_result(mean, std, drawn):
    if isinstance(mean, Tensor) and isinstance(std, Tensor):
        return call(drawn_normal_of_both, (mean, std, drawn), {})
    if isinstance(mean, Tensor):
        return call(_normal_of_mean, (mean, drawn), {})
    return call(_normal_of_std, (std, drawn), {})


def _store(out, result):
    if out._array.shape != result._array.shape:
        out._array = np.empty(result._array.shape, out._array.dtype)
    out._nd()[...] = result._array
    out._bump_version("out")
    return out


@composite(methods="bernoulli", functions="bernoulli")
def bernoulli(self, p=None, *, generator=None):
    """Return ones with the probabilities in this tensor, else zeros.

    Parameters
    ----------
    self : Tensor of probabilities
    p : float, optional
        One probability for all; the tensor then only gives shape and dtype.
    generator : Generator, optional

    Raises
    ------
    RuntimeError
        If a probability is not between 0 and 1.
    """
    refuse_same(self)
    stream = draws.stream_of(generator, "bernoulli")
    target = np.empty(self.shape, self._nd().dtype)
    if p is None:
        drawn = draws.coins_each(target, stream, self._nd())
    elif isinstance(p, Tensor):
        drawn = draws.coins_each(target, stream, _expanded(p, self.shape))
    else:
        drawn = draws.coins(target, stream, float(p))
    return call(_bernoulli, (self, wrap(drawn)), {})


@composite(functions="poisson")
def poisson(self, generator=None):
    """Return Poisson counts, one for each rate.

    Raises
    ------
    RuntimeError
        If a rate is negative.
    """
    refuse_same(self)
    drawn = draws.poisson(self._nd(), draws.stream_of(generator, "poisson"))
    return call(_poisson, (self, wrap(drawn)), {})


@composite(methods="multinomial", functions="multinomial")
def multinomial(self, num_samples, replacement=False, *, generator=None):
    """Draw column numbers with the weights in each row.

    Parameters
    ----------
    self : Tensor (m,) or (n, m) of weights, not negative
    num_samples : int
    replacement : bool, default False
        Whether a column may be drawn twice.
    generator : Generator, optional

    Returns
    -------
    Tensor (num_samples,) or (n, num_samples) of int64

    Raises
    ------
    RuntimeError
        If the weights are not positive numbers somewhere, or too few for `num_samples`.
    """
    refuse_same(self)
    weights = self._nd()
    _check_weights(weights, num_samples, replacement)
    rows = np.ascontiguousarray(np.atleast_2d(weights))
    stream = draws.stream_of(generator, "multinomial")
    if replacement and num_samples > 1:
        drawn = draws.samplers.categories(stream, rows, num_samples)
    elif rows.size:
        drawn = draws.samplers.race_winners(stream, rows, num_samples)
    else:
        drawn = np.empty((len(rows), num_samples), np.int64)
    return finish(drawn.reshape(*weights.shape[:-1], num_samples))


def _check_weights(weights, count, replacement):
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.dtype.kind != "f":
        raise RuntimeError(
            "multinomial only supports floating-point dtypes for input, got: "
            f"{scalar_type(weights)}"
        )
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )
    if not weights.size:
        return
    if weights.shape[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")
    finite = np.isfinite(weights)
    if not replacement or count == 1:
        if not (finite.all() and (weights >= 0).all()):
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    elif not finite.all():
        raise RuntimeError(
            "invalid multinomial distribution (encountering probability entry = infinity or NaN)"
        )
    elif not (weights >= 0).all():
        raise RuntimeError("invalid multinomial distribution (encountering probability entry < 0)")
    if (weights.sum(axis=-1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def refuse_same(tensor):
    """Raise where all examples are to draw the same from probabilities of their own."""
    levels = levels_of((tensor,)) if state.levels else ()
    if levels:
        random_levels()
        if any(lv.randomness == "same" for lv in levels):
            raise RuntimeError(SAME_OF_BATCH)


def example_mask(input, shape, p):
    """Return `dropout_mask` as a tensor; inside `vmap` one for each example, or one for all."""
    dtype = input._array.dtype
    if state.levels:
        return drawn_for_examples(lambda array: dropout_mask(array, p), tuple(shape), dtype)
    whole = tuple(shape) == input._array.shape
    return wrap(dropout_mask(input._array if whole else np.empty(tuple(shape), dtype), p))


def dropout_mask(array, p, generator=None):
    """Return what dropout multiplies `array` by: zero with probability `p`, else ``1 / (1 - p)``.

    Parameters
    ----------
    array : ndarray
        Gives shape, dtype and memory order.
    p : float
        Between 0 and 1; for 1 nothing is drawn.
    generator : Generator, optional

    Returns
    -------
    ndarray
    """
    if p == 1:
        return np.zeros_like(array)
    keep = 1.0 - p
    mask = draws.coins(array, draws.stream_of(generator, "dropout"), keep)
    return mask / array.dtype.type(keep)


# -- the default generator -------------------------------------------------------------------------
@composite(functions="manual_seed")
def manual_seed(seed):
    """Start the default generator from a seed and return it.

    Parameters
    ----------
    seed : int
        From -2**63 to 2**64 - 1.

    Raises
    ------
    ValueError
        If the seed does not fit in 64 bits.
    """
    return default_generator.manual_seed(int(seed))


@composite(functions="seed")
def seed():
    """Start the default generator from a nondeterministic seed and return it."""
    return default_generator.seed()


@composite(functions="initial_seed")
def initial_seed():
    """Return the seed that the default generator was last started from."""
    return default_generator.initial_seed()


@composite(functions="get_rng_state")
def get_rng_state():
    """Return the default generator's state, a tensor (5056,) of uint8."""
    return default_generator.get_state()


@composite(functions="set_rng_state")
def set_rng_state(new_state):
    """Let the default generator continue from a state that `get_rng_state` returned."""
    default_generator.set_state(new_state)
