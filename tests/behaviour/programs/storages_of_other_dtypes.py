"""Storages of numbers of another dtype are refused, bytes are taken as any; sizes that expand."""

import warnings

from tests.behaviour.helpers import attempt

DTYPES = "uint8 int8 int16 int32 int64 float16 float32 float64 complex64 complex128 bool".split()


def _storage_of(tensor):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tensor.storage()


def memory_of_another_dtype(torch):
    for name in (*DTYPES, "uint16", "uint32", "uint64"):
        x = torch.zeros(2, dtype=getattr(torch, name))
        y = torch.zeros(2, dtype=torch.float64 if name == "float32" else torch.float32)
        attempt(lambda x=x, y=y: x.set_(_storage_of(y)))
        attempt(lambda x=x, y=y: x.set_(y))
        attempt(lambda x=x, y=y: x.new(y))
        attempt(lambda x=x, y=y: x.new(_storage_of(y)))


def bytes_are_taken_as_any_dtype(torch):
    x = torch.arange(3.0)
    y = torch.zeros(0, dtype=torch.int32).set_(x.untyped_storage())
    print(y.shape, y.dtype)
    y.zero_()
    print(x, torch.zeros(0).set_(_storage_of(x)))


def functions_of_expanded_elements(torch):
    attempt(lambda: torch.zeros(1).map_(torch.ones(4), lambda a, b: a))
    attempt(lambda: torch.zeros(2).map2_(torch.ones(2, 1), torch.ones(1), lambda a, b, c: a))
    print(torch.zeros(2, 2).map_(torch.arange(2.0), lambda a, b: b))
