"""torch.testing.make_tensor: the numbers, the defaults by dtype and what is refused."""

from tests.behaviour.helpers import attempt, warned


def make(torch, *shape, dtype="float32", **options):
    torch.manual_seed(7)
    options.setdefault("device", "cpu")
    return torch.testing.make_tensor(*shape, dtype=getattr(torch, dtype), **options)


def defaults_by_dtype(torch):
    for dtype in "float16 float32 float64 complex64 complex128 bool uint8 int8 int16 int64".split():
        print(make(torch, 2, 3, dtype=dtype))


def wide_unsigned_numbers(torch):
    for dtype in ("uint16", "uint32", "uint64"):
        print(make(torch, 4, dtype=dtype).tolist())


def spellings_of_the_shape(torch):
    for shape in ((), ((),), (3,), ((3, 2),), ([2, 2],), (torch.Size([1, 2]),), (0,), (2, 0, 3)):
        print(make(torch, *shape).shape)


def interval(torch):
    print(make(torch, 4, low=0), make(torch, 4, high=0), make(torch, 4, low=0.5, high=0.75))
    print(make(torch, 6, dtype="int64", low=2, high=4), make(torch, 5, dtype="bool", low=1))
    print(make(torch, 6, dtype="int32", low=0.5, high=2.5), make(torch, 3, dtype="uint8", low=-5))


def interval_is_cut_to_the_dtype(torch):
    print(make(torch, 3, dtype="int8", low=-1000, high=1000))
    print(make(torch, 3, dtype="float16", low=-float("inf"), high=float("inf")))
    print(make(torch, 3, dtype="float32", low=-float("inf"), high=float("inf")))
    print(make(torch, 2, dtype="int64", low=-(2**63), high=2**63))


def refused_intervals(torch):
    attempt(lambda: make(torch, 2, low=float("nan")))
    attempt(lambda: make(torch, 2, low=1, high=0))
    attempt(lambda: make(torch, 2, dtype="int64", low=1, high=1))
    attempt(lambda: make(torch, 2, dtype="uint8", low=-4, high=-2))
    attempt(lambda: make(torch, 2, dtype="bool", low=2, high=3))
    attempt(lambda: make(torch, 2, dtype="int8", low=128, high=200))
    print(warned(lambda: make(torch, 2, low=1, high=1)))


def refused_arguments(torch):
    attempt(lambda: make(torch, 2, dtype="int64", requires_grad=True))
    attempt(lambda: make(torch, 2, noncontiguous=True, memory_format=torch.contiguous_format))
    attempt(lambda: torch.testing.make_tensor(2, dtype=torch.float32))
    attempt(lambda: torch.testing.make_tensor(2, device="cpu"))


def noncontiguous(torch):
    x = make(torch, 2, 3, noncontiguous=True)
    print(x, x.stride(), x.storage_offset(), x.is_contiguous())
    print(make(torch, 1, noncontiguous=True).stride(), make(torch, noncontiguous=True))
    print(make(torch, 2, memory_format=torch.contiguous_format).is_contiguous())


def without_zeros(torch):
    print(make(torch, 12, dtype="int64", low=-1, high=2, exclude_zero=True))
    print(make(torch, 4, dtype="bool", exclude_zero=True))
    print((make(torch, 4, low=0, high=1e-45, exclude_zero=True) > 0).all())


def requiring_grad(torch):
    x = make(torch, 2, requires_grad=True)
    print(x.requires_grad, x.is_leaf)
    x = make(torch, 2, 2, requires_grad=True, noncontiguous=True)
    print(x.requires_grad, x.is_leaf, make(torch, 2, dtype="int64").requires_grad)
