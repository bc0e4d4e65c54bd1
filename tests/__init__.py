"""Tests of autograd_nb; the tree mirrors the package."""
