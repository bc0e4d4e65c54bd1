"""`torch.Generator`: a random stream as users hold it, and the default one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .device import CPU, device
from .rng import STATE_BYTES, Stream
from .tensor import Tensor, wrap


class Generator:
    """A source of random numbers with its own state.

    Parameters
    ----------
    device : str or device, default "cpu"

    Raises
    ------
    RuntimeError
        If `device` is not the CPU.

    Examples
    --------
    >>> Generator().manual_seed(3).initial_seed()
    3
    """

    __slots__ = ("stream",)

    def __init__(self, device: Any = None) -> None:
        _check_cpu(device)
        self.stream = Stream()

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.stream.state_bytes(),)

    @property
    def device(self) -> device:
        """Where the numbers are made: the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start from a seed.

        Parameters
        ----------
        seed : int
            From -2**63 to 2**64 - 1.

        Returns
        -------
        Generator
            This one.

        Raises
        ------
        RuntimeError
            If `seed` is no integer.
        ValueError
            If it does not fit in 64 bits.
        """
        if not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        self.stream.reseed(int(seed))
        return self

    def seed(self) -> int:
        """Start from a nondeterministic seed and return it."""
        return self.stream.reseed_from_system()

    def initial_seed(self) -> int:
        """Return the seed that the generator was last started from."""
        return self.stream.seed_value

    def get_state(self) -> Tensor:
        """Return the state, a tensor (5056,) of uint8."""
        return wrap(self.stream.state_bytes())

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that `get_state` (or PyTorch's) returned.

        Raises
        ------
        TypeError
            If the state is not a tensor of uint8.
        RuntimeError
            If it has another size or its content is no state.
        """
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._array.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        self.stream.restore(new_state._nd())
        return self

    graphsafe_get_state, graphsafe_set_state = get_state, set_state

    def clone_state(self) -> Generator:
        """Return another generator that will give the same numbers."""
        return _rebuild(self.stream.state_bytes())


def _rebuild(state: Any) -> Generator:
    generator = Generator()
    generator.stream.restore(state)
    return generator


def _check_cpu(where: Any) -> None:
    if where is None:
        return
    name = (where if isinstance(where, device) else device(where)).type
    if name == "cuda":
        raise RuntimeError(
            "Cannot get CUDA generator without ATen_cuda library. autograd_nb makes random "
            "numbers on the CPU."
        )
    if name != "cpu":
        raise RuntimeError(
            "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, "
            "maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of "
            f"device string: {name}"
        )


default_generator: Final = Generator()
default_generator.seed()

__all__ = ["STATE_BYTES", "Generator", "default_generator"]
