"""Memory shared with NumPy and PyTorch, and NumPy's functions on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nb as ours

torch: Any = pytest.importorskip("torch", reason="PyTorch, the reference, is not installed")


def test_dlpack_shares_memory_both_ways() -> None:
    mine, theirs, array = ours.arange(3.0), torch.arange(3.0), np.arange(3.0)
    torch.from_dlpack(mine)[0] = 7
    np.from_dlpack(mine)[1] = 8
    assert mine.tolist() == [7, 8, 2]
    ours.from_dlpack(theirs)[0] = 7
    assert theirs.tolist() == [7, 1, 2]
    ours.from_dlpack(array)[0] = 7
    assert array.tolist() == [7, 1, 2]
    capsule = ours.utils.dlpack.to_dlpack(mine)
    torch.utils.dlpack.from_dlpack(capsule)[2] = 9
    assert mine.tolist() == [7, 8, 9]
    ours.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(theirs))[2] = 9
    assert theirs.tolist() == [7, 1, 9]
    again = ours.from_dlpack(mine)
    again[0] = 0
    assert mine.tolist() == [0, 8, 9]
    assert ours.from_dlpack(theirs, copy=True).data_ptr() != theirs.data_ptr()


@pytest.mark.parametrize("dtype", ["float16", "float64", "complex64", "int8", "uint8", "bool"])
def test_dlpack_keeps_dtype_shape_and_strides(dtype: str) -> None:
    theirs = torch.ones(2, 3).to(getattr(torch, dtype)).t()
    mine = ours.from_dlpack(theirs)
    assert (str(mine.dtype), mine.shape, mine.stride()) == (f"torch.{dtype}", (3, 2), (1, 3))
    back = torch.from_dlpack(mine)
    assert (back.dtype, back.stride(), back.data_ptr()) == (
        theirs.dtype,
        theirs.stride(),
        theirs.data_ptr(),
    )


PROGRAMS = """
np.sin(x)
np.sin(g)
x * a
np.add(a, x)
np.isnan(x)
np.isnan(x).dtype
np.asarray(x)
np.asarray(g)
np.array(x, dtype=np.float64)
np.add(x, x)
a == x
x == a
np.stack([x, x])
np.concatenate([x, x])
np.float64(2) * x
x * np.float64(2)
np.float32(2) * torch.ones(2, dtype=torch.float64)
x[np.array([0, 2])]
a[x.long()]
np.dot(x, x)
np.reshape(x, (3, 1))
np.exp(x)
np.clip(x, 0, 0.5)
np.allclose(x, x)
np.where(x > 0, x, 0)
np.linspace(0, x[1], 3)
np.array([x, x])
np.array([g[0], g[1]])
np.from_dlpack(x)
np.from_dlpack(x).flags.writeable
np.from_dlpack(g)
torch.from_dlpack(a)
tuple(int(n) for n in x.__dlpack_device__())
torch.asarray(a)
np.matmul(a, x)
np.maximum(x, a)
np.abs(-x)
np.round(x)
np.transpose(torch.ones(2, 3)).shape
np.shape(x)
np.ndim(x)
np.argmax(x)
np.cumsum(x)
np.linalg.norm(x)
np.add.reduce(x)
np.multiply.outer(x, x)
np.expand_dims(x, 0)
x.numpy() is x.numpy()
g.numpy()
torch.from_numpy(a[::-1])
torch.from_numpy(3)
torch.from_numpy(np.array(['a']))
torch.frombuffer(bytearray(b'abcd'), dtype=torch.uint8)
torch.frombuffer(b'abcdefgh', dtype=torch.int32)
torch.frombuffer(bytearray(b'abcd'), dtype=torch.int32, offset=2)
torch.frombuffer(bytearray(b''), dtype=torch.uint8)
torch.frombuffer(bytearray(b'abcd'), dtype=torch.uint8, count=2, offset=1)
torch.frombuffer(bytearray(b'abcd'), dtype=torch.uint8, count=9)
x.get_device()
x.is_pinned()
x.pin_memory()
x.is_shared()
x.share_memory_()
x.is_set_to(x)
y.is_set_to(y[:])
x.is_set_to(x.clone())
x.is_same_size(y)
torch.is_same_size(x, g)
x.is_nonzero()
torch.tensor([2]).is_nonzero()
torch.is_signed(i)
torch.is_inference(x)
y.dim_order()
y.t().dim_order()
x.clone().apply_(lambda v: v + 1)
g.apply_(lambda v: v)
x.clone().map_(torch.ones(3), lambda a, b: a + b)
x.clone().map2_(x, x, lambda a, b, c: a + b + c)
x.new(2, 3).shape
x.new([1, 2])
x.new().shape
i.new([1, 2])
x.as_subclass(torch.nn.Parameter)
x.to_dense()
x.is_coalesced()
x.values()
x.indices()
x.name
x.grad_dtype
y.resize(3, 2)
y.resize_as(x)
x.new_empty_strided((2, 3), (3, 1)).shape
torch.empty_strided((2, 3), (1, 2)).stride()
torch.empty_permuted((2, 3), (1, 0)).stride()
i.xpu()
x.ipu()
""".strip().splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.filterwarnings("ignore")
def test_arrays_and_tensors_mix_as_in_pytorch(program: str) -> None:
    shown = []
    for library in (ours, torch):
        space = {
            "torch": library,
            "np": np,
            "x": library.ones(3),
            "g": library.ones(3, requires_grad=True),
            "a": np.arange(3.0),
            "y": library.arange(6.0).reshape(2, 3),
            "i": library.arange(3),
        }
        try:
            shown.append(repr(eval(program, space)))
        except Exception as error:
            shown.append(f"{type(error).__name__}: {str(error)[:70]}")
    assert shown[0] == shown[1]
