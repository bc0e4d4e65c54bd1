"""Parameters and buffers: tensors that a module registers when they are assigned to it."""

from __future__ import annotations

from typing import Any

from autograd_nb.core import errors
from autograd_nb.core.subclasses import disabled
from autograd_nb.core.tensor import Tensor
from autograd_nb.ops.namespaces import T

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


def _share(cls: type, data: Tensor) -> Any:
    """Return an instance of `cls` that shares memory with `data` and has no history."""
    out: Any = object.__new__(cls)
    out.__dict__.update(data.detach().__dict__)
    return out


class Parameter(Tensor):
    """A tensor that a :class:`Module` lists among its parameters.

    Parameters
    ----------
    data : Tensor, optional
        Values; the memory is shared, the history is not.  Default: an empty tensor.
    requires_grad : bool, default: True
        Whether gradients are computed for it.
    """

    _printed_within = "Parameter"  # what is derived from it
    __torch_function__: Any = classmethod(disabled)

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Any:
        """Return the parameter."""
        if data is None:
            data = T.empty(0)
        if not isinstance(data, Tensor):
            data.detach()  # what PyTorch asks of it, whatever it is
        if requires_grad and data._array.dtype.kind not in "fc":
            raise RuntimeError(errors.ONLY_FLOATS)
        out = _share(cls, data)
        out._wanting(requires_grad)
        return out

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Everything is set by __new__, that of subclasses too, which may take more; Tensor's own
        # constructor must not run on top of it.
        pass

    def __copy__(self) -> Any:
        found = type(self)(self.data, self.requires_grad)
        found.__dict__.update(self._attributes())
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        copied = type(self)(self.detach().clone(), self.requires_grad)
        memo[id(self)] = copied
        return copied

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return "Parameter containing:\n" + Tensor.__repr__(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        made = type(self), self.detach(), self.requires_grad
        return _rebuild_parameter, made, self._attributes() or None


def _rebuild_parameter(cls: type, data: Tensor, requires_grad: bool) -> Any:
    """Make the parameter that was pickled."""
    if type(data) is not Tensor:
        data = data.as_subclass(Tensor)
    return cls(data, requires_grad)


class Buffer(Tensor):
    """A tensor that a :class:`Module` lists among its buffers.

    Parameters
    ----------
    data : Tensor, optional
        Values; the memory is shared.  Default: an empty tensor.
    persistent : bool, default: True
        Whether it is part of the module's ``state_dict``.
    """

    persistent: bool
    __torch_function__: Any = classmethod(disabled)

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Any:
        """Return the buffer."""
        if data is None:
            data = T.empty(0)
        out = _share(cls, data)
        out._wanting(data.requires_grad)
        out.persistent = persistent
        return out

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        # Everything is set by __new__; Tensor's own constructor must not run on top of it.
        pass


class UninitializedTensorMixin:
    """What parameters and buffers of lazy modules share, before their shape is known."""

    cls_to_become: type

    @property
    def shape(self) -> Any:
        """Raise: there is none yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their "
            "attributes."
        )

    def numel(self) -> int:
        """Raise: a count of parameters would leave these out."""
        raise ValueError(
            "Attempted to use an uninitialized parameter in <method 'numel' of "
            "'torch._C.TensorBase' objects>. This error happens when you are using a `LazyModule` "
            "or explicitly manipulating `torch.nn.parameter.UninitializedParameter` objects. When "
            "using LazyModules Call `forward` with a dummy batch to initialize the parameters "
            "before calling torch functions"
        )

    nelement = numel

    def materialize(self: Any, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give the tensor its shape; it becomes an ordinary parameter or tensor.

        Parameters
        ----------
        shape : tuple of int
            The shape found by the first call of the module.
        device, dtype : optional
            Where and of which type, if not as the tensor was made.
        """
        self.data = T.empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self.cls_to_become

    def share_memory_(self) -> Any:
        """Raise: there is no memory yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to "
            "initialize the parameters before calling `module.share_memory()`."
        )

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, dtype=self.dtype)
        return memo[id(self)]

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        return type(self), (self.requires_grad, None, self.dtype)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"<{type(self).__name__}>"


def is_lazy(param: Any) -> bool:
    """Return whether a parameter or buffer has no shape yet.

    Parameters
    ----------
    param : object
        Anything.
    """
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """The parameter of a lazy module before its shape is known.

    Parameters
    ----------
    requires_grad : bool, default: True
        Whether gradients are computed for it once it has a shape.
    device, dtype : optional
        Where and of which type it will be.
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        """Return the parameter, still without shape."""
        out = _share(cls, T.empty(0, device=device, dtype=dtype))
        out._wanting(requires_grad)
        return out

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        # Everything is set by __new__; Tensor's own constructor must not run on top of it.
        pass


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """The buffer of a lazy module before its shape is known.

    Parameters
    ----------
    requires_grad : bool, default: False
        Whether gradients are computed for it.
    device, dtype : optional
        Where and of which type it will be.
    persistent : bool, default: True
        Whether it is part of the module's ``state_dict``.
    """

    cls_to_become = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> Any:
        """Return the buffer, still without shape."""
        out = _share(cls, T.empty(0, device=device, dtype=dtype))
        out._wanting(requires_grad)
        out.persistent = persistent
        return out

    def __init__(
        self,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> None:
        # Everything is set by __new__; Tensor's own constructor must not run on top of it.
        pass
