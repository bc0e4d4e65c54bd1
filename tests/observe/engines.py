"""The two engines that must look alike to an observer."""

from __future__ import annotations

import importlib

import pytest


def engine(name):
    if name == "torch":
        return pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    return importlib.import_module("autograd_nb")


both = pytest.mark.parametrize("torch", ["autograd_nb", "torch"], indirect=True)
