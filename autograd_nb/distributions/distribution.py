"""The base of all distributions: shapes, checks, and what follows from one another."""

from __future__ import annotations

import copy
import warnings
from typing import Any, ClassVar

import numpy as np

from ..core import dtypes, modes
from ..core.engine import grad
from ..core.size import Size
from ..core.tensor import Tensor
from ..ops.namespaces import T
from .constraints import Constraint, Dependent


class Distribution:
    """A distribution over values of shape `event_shape`, one for each index of `batch_shape`.

    Parameters
    ----------
    batch_shape, event_shape : tuple of int
        Shapes of the parameters' batch, and of one value.
    validate_args : bool, optional
        Whether parameters and values are checked.
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    support: Any = None
    _validate_args = True
    _kept: tuple[str, ...] = ()  # attributes without the batch's dimensions

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()  # of a module, where a class is both

    def _check_parameters(self) -> None:
        """Raise unless all values of the parameters are allowed."""
        if self.arg_constraints is Distribution.arg_constraints:
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = "
                "{}` or initialize the distribution with `validate_args=False` to turn off "
                "validation.",
                stacklevel=4,
            )
        for name, constraint in self.arg_constraints.items():
            if isinstance(constraint, Dependent):
                continue
            of_base = isinstance(getattr(type(self), name, None), property)
            if name not in self.__dict__ and not of_base:
                continue  # it follows from another parameter
            self._check_parameter(name, constraint)

    def _check_parameter(self, name: str, constraint: Constraint) -> None:
        """Raise unless all values of a parameter are allowed."""
        value = getattr(self, name)
        if not bool(constraint.check(value).all()):
            raise ValueError(
                f"Expected parameter {name} ({type(value).__name__} of shape "
                f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                f"{constraint!r}, but found invalid values:\n{value}"
            )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether parameters and values are checked where that is not said.

        Parameters
        ----------
        value : bool
            Whether.
        """
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Size:
        """Shape of the parameters' batch."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """Shape of one value."""
        return self._event_shape

    @property
    def mean(self) -> Any:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Any:
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution for a larger batch, with the same parameters for its new parts.

        Parameters
        ----------
        batch_shape : tuple of int
            Shape of the new batch.
        """
        old, new = len(self._batch_shape), Size(batch_shape)
        made = copy.copy(self) if _instance is None else _instance
        for name, value in list(self.__dict__.items()):
            if isinstance(value, Tensor) and name not in self._kept:
                if value.shape[:old] == self._batch_shape:
                    value = value.expand((*new, *value.shape[old:]))
            elif isinstance(value, Distribution):
                value = value.expand((*new, *value.batch_shape[old:]))
            made.__dict__[name] = value
        made._batch_shape = new
        return made

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """Return what `expand` of a subclass fills; PyTorch's name, which subclasses call."""
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ "
                "method must also define a custom .expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draw values, without history.

        Parameters
        ----------
        sample_shape : tuple of int
            How many.
        """
        with modes.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draw values whose gradients lead to the parameters.

        Parameters
        ----------
        sample_shape : tuple of int
            How many.
        """
        raise NotImplementedError

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density, or of the probability."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """Return the entropy in nats."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Any:
        """Return the probability of values up to this one."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """Return the value up to which this is the probability."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Any:
        """Return all values of a discrete distribution.

        Parameters
        ----------
        expand : bool, default True
            Repeat them for the batch.
        """
        raise NotImplementedError

    def perplexity(self) -> Any:
        """Return the exponential of the entropy."""
        return T.exp(self.entropy())

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Any) -> None:
        """Raise unless a value has the shape, and is in the support."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        event = value.ndim - len(self._event_shape)
        if tuple(value.shape[event:]) != tuple(self._event_shape):
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape} vs "
                f"{self._event_shape}."
            )
        wanted = (*self._batch_shape, *self._event_shape)
        for i, j in zip(reversed(value.shape), reversed(wanted), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs "
                    f"{Size(wanted)}."
                )
        support = self.support
        if support is not None and not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) "
                f"to be within the support ({support!r}) of the distribution {self!r}, but found "
                f"invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            if name in self.__dict__:
                value = self.__dict__[name]
                shown.append(f"{name}: {value if value.numel() == 1 else value.size()}")
        return f"{type(self).__name__}({', '.join(shown)})"


class ExponentialFamily(Distribution):
    """A distribution whose entropy follows from its natural parameters and their normalizer."""

    _mean_carrier_measure: float

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _log_normalizer(self, *natural: Any) -> Any:
        raise NotImplementedError

    def entropy(self) -> Any:
        """Return the entropy in nats, by the derivatives of the normalizer."""
        natural = [each.detach().requires_grad_() for each in self._natural_params]
        with modes.enable_grad():
            normalizer = self._log_normalizer(*natural)
            slopes = grad(normalizer.sum(), natural, create_graph=True)
        found = normalizer - self._mean_carrier_measure
        for each, slope in zip(natural, slopes, strict=True):
            found = found - (each * slope).reshape((*self._batch_shape, -1)).sum(-1)
        return found


def tensors(*values: Any) -> list[Tensor]:
    """Return numbers and tensors as tensors of one shape.

    Parameters
    ----------
    *values : Tensor or number
        Parameters.

    Raises
    ------
    ValueError
        If one is neither.
    """
    found = [v for v in values if isinstance(v, Tensor)]
    kind = found[0].dtype if found else dtypes.get_default_dtype()
    made = []
    for value in values:
        if isinstance(value, Tensor):
            made.append(value)
        elif isinstance(value, dtypes.NUMBERS):
            made.append(T.tensor(value, dtype=kind))
        else:
            raise ValueError(
                "Input arguments must all be instances of Number, torch.Tensor or objects "
                "implementing __torch_function__."
            )
    return list(T.broadcast_tensors(*made))


def shape_of(values: tuple[Any, ...], like: Tensor) -> Size:
    """Return the batch shape: none, if all parameters were numbers."""
    return Size() if not any(isinstance(v, Tensor) for v in values) else like.shape


def standard_normal(shape: Any, like: Tensor) -> Tensor:
    """Return normal numbers, drawn as PyTorch draws them."""
    size = tuple(shape)
    return T.normal(T.zeros(size, like._array.dtype), T.ones(size, like._array.dtype))


def sum_last(value: Any, count: int) -> Any:
    """Add up the last dimensions."""
    return value.reshape((*value.shape[:-count], -1)).sum(-1) if count else value


def softplus(x: Tensor) -> Tensor:
    """Return ``log(1 + exp(x))``, as `torch.nn.functional.softplus` does."""
    return T.softplus_scaled(x, 1, 20)


def clamp_probs(probs: Tensor) -> Tensor:
    """Return probabilities kept away from 0 and 1."""
    eps = float(np.finfo(probs._nd().dtype).eps)
    return T.clamp(probs, eps, 1 - eps)


def logits_of(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Return logarithms (of odds, if binary) of probabilities, kept away from 0 and 1."""
    kept = clamp_probs(probs)
    return T.log(kept) - T.log1p(-kept) if is_binary else T.log(kept)


def probs_of(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Return probabilities of logarithms (of odds, if binary)."""
    return T.sigmoid(logits) if is_binary else T.softmax(logits, -1)


class Lazy:
    """An attribute that is computed once, when it is first asked for."""

    def __init__(self, function: Any) -> None:
        self.function, self.__doc__ = function, function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with modes.enable_grad():
            value = self.function(instance)
        instance.__dict__[self.name] = value
        return value


def one_of(**given: Any) -> None:
    """Raise unless just one parameter was given."""
    if sum(value is not None for value in given.values()) != 1:
        names = " or ".join(f"`{name}`" for name in given)
        raise ValueError(f"Either {names} must be specified, but not both.")
