"""Layers that add a border."""

from __future__ import annotations

from typing import Any

from autograd_nb.core.tensor import Tensor
from autograd_nb.nn import functional as F
from autograd_nb.nn.module import Module
from autograd_nb.nn.sizes import ntuple

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """A border around the last ``_spatial`` dimensions.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial: int
    _mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = ntuple(padding, 2 * self._spatial)

    def forward(self, input: Tensor) -> Tensor:
        """Add the border."""
        if self._mode == "circular" and input.dim() not in (self._spatial + 1, self._spatial + 2):
            raise ValueError(
                f"expected {self._spatial + 1}D or {self._spatial + 2}D input "
                f"(got {input.dim()}D input)"
            )
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """Show the widths."""
        return f"{self.padding}"


class CircularPad1d(_Pad):
    """Border of ``(N, C, L)`` made of the opposite side.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 1
    _mode = "circular"


class CircularPad2d(_Pad):
    """Border of ``(N, C, H, W)`` made of the opposite side.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 2
    _mode = "circular"


class CircularPad3d(_Pad):
    """Border of ``(N, C, D, H, W)`` made of the opposite side.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 3
    _mode = "circular"


class ReflectionPad1d(_Pad):
    """Border of ``(N, C, L)`` made of the mirrored inside.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """Border of ``(N, C, H, W)`` made of the mirrored inside.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """Border of ``(N, C, D, H, W)`` made of the mirrored inside.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """Border of ``(N, C, L)`` made of the outermost numbers.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """Border of ``(N, C, H, W)`` made of the outermost numbers.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """Border of ``(N, C, D, H, W)`` made of the outermost numbers.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    _spatial = 3
    _mode = "replicate"


class ConstantPad1d(_Pad):
    """Border of ``(N, C, L)`` made of one number.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    value : float
        The number.
    """

    _spatial = 1
    _mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Add the border."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Show widths and number."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(_Pad):
    """Border of ``(N, C, H, W)`` made of one number.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    value : float
        The number.
    """

    _spatial = 2
    _mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Add the border."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Show widths and number."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad3d(_Pad):
    """Border of ``(N, C, D, H, W)`` made of one number.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    value : float
        The number.
    """

    _spatial = 3
    _mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Add the border."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Show widths and number."""
        return f"padding={self.padding}, value={self.value}"


class ZeroPad1d(ConstantPad1d):
    """Border of ``(N, C, L)`` made of zeros.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Show the widths."""
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Border of ``(N, C, H, W)`` made of zeros.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Show the widths."""
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Border of ``(N, C, D, H, W)`` made of zeros.

    Parameters
    ----------
    padding : int or tuple of int
        Width of the border: one number, or two per dimension, the last dimension first.
    """

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Show the widths."""
        return f"{self.padding}"
