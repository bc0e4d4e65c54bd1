"""Devices, layouts and memory formats: names of places, of which only the CPU exists here."""

from __future__ import annotations

from typing import Any, Final

KINDS: Final = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga",
    "maia", "xla", "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
NO_ACCELERATOR = "Cannot access accelerator device when none is available."
NO_CUDA = "Torch not compiled with CUDA enabled"
ADVICE = (
    "autograd_nb computes with NumPy, on the CPU. For a GPU use PyTorch itself: the same magics "
    "and views work with it."
)


class device:
    """Where a tensor lives; here it is always the CPU.

    As a context manager it is the default of the functions that make tensors.

    Parameters
    ----------
    type : str or device
        ``"cpu"``, or ``"cpu:0"``.
    index : int, optional
        Number of the device.

    Raises
    ------
    RuntimeError
        If PyTorch knows no such device.
    TypeError
        If `type` is no string.
    """

    def __init__(self, type: Any = None, index: int | None = None) -> None:
        if isinstance(type, device):
            other: Any = type
            type, index = other.type, other.index
        if isinstance(type, int) and not isinstance(type, bool):
            wrong = NO_ACCELERATOR if type >= 0 else "Device index must not be negative"
            raise _with_advice(RuntimeError(wrong))
        if not isinstance(type, str):
            given = "" if type is None else type.__class__.__name__
            raise TypeError(
                f"device() received an invalid combination of arguments - got ({given}), but "
                "expected one of:\n * (torch.device device)\n * (str type, int index = -1)\n"
            )
        if not type:
            raise RuntimeError("Device string must not be empty")
        name, colon, number = type.partition(":")
        if colon:
            if not number.isdigit():
                raise RuntimeError(f"Invalid device string: '{type}'")
            if index is not None:
                raise RuntimeError(
                    "type (string) must not include an index because index was passed explicitly: "
                    + type
                )
            index = int(number)
        if name not in KINDS:
            raise RuntimeError(
                f"Expected one of {', '.join(KINDS)} device type at start of device string: {name}"
            )
        self.type = name
        self.index = index

    def __repr__(self) -> str:
        where = f", index={self.index}" if self.index is not None else ""
        return f"device(type='{self.type}'{where})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        _entered.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _entered.pop()


def _with_advice(error: Exception) -> Exception:
    error.add_note(ADVICE)
    return error


CPU: Final = device("cpu")
_default = CPU
_entered: list[device] = []  # the devices whose blocks we are in
_device = device


def get_default_device() -> device:
    """Return the device on which tensors are made."""
    return _entered[-1] if _entered else _default


def set_default_device(device: Any) -> None:
    """Set the device on which tensors are made.

    Parameters
    ----------
    device : device, str or None
        As in PyTorch, any device may be named; making a tensor then fails unless it is the CPU.
    """
    global _default
    _default = CPU if device is None else _device(device)


def check_device(where: Any) -> None:
    """Raise unless `where` (or, if None, the default device) is the CPU.

    Parameters
    ----------
    where : device, str or None
        As given to a function that makes tensors.

    Raises
    ------
    AssertionError, NotImplementedError, RuntimeError
        PyTorch's own on a build without that device, with what to do instead.
    """
    if where is None:
        where = _entered[-1] if _entered else _default
    if where is CPU:
        return
    kind = (where if isinstance(where, device) else device(where)).type
    if kind == "cpu":
        return
    if kind == "cuda":
        raise _with_advice(AssertionError(NO_CUDA))
    raise _with_advice(
        NotImplementedError(
            f"Could not run 'aten::empty.memory_format' with arguments from the '{kind.upper()}' "
            "backend."
        )
    )


class _Named:
    """A constant of PyTorch's namespace that is only its name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _constant, (self.name,)


class layout(_Named):
    """How elements lie in memory: always `torch.strided`."""

    __slots__ = ()


class memory_format(_Named):
    """The order of the strides of a copy."""

    __slots__ = ()


strided = layout("strided")
contiguous_format = legacy_contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")


def _constant(name: str) -> Any:
    return globals()[name]
