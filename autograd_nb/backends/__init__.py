"""`torch.backends`: switches of libraries that notebooks set; stored, and without effect here."""

from __future__ import annotations

from ..absent import guard
from . import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, opt_einsum

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]

__getattr__ = guard(__name__)
