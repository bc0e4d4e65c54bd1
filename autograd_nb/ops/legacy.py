"""The typed constructors of old tutorials: `torch.FloatTensor` and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import dtypes
from ..core.tensor import Tensor
from .create import infer_array
from .registry import FUNCTIONS
from .sizes import C_TYPE, scalar_type


class _TypeMeta(type):
    """`isinstance(x, torch.FloatTensor)` asks for the dtype."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def expected_storage(storage: Any, kind: dtypes.dtype, name: str) -> None:
    """Raise PyTorch's error for a storage of numbers of another dtype; bytes may be any."""
    found = storage._row.dtype.name
    if type(storage).__name__ != "UntypedStorage" and found != kind.numpy.name:
        raise RuntimeError(
            f"Expected a Storage of type {name} or an UntypedStorage, but got type "
            f"{scalar_type(storage._row)} for argument 1 'storage'"
        )


def build(kind: dtypes.dtype, args: tuple[Any, ...]) -> Any:
    """Return the array that a legacy constructor makes of its arguments.

    Raises
    ------
    TypeError
        If the arguments are neither sizes nor data.
    """
    if not args:
        return np.empty(0, kind.numpy)
    first = args[0]
    if len(args) == 1 and isinstance(first, Tensor):
        if first.dtype is not kind:
            raise TypeError(
                f"expected TensorOptions(dtype={C_TYPE[kind.name]}, device=cpu, layout=Strided, "
                "requires_grad=false (default), pinned_memory=false (default), "
                f"memory_format=(nullopt)) (got TensorOptions(dtype={C_TYPE[first.dtype.name]}, "
                "device=cpu, layout=Strided, requires_grad=false (default), pinned_memory=false "
                "(default), memory_format=(nullopt)))"
            )
        return first._nd()
    if all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in args):
        return np.zeros(args, kind.numpy)
    if len(args) == 1 and type(first).__name__ == "Size":
        return np.zeros(first, kind.numpy)
    if len(args) == 1 and isinstance(first, (list, tuple, range, np.ndarray)):
        return infer_array(first, kind)
    if len(args) == 1 and type(first).__module__ == "torch.storage":
        expected_storage(first, kind, kind.tensor_name.removesuffix("Tensor"))
        return first._row.view(kind.numpy)  # the same memory
    if len(args) == 1:
        raise TypeError(f"new(): data must be a sequence (got {type(first).__name__})")
    kinds = ", ".join(type(a).__name__ for a in args)
    raise TypeError(
        f"new() received an invalid combination of arguments - got ({kinds}), but expected one "
        "of: sizes as separate integers, one sequence of numbers, or one Tensor"
    )


def _constructor(kind: dtypes.dtype) -> type:
    def new(cls: type, *args: Any, **_: Any) -> Tensor:
        return Tensor._wrap(build(kind, args))

    return _TypeMeta(
        kind.tensor_name,
        (),
        {"__new__": new, "dtype": kind, "__doc__": f"Legacy constructor of {kind} tensors."},
    )


for _kind in dict.fromkeys(dtypes.NAMES.values()):
    FUNCTIONS["torch"][_kind.tensor_name] = _constructor(_kind)


def _init(self: Tensor, *data: Any, **_: Any) -> None:
    if "_array" not in self.__dict__:  # else __new__ of a subclass has made it
        self._array = build(dtypes.get_default_dtype(), data)


_init.__doc__ = "Make a tensor of the default dtype from sizes, or from numbers."
Tensor.__init__ = _init  # type: ignore[method-assign]
