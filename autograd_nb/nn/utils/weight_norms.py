"""Norms of weights by hooks before `forward`: the older forms of `parametrizations`."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter, is_lazy
from autograd_nb.ops.namespaces import T

from ...core.warn import warn

__all__ = [
    "SpectralNorm",
    "WeightNorm",
    "remove_spectral_norm",
    "remove_weight_norm",
    "spectral_norm",
    "weight_norm",
]


def with_norm(v: Tensor, g: Tensor, dim: int) -> Tensor:
    """Return a tensor with the direction of one and the norms of another."""
    return T.weight_norm(v, g, dim)


def unit(x: Tensor, eps: float) -> Tensor:
    """Return a vector of length one."""
    return T.normalize(x, dim=0, eps=eps)


def rows_first(weight: Tensor, dim: int) -> Tensor:
    """Return a weight with one dimension in front."""
    return weight.permute(dim, *(d for d in range(weight.ndim) if d != dim)) if dim else weight


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """Return a weight as a matrix whose rows are along one dimension."""
    return rows_first(weight, dim).flatten(1)


def channel_dimension(module: Module) -> int:
    """Return the dimension of the outputs in a module's weight."""
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))


def power_method(matrix: Any, u: Tensor, v: Tensor, count: int, eps: float) -> None:
    """Improve the estimate of the first singular vectors, in place."""
    with no_grad():
        for _ in range(count):
            u.copy_(unit(T.mv(matrix, v), eps))
            v.copy_(unit(T.mv(matrix.H, u), eps))


def _refuse_second(module: Module, kind: type, name: str, what: str) -> None:
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            raise RuntimeError(f"Cannot register two {what} hooks on the same parameter {name}")


def _remove(module: Module, kind: type, name: str, what: str) -> None:
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            hook.remove(module)  # type: ignore[attr-defined]
            del module._forward_pre_hooks[key]
            return
    raise ValueError(f"{what} of '{name}' not found in {module}")


class WeightNorm:
    """A hook that computes a weight of its norm and its direction.

    Parameters
    ----------
    name : str
        Of the weight.
    dim : int
        The dimension along which there are several norms; -1 for one norm.
    """

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """Return the weight."""
        v, g = (getattr(module, f"{self.name}_{letter}") for letter in "vg")
        return with_norm(v, g, self.dim)

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        for letter in "gv":
            del module._parameters[f"{self.name}_{letter}"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Compute the weight before `forward`."""
        setattr(module, self.name, self.compute_weight(module))


def _refuse_lazy(weight: Any, hook: str, kind: str) -> None:
    if is_lazy(weight):
        raise ValueError(
            f"The module passed to `{hook}` can't have uninitialized parameters. Make sure to run "
            f"the dummy forward before applying {kind} normalization"
        )


def weight_norm(module: Module, name: str = "weight", dim: int = 0) -> Module:
    """Learn the norm of a weight apart from its direction, by a hook before `forward`.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    dim : int, default: 0
        The dimension along which there are several norms; None for one norm.
    """
    warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
    )
    _refuse_second(module, WeightNorm, name, "weight_norm")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    _refuse_lazy(weight, "WeightNorm", "weight")
    del module._parameters[name]
    norm = T.norm_except_dim(weight, 2, hook.dim)
    module.register_parameter(f"{name}_g", Parameter(norm.data))
    module.register_parameter(f"{name}_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Undo `weight_norm`; the weight keeps its value.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    """
    _remove(module, WeightNorm, name, "weight_norm")
    return module


class SpectralNorm:
    """A hook that divides a weight by its largest singular value.

    Parameters
    ----------
    name : str, default: "weight"
        Of the weight.
    n_power_iterations : int, default: 1
        How often the estimate is improved at each call while training.
    dim : int, default: 0
        The dimension of the outputs.
    eps : float, default: 1e-12
        Keeps norms from zero.
    """

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.name, self.dim, self.eps = name, dim, eps
        self.n_power_iterations = n_power_iterations

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """Return the weight, after improving the estimate if asked for."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        weight_first = rows_first(weight, self.dim)
        matrix = weight_first.reshape(weight_first.shape[0], -1)
        if do_power_iteration:
            # Right side first, unlike the parametrization of today.
            power_method(matrix.t(), v, u, self.n_power_iterations, self.eps)
            u, v = u.clone(), v.clone()
        return weight / T.dot(u, T.mv(matrix, v))

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for end in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + end)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Compute the weight before `forward`."""
        weight = self.compute_weight(module, do_power_iteration=module.training)
        setattr(module, self.name, weight)


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Keep the largest singular value of a weight at one, by a hook before `forward`.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    n_power_iterations : int, default: 1
        How often the estimate is improved at each call while training.
    eps : float, default: 1e-12
        Keeps norms from zero.
    dim : int, optional
        The dimension of the outputs.
    """
    dim = channel_dimension(module) if dim is None else dim
    _refuse_second(module, SpectralNorm, name, "spectral_norm")
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight: Any = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    _refuse_lazy(weight, "SpectralNorm", "spectral")
    with no_grad():
        matrix = as_matrix(weight, dim)
        sides = [unit(weight.new_empty(n).normal_(0, 1), eps) for n in matrix.shape]
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    # Not a parameter: it is computed anew before each call.
    setattr(module, name, weight.data)
    for end, side in zip(("_u", "_v"), sides, strict=True):
        module.register_buffer(name + end, side)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Undo `spectral_norm`; the weight keeps its value.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    """
    _remove(module, SpectralNorm, name, "spectral_norm")
    return module
