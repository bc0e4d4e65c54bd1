"""Random tensors, number for number as PyTorch's; see random_fills.py for the in-place ones."""

import numpy as np

from ..core import dtypes, strides
from ..core.batch_draws import drawn_for_examples, random_levels, refuse_same
from ..core.device import preserve_format
from ..core.dispatch import call
from ..core.generator import Generator, default_generator
from ..core.modes import state
from ..core.overlap import overlaps
from ..core.size import Size
from ..core.tensor import Tensor, wrap
from . import draws
from .create import check_device, finish, numpy_dtype, sizes
from .outputs import warn_of_resize
from .random_fills import (
    combination,
    drawn_bernoulli,
    drawn_normal_of_both,
    drawn_normal_of_mean,
    drawn_normal_of_std,
    drawn_poisson,
    expanded,
    is_int,
)
from .registry import composite
from .shape_inplace import resize_
from .sizes import scalar_type


# -- new tensors ---------------------------------------------------------------------------------
def _shape(name, size):
    if isinstance(size, (list, tuple)) and not isinstance(size, Size):
        for position, length in enumerate(size, 1):
            if not is_int(length):
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
        raise combination(name, args, options)
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        return _shape(name, args[0])
    if not is_int(args[0]):
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
        raise combination(name, args, {**options, "generator": generator})
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
        array = draws.template(shape, numpy_dtype(dtype, default))
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
        raise combination(name, args, options)
    return low, high, size


def _range(name, given, options, args):
    if "high" in options:
        given = [*given, options.pop("high")]
    if "low" in options:
        given = [options.pop("low"), *given]
    if not 1 <= len(given) <= 2 or not all(map(is_int, given)):
        raise combination(name, args, options)
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
    if not is_int(n):
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
            raise combination(name, (input, *args), options)
        layout = options.pop("memory_format", None) or preserve_format
        source = input._array

        def fill(array, stream):
            if layout is not preserve_format:
                array = strides.empty(array.shape, array.dtype, layout)
            elif array.shape == source.shape and not state.levels and type(source) is np.ndarray:
                array = strides.empty_like(source, array.dtype)
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
            raise combination("normal", (mean, std), options)
        return _make(
            "normal", (mean, std, size), {**options, "generator": generator, "out": out},
            _shape("normal", size),
            lambda array, stream: draws.normal(array, stream, float(mean), float(std)),
        )  # fmt: skip
    if size is not None or options:
        raise combination("normal", (mean, std), {"size": size, **options})
    stream = draws.stream_of(generator, "normal")
    refuse_same(mean, std)
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
        return call(drawn_normal_of_mean, (mean, drawn), {})
    return call(drawn_normal_of_std, (std, drawn), {})


def _store(out, result):
    if out._array.shape != result._array.shape:
        if out._array.size:
            warn_of_resize("normal", out._array.shape, result._array.shape)
        resize_(out, result._array.shape)
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
        drawn = draws.coins_each(target, stream, expanded(p, self.shape))
    else:
        drawn = draws.coins(target, stream, float(p))
    return call(drawn_bernoulli, (self, wrap(drawn)), {})


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
    return call(drawn_poisson, (self, wrap(drawn)), {})


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
    like = strides.empty_like(array, array.dtype) if overlaps(array) else array
    mask = draws.coins(like, draws.stream_of(generator, "dropout"), keep)
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
