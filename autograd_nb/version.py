"""`torch.version`: which PyTorch is followed, and for what hardware."""

from __future__ import annotations

FOLLOWED = "2.13.0"
PACKAGE = "0.1.0"  # the one place where the package's version stands

# What notebooks compare is PyTorch's version; whose this really is stands behind the plus, where
# PyTorch says what a build is for.
__version__ = f"{FOLLOWED}+autograd.nb.{PACKAGE}"

cuda = hip = rocm = xpu = git_version = None
debug = False
