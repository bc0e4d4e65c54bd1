"""Ready-made parametrizations: orthogonal matrices, norms of weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.module import Module
from autograd_nb.nn.utils.parametrize import register_parametrization
from autograd_nb.nn.utils.weight_norms import (
    as_matrix,
    channel_dimension,
    power_method,
    unit,
    with_norm,
)
from autograd_nb.ops.namespaces import T

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _Orthogonal(Module):
    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, original: Any) -> Any:
        """Compute a matrix whose columns, or rows, are orthonormal."""
        wide = original.shape[-2] < original.shape[-1]
        x = original.mT if wide else original
        n, k = x.shape[-2:]
        if self.orthogonal_map == "householder":
            below = x.tril(-1)
            found = T.linalg_householder_product(below, 2.0 / (1.0 + (below * below).sum(-2)))
            found = found * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            x = x.tril()
            if n != k:
                x = T.cat([x, x.new_zeros((n, n - k)).expand((*x.shape[:-2], n, n - k))], -1)
            skew = x - x.mH
            if self.orthogonal_map == "matrix_exp":
                found = T.linalg_matrix_exp(skew)
            else:
                one = T.eye(n, dtype=skew.dtype)
                found = T.linalg_solve(one - 0.5 * skew, one + 0.5 * skew)
            found = found[..., :k] if n != k else found
        if "base" in self._buffers:
            found = self.base @ found
        return found.mT if wide else found

    def right_inverse(self, value: Any) -> Any:
        """Return what gives a matrix; with a base, the base takes it."""
        if value.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of "
                f"shape {value.shape}."
            )
        with no_grad():
            wide = value.shape[-2] < value.shape[-1]
            tall = value.mT if wide else value
            if "base" not in self._buffers:
                if self.orthogonal_map != "householder":
                    raise NotImplementedError(
                        "It is not possible to assign to the matrix exponential or the Cayley "
                        "parametrizations when use_trivialization=False."
                    )
                reflectors, tau = T.geqrf(tall)
                diagonal = reflectors.diagonal(dim1=-2, dim2=-1)
                diagonal.copy_(T.where(tau == 0.0, -diagonal.sign(), diagonal.sign()))
                return reflectors.mT if wide else reflectors
            n, k = tall.shape[-2:]
            if n != k:
                fresh = T.randn((*tall.shape[:-2], n, n - k), dtype=tall.dtype)
                tall = _orthonormal(T.cat([tall, fresh], -1))
            else:
                tall = tall.clone() if _is_orthonormal(tall) else _orthonormal(tall)
            self.base = tall
            start = T.zeros_like(value)
            start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
            return start


def _is_orthonormal(matrix: Tensor) -> bool:
    n, k = matrix.shape[-2:]
    eps = 10.0 * n * float(np.finfo(matrix._nd().dtype).eps)
    return bool(T.allclose(matrix.mH @ matrix, T.eye(k, dtype=matrix.dtype), atol=eps))


def _orthonormal(matrix: Tensor) -> Tensor:
    reflectors, tau = T.geqrf(matrix)
    found = T.linalg_householder_product(reflectors, tau)
    return found * reflectors.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def _weight_of(module: Module, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


def orthogonal(
    module: Module,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Keep a weight orthogonal: its columns, or rows if these are fewer, are orthonormal.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    orthogonal_map : {"matrix_exp", "cayley", "householder"}, optional
        How matrices become orthogonal ones.
    use_trivialization : bool, default: True
        Start from the present weight, and move relative to it.
    """
    weight = _weight_of(module, name)
    if weight.ndim < 2:
        raise ValueError(
            f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions."
        )
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1] or weight.is_complex()
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". '
            f"Got: {orthogonal_map}"
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """Compute the weight of a norm and a direction."""
        return with_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return the norm and the direction of a weight."""
        return T.norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int = 0) -> Module:
    """Learn the norm of a weight apart from its direction.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    dim : int, default: 0
        The dimension along which there are several norms; -1 for one norm.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *_: Any) -> None:
        """Take what the older `torch.nn.utils.weight_norm` has saved."""
        old = [f"{prefix}{name}_{letter}" for letter in "gv"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                new = f"{prefix}parametrizations.{name}.original{i}"
                state_dict[new] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but "
                f"got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps = dim % ndim, eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight, self.dim)
            sides = [matrix.new_empty(n).normal_(0, 1) for n in matrix.shape]
            self.register_buffer("_u", unit(sides[0], eps))
            self.register_buffer("_v", unit(sides[1], eps))
            power_method(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        """Divide by the largest singular value, or a vector by its length."""
        if weight.ndim == 1:
            return unit(weight, self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            power_method(matrix, self._u, self._v, self.n_power_iterations, self.eps)
        # Cloned: the next call writes into them, and this one's backward needs them.
        return weight / T.vdot(self._u.clone(), T.mv(matrix, self._v.clone()))

    def right_inverse(self, value: Tensor) -> Tensor:
        """Return the value: what is assigned is normalized when it is read."""
        return value


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Keep the largest singular value of a weight at one.

    Parameters
    ----------
    module : Module
        Whose weight.
    name : str, default: "weight"
        Its name.
    n_power_iterations : int, default: 1
        How often the estimate is improved at each use while training.
    eps : float, default: 1e-12
        Keeps norms from zero.
    dim : int, optional
        The dimension of the outputs.
    """
    weight = _weight_of(module, name)
    dim = channel_dimension(module) if dim is None else dim
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return register_parametrization(module, name, made)
