"""Pruning: masks that set parts of a parameter to zero, by rank, at random, or as given."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.module import Module
from autograd_nb.nn.utils.convert import parameters_to_vector
from autograd_nb.ops.namespaces import T

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


def _check_scores(scores: Tensor, wanted: Tensor, of: str) -> None:
    if scores.shape != wanted.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {of}, got {scores.shape} vs "
            f"{wanted.shape}"
        )


class BasePruningMethod(ABC):
    """A hook before `forward` that multiplies a parameter by its mask.

    A subclass gives `PRUNING_TYPE`, "unstructured", "structured" or "global", and `compute_mask`.
    """

    PRUNING_TYPE: ClassVar[str]
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        """Compute the pruned tensor before `forward`."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return a mask for a tensor that is masked already.

        Parameters
        ----------
        t : Tensor
            The importance of each entry.
        default_mask : Tensor
            The mask so far.
        """

    def apply_mask(self, module: Module) -> Tensor:
        """Return the parameter times its mask.

        Parameters
        ----------
        module : Module
            Whose parameter.
        """
        mask: Any = getattr(module, self._tensor_name + "_mask")
        original: Any = getattr(module, self._tensor_name + "_orig")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter; after other methods, what they have left of it.

        Parameters
        ----------
        module : Module
            Whose parameter.
        name : str
            Its name.
        *args, **kwargs
            Of the class.
        importance_scores : Tensor, optional
            What the entries are ranked by, if not by themselves.
        """
        hooks = module._forward_pre_hooks
        earlier = [
            (key, hook)
            for key, hook in hooks.items()
            if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
        ]
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        for key, hook in earlier:
            del hooks[key]
            container = hook if isinstance(hook, PruningContainer) else PruningContainer(hook)
            container.add_pruning_method(method)
            method = container
        original = getattr(module, name)
        scores = original if importance_scores is None else importance_scores
        _check_scores(scores, original, f"parameter {name} of {module}")
        if earlier:
            mask = getattr(module, name + "_mask").detach().clone()
        else:
            mask = T.ones_like(original)
        # Asked for before the module changes: a method may refuse.
        mask = method.compute_mask(scores, default_mask=mask)
        if not earlier:
            module.register_parameter(name + "_orig", original)
            del module._parameters[name]
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(
        self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Any = None
    ) -> Tensor:
        """Return a pruned tensor.

        Parameters
        ----------
        t : Tensor
            Which.
        default_mask : Tensor, optional
            Of an earlier pruning.
        importance_scores : Tensor, optional
            What the entries are ranked by, if not by themselves.
        """
        scores = t if importance_scores is None else importance_scores
        _check_scores(scores, t, "tensor t")
        mask = T.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, default_mask=mask)

    def remove(self, module: Module) -> None:
        """Make the pruned tensor the parameter.

        Parameters
        ----------
        module : Module
            Whose parameter.
        """
        name, weight = self._tensor_name, self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original: Any = module._parameters.pop(name + "_orig")
        original.data = weight.data
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods for one parameter, each for what the one before has left.

    Parameters
    ----------
    *methods : BasePruningMethod
        In their order.
    """

    def __init__(self, *methods: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(methods) == 1:
            self._tensor_name = methods[0]._tensor_name
        for method in methods:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method at the end.

        Parameters
        ----------
        method : BasePruningMethod
            For the same parameter.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return the mask of the last method, for what is not masked yet."""
        method = self._pruning_methods[-1]
        place: Any = default_mask == 1
        if method.PRUNING_TYPE == "structured":
            if not hasattr(method, "dim"):
                raise AttributeError(
                    'Pruning methods of PRUNING_TYPE "structured" need to have the attribute '
                    "`dim` defined."
                )
            dim = method.dim + t.ndim if method.dim < 0 else method.dim
            if dim < 0:
                raise IndexError(f"Index is out of bounds for tensor with dimensions {t.ndim}")
            others = [axis for axis in range(t.ndim) if axis != dim]
            place = (*(slice(None),) * dim, default_mask.sum(dim=others) != 0)
        elif method.PRUNING_TYPE == "global":
            place = slice(None)
        elif method.PRUNING_TYPE != "unstructured":
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        mask = default_mask.to(dtype=t.dtype).clone()
        part = method.compute_mask(t[place], default_mask=default_mask[place])
        mask[place] = part.to(dtype=mask.dtype)
        return mask


class Identity(BasePruningMethod):
    """A mask that leaves everything as it is."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return the mask so far."""
        return default_mask


def _validate_pruning_amount_init(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    size = float(amount)
    if size < 0 or (size > 1 and not isinstance(amount, numbers.Integral)):
        raise ValueError(
            f"amount={amount} should either be a float in the range [0, 1] or a non-negative "
            "integer"
        )


def _validate_pruning_amount(amount: Any, tensor_size: int) -> None:
    if isinstance(amount, numbers.Integral) and amount > tensor_size:  # type: ignore[operator]
        raise ValueError(
            f"amount={amount} should be smaller than the number of parameters to "
            f"prune={tensor_size}"
        )


def _compute_nparams_toprune(amount: Any, tensor_size: int) -> int:
    return int(amount) if isinstance(amount, numbers.Integral) else round(amount * tensor_size)


class _ByAmount(BasePruningMethod):
    """A method that prunes a number or a share of entries, or of slices along a dimension.

    Parameters
    ----------
    amount : int or float
        How many, or which share.
    """

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def count(self, size: int) -> int:
        """Return how many of `size` are pruned."""
        count = _compute_nparams_toprune(self.amount, size)
        _validate_pruning_amount(self.amount, size)
        return count

    def _without(self, mask: Tensor, scores: Tensor, count: int, largest: bool) -> Tensor:
        mask = mask.clone()
        mask.view(-1)[T.topk(scores.reshape(-1), count, largest=largest)[1]] = 0
        return mask


class RandomUnstructured(_ByAmount):
    """Prune entries at random.

    Parameters
    ----------
    amount : int or float
        How many, or which share.
    """

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return the mask without the entries of the largest random numbers."""
        count = self.count(t.numel())
        return self._without(default_mask, T.rand_like(t), count, True) if count else default_mask


class L1Unstructured(_ByAmount):
    """Prune the entries nearest to zero.

    Parameters
    ----------
    amount : int or float
        How many, or which share.
    """

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return the mask without the smallest entries."""
        count = self.count(t.numel())
        return self._without(default_mask, T.abs(t), count, False) if count else default_mask


class _Slices(_ByAmount):
    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _keep(self, t: Tensor, count: int) -> Any:
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return the mask without the chosen slices."""
        if t.ndim <= 1:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor "
                f"of shape {t.shape} with {t.ndim} dims"
            )
        if self.dim >= t.ndim:
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        count = self.count(t.shape[self.dim])
        kept = self._keep(t, count)
        if not count:
            return default_mask
        mask = T.zeros_like(t)
        mask[(*(slice(None),) * (self.dim % t.ndim), kept)] = 1
        return mask * default_mask.to(dtype=mask.dtype)


class RandomStructured(_Slices):
    """Prune slices at random.

    Parameters
    ----------
    amount : int or float
        How many, or which share.
    dim : int, default: -1
        Along which dimension.
    """

    def _keep(self, t: Tensor, count: int) -> Any:
        if not count:
            return None
        drawn = T.rand(t.shape[self.dim])
        return drawn > T.kthvalue(drawn, count)[0]


class LnStructured(_Slices):
    """Prune the slices with the smallest norms.

    Parameters
    ----------
    amount : int or float
        How many, or which share.
    n : int, float or str
        Which norm.
    dim : int, default: -1
        Along which dimension.
    """

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _keep(self, t: Tensor, count: int) -> Any:
        others = [axis for axis in range(t.ndim) if axis != self.dim % t.ndim]
        norms = T.norm(t, p=self.n, dim=others)
        return T.topk(norms, t.shape[self.dim] - count, largest=True)[1]


class CustomFromMask(BasePruningMethod):
    """Prune by a mask that is given.

    Parameters
    ----------
    mask : Tensor
        Zero where the parameter is pruned.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return the mask so far times the given one."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape "
                f"{self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def identity(module: Module, name: str) -> Module:
    """Give a parameter a mask that leaves it as it is; see `Identity`."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Prune entries of a parameter at random; see `RandomUnstructured`."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: Module, name: str, amount: float, importance_scores: Any = None
) -> Module:
    """Prune the entries of a parameter nearest to zero; see `L1Unstructured`."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Prune slices of a parameter at random; see `RandomStructured`."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None
) -> Module:
    """Prune the slices of a parameter with the smallest norms; see `LnStructured`."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune a parameter by a mask; see `CustomFromMask`."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune entries of several parameters, ranked together.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        Which.
    pruning_method : type
        An unstructured method.
    importance_scores : dict, optional
        For some of the parameters, what the entries are ranked by.
    **kwargs
        Of the method.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    parameters = list(parameters)
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    tensors = [getattr(module, name) for module, name in parameters]
    ranked = parameters_to_vector(
        [scores.get(pair, tensor) for pair, tensor in zip(parameters, tensors, strict=True)]
    )
    masks = [
        getattr(module, name + "_mask", T.ones_like(tensor))
        for (module, name), tensor in zip(parameters, tensors, strict=True)
    ]
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    mask = PruningContainer(method).compute_mask(ranked, parameters_to_vector(masks))
    parts = mask.split([tensor.numel() for tensor in tensors])
    for (module, name), tensor, part in zip(parameters, tensors, parts, strict=True):
        custom_from_mask(module, name, part.view_as(tensor))


def remove(module: Module, name: str) -> Module:
    """Make a pruned tensor the parameter.

    Parameters
    ----------
    module : Module
        Whose parameter.
    name : str
        Its name.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(
        f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
    )


def is_pruned(module: Module) -> bool:
    """Say whether a parameter of a module, or of one inside it, is pruned.

    Parameters
    ----------
    module : Module
        Which.
    """
    return any(
        isinstance(hook, BasePruningMethod)
        for inner in module.modules()
        for hook in inner._forward_pre_hooks.values()
    )
