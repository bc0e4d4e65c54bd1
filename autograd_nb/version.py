"""`torch.version`: which PyTorch is followed, and for what hardware."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _installed

FOLLOWED = "2.13.0"
try:
    PACKAGE = _installed("autograd_nb")
except PackageNotFoundError:  # used from a checkout that is not installed
    PACKAGE = "0"

# What notebooks compare is PyTorch's version; whose this really is stands behind the plus, where
# PyTorch says what a build is for.
__version__ = f"{FOLLOWED}+autograd.nb.{PACKAGE}"

cuda = hip = rocm = xpu = git_version = None
debug = False
