"""Converting what a module holds: other dtypes, other devices, fresh memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from autograd_nb import __future__ as future
from autograd_nb.core.dtypes import OF_TYPE
from autograd_nb.core.dtypes import dtype as dtype_class
from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.parameter import Parameter, is_lazy
from autograd_nb.utils.swapping import swap_tensors

from ..core.warn import warn

__all__ = ["ConversionMixin"]


class ConversionMixin:
    """The part of :class:`Module` that replaces the values of parameters and buffers."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    children: Callable[[], Any]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the data of every parameter, gradient and buffer by ``fn`` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, param in self._parameters.items():
            if param is not None:
                self._convert(name, param, fn)
        for name, buffer in self._buffers.items():
            if buffer is None:
                continue
            applied = fn(buffer)
            if is_lazy(buffer):  # it has no values: only its dtype has changed
                applied = type(buffer)(dtype=applied.dtype, persistent=buffer.persistent)
            self._buffers[name] = applied
        return self

    def _convert(self, name: str, param: Any, fn: Callable[[Tensor], Tensor]) -> None:
        """Convert a parameter and its gradient, in the way that is asked for."""
        with no_grad():
            applied, grad = fn(param), param.grad
            grad_applied: Any = None if grad is None else fn(grad)
        if future.get_swap_module_params_on_conversion():
            self._swap(name, param, Parameter(applied, requires_grad=param.requires_grad))
            if grad is not None:
                self._swap(f"{name}.grad", grad, grad_applied)
            param.grad = grad
        elif future.get_overwrite_module_params_on_conversion():
            made = self._parameters[name] = Parameter(applied, requires_grad=param.requires_grad)
            made.grad = grad_applied
        else:
            if applied is not param:
                param.data = applied.data
            if grad is not None and grad_applied is not grad:
                grad.data = grad_applied.data

    def _swap(self, name: str, old: Any, new: Any) -> None:
        try:
            swap_tensors(old, new)
        except RuntimeError as error:
            raise RuntimeError(f"_apply(): Couldn't swap {type(self).__name__}.{name}") from error

    def apply(self, fn: Callable[[Any], None]) -> Self:
        """Call `fn` on every module below this one, children first, then on this one.

        Parameters
        ----------
        fn : callable
            For example a function that initialises ``module.weight``.

        Returns
        -------
        Module
            This module.
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert parameters and buffers: ``to(device)``, ``to(dtype)``, ``to(tensor)``.

        Parameters
        ----------
        *args, **kwargs
            ``device``, ``dtype``, ``non_blocking`` or a tensor to be like.  Only floating point
            and complex values change their dtype.  ``memory_format``, for those of 4 or 5
            dimensions.

        Returns
        -------
        Module
            This module, changed in place.
        """
        if kwargs.get("copy"):
            raise RuntimeError(".to() does not accept copy argument")
        if "tensor" in kwargs:
            args = (kwargs["tensor"], *args)
        dtype = kwargs.get("dtype")
        device = kwargs.get("device")
        layout = kwargs.get("memory_format")
        dtype = OF_TYPE.get(dtype, dtype) if isinstance(dtype, type) else dtype
        for arg in args:
            if isinstance(arg, dtype_class):
                dtype = arg
            elif isinstance(arg, type) and arg in OF_TYPE:
                dtype = OF_TYPE[arg]
            elif isinstance(arg, Tensor):
                dtype, device = arg.dtype, arg.device
            elif arg is not None and not isinstance(arg, bool):
                device = arg
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )
        if dtype is not None and dtype.is_complex:
            warn(
                "Complex modules are a new feature under active development whose design may "
                "change, and some modules might not work as expected when using complex tensors "
                "as parameters or buffers. Please file an issue at "
                "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a "
                "complex module does not work as expected.",
            )

        def convert(tensor: Tensor) -> Tensor:
            converts = dtype is not None and (tensor.is_floating_point() or tensor.is_complex())
            if layout is not None and tensor.ndim in (4, 5):
                return tensor.to(device, dtype if converts else None, memory_format=layout)
            if device is None:
                return tensor.to(dtype) if converts else tensor
            return tensor.to(device, dtype) if converts else tensor.to(device)

        return self._apply(convert)

    def _cast_floats(self, method: str) -> Self:
        return self._apply(lambda t: getattr(t, method)() if t.is_floating_point() else t)

    def float(self) -> Self:
        """Convert floating point parameters and buffers to float32."""
        return self._cast_floats("float")

    def double(self) -> Self:
        """Convert floating point parameters and buffers to float64."""
        return self._cast_floats("double")

    def half(self) -> Self:
        """Convert floating point parameters and buffers to float16."""
        return self._cast_floats("half")

    def bfloat16(self) -> Self:
        """Convert floating point parameters and buffers to bfloat16."""
        return self._cast_floats("bfloat16")

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def cpu(self) -> Self:
        """Move to the CPU, where everything is already."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: Any = None) -> Self:
        """Move to a CUDA device; raises what the tensors raise."""
        return self._apply(lambda t: t.cuda(device))

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Give every parameter and buffer fresh memory without copying values."""
        from autograd_nb.ops.namespaces import T

        return self._apply(lambda t: T.empty_like(t, device=device), recurse=recurse)

    def share_memory(self) -> Self:
        """Put parameters and buffers into shared memory: one process is all there is here."""
        return self._apply(lambda tensor: tensor.share_memory_())

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: modules always run eagerly here."""
