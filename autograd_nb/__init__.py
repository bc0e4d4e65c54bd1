"""Autograd you can watch, inside Jupyter: PyTorch's tensors and autograd on NumPy.

``import autograd_nb as torch`` runs PyTorch autograd tutorials unchanged. In a notebook,
``%load_ext autograd_nb`` adds the ``%autograd`` and ``%%autograd`` magics.
"""

from __future__ import annotations

import importlib
from math import e, inf, nan, pi
from typing import Any

from .core import quiet as _quiet

_quiet.keep_numpy_silent()

from . import ops as _ops  # noqa: E402
from .core import dtypes as _dtypes  # noqa: E402
from .core.device import (  # noqa: E402
    channels_last,
    channels_last_3d,
    contiguous_format,
    device,
    layout,
    legacy_contiguous_format,
    memory_format,
    preserve_format,
    strided,
)
from .core.dtypes import (  # noqa: E402
    dtype,
    get_default_dtype,
    promote_types,
    set_default_dtype,
)
from .core.generator import Generator, default_generator  # noqa: E402
from .core.modes import (  # noqa: E402
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .core.size import Size  # noqa: E402
from .core.tensor import Tensor  # noqa: E402
from .ops.registry import FUNCTIONS as _FUNCTIONS  # noqa: E402
from .ops.registry import return_types  # noqa: E402

globals().update(_dtypes.NAMES)
bfloat16 = _dtypes.bfloat16

from . import absent as _absent  # noqa: E402
from . import autograd, printing, settings, torch_version, version  # noqa: E402
from .amp import autocast  # noqa: E402
from .numeric_limits import finfo, iinfo  # noqa: E402
from .printing import set_printoptions  # noqa: E402
from .settings import *  # noqa: E402, F403
from .torch_version import __version__  # noqa: E402

newaxis = None

# ``type(x)`` is shown under the name by which users know it.
for _kind in (Tensor, Size, dtype, device, layout, memory_format, Generator, finfo, iinfo):
    _kind.__module__ = __name__

# Loaded when first asked for: an autograd lesson needs none of them.
_LAZY = (
    "__future__",
    "nn",
    "optim",
    "linalg",
    "special",
    "fft",
    "func",
    "functional",
    "masked",
    "signal",
    "utils",
    "random",
    "testing",
    "cuda",
    "backends",
    "accelerator",
    "amp",
    "cpu",
    "mps",
    "xpu",
    "jit",
    "_C",
    "multiprocessing",
    "compiler",
    "futures",
    "distributed",
    "overrides",
    "profiler",
    "serialization",
    "storage",
    "types",
    "distributions",
    "observe",
    "views",
    "plot",
)
_STORAGES = (
    "Storage",
    "TypedStorage",
    "UntypedStorage",
    *(
        f"{word}Storage"
        for word in "Float Double Half Long Int Short Char Byte Bool ComplexFloat".split()
    ),
    "ComplexDoubleStorage",
)
_LAZY_FUNCTIONS = {
    **dict.fromkeys(("load", "save"), "serialization"),
    **dict.fromkeys(_STORAGES, "storage"),
    **dict.fromkeys(
        (
            "adaptive_max_pool1d",
            "affine_grid_generator",
            "alpha_dropout",
            "binary_cross_entropy_with_logits",
            "celu_",
            "cosine_embedding_loss",
            "ctc_loss",
            "feature_alpha_dropout",
            "grid_sampler",
            "grid_sampler_2d",
            "grid_sampler_3d",
            "hinge_embedding_loss",
            "instance_norm",
            "kl_div",
            "margin_ranking_loss",
            "poisson_nll_loss",
            "selu_",
            "threshold_",
            "triplet_margin_loss",
        ),
        "functions",
    ),
    "vmap": "func",
    "Future": "futures",
}


_function = _absent.guard(__name__, _FUNCTIONS["torch"])


def __getattr__(name: str) -> Any:
    if name == "torch":  # PyTorch holds itself, and people write `torch.torch.Tensor`
        return importlib.import_module(__name__)
    if name in _LAZY:
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    if name in _LAZY_FUNCTIONS:
        return getattr(importlib.import_module(f"{__name__}.{_LAZY_FUNCTIONS[name]}"), name)
    return _function(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_LAZY_FUNCTIONS, *_FUNCTIONS["torch"]})


def is_tensor(obj: Any) -> bool:
    """Say whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Say whether the elements are real floating point numbers."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Say whether the elements are complex."""
    return input.is_complex()


def numel(input: Tensor) -> int:
    """Return the number of elements."""
    return input.numel()


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """Return the dtype in which an operation on both would be computed."""
    return _dtypes.result_type((tensor1, tensor2))


def can_cast(from_: dtype, to: dtype) -> Any:
    """Say whether PyTorch allows the conversion in an in-place operation."""
    return _dtypes.can_cast(from_, to)


def load_ipython_extension(ipython: Any) -> None:
    """Add the magics to a running IPython: ``%load_ext autograd_nb``."""
    from .magics.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take everything away again: ``%unload_ext autograd_nb``."""
    from .magics.extension import unload

    unload(ipython)
