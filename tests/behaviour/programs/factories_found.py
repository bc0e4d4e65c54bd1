"""Functions that make tensors: numbers that do not fit, given outputs, complex ends."""

from tests.behaviour.helpers import attempt


def numbers_that_do_not_fit(torch):
    numbers = (300, -1, -129, 256, 300.5, -1.0, 40000, 1e5, float("inf"), float("nan"), 1e40)
    more = (2**63, -(2**63), 2.0**63, 255.9, 1 + 0j, 1j, -(2**63) - 1, 2**64)
    for dtype in (torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool, torch.float32):
        for number in (*numbers, *more):
            print(dtype, number)
            attempt(lambda n=number, d=dtype: print(torch.tensor(n, dtype=d)))
            if number != 2**63:
                attempt(lambda n=number, d=dtype: print(torch.tensor([n, 0], dtype=d)))


def written_into(torch):
    def into(make, *args, dtype=torch.float32, **options):
        x = torch.zeros(2, 3, dtype=dtype)
        make(*args, out=x.narrow(1, 1, 2), **options)
        print(make.__name__, x)

    for dtype in (torch.float32, torch.int64):
        into(torch.arange, 0, 4, dtype=dtype)
        into(torch.linspace, 0, 3, 4, dtype=dtype)
        into(torch.logspace, 0, 3, 4, base=2, dtype=dtype)
    for dtype in (torch.uint8, torch.float64, torch.complex64, torch.bool):
        calls = (
            lambda out, **o: torch.full((2,), 1.0, out=out, **o),
            lambda out, **o: torch.zeros(2, out=out, **o),
            lambda out, **o: torch.ones(2, out=out, **o),
            lambda out, **o: torch.eye(2, out=out, **o),
            lambda out, **o: torch.arange(2, out=out, **o),
            lambda out, **o: torch.linspace(0, 2, 2, out=out, **o),
        )
        for i, call in enumerate(calls):
            shape = (2, 2) if i == 3 else (2,)
            attempt(lambda c=call, d=dtype, s=shape: print(c(torch.ones(s, dtype=d))))
            attempt(lambda c=call, d=dtype, s=shape: c(torch.ones(s, dtype=d), dtype=torch.float32))


def complex_lines(torch):
    for ends in ((0, 1j, 5), (1j, 2, 3), (1, 2 + 1j, 1), (1j, 2, 0)):
        for make in (torch.linspace, torch.logspace):
            for dtype in (None, torch.float32, torch.complex128, torch.int64):
                attempt(lambda m=make, e=ends, d=dtype: print(m(*e, dtype=d)))
    for dtype in (torch.bool, torch.complex64):
        attempt(lambda d=dtype: torch.arange(3, dtype=d))
        attempt(lambda d=dtype: print(torch.linspace(0, 3, 4, dtype=d)))


def joined_and_repeated(torch):
    none, some = torch.zeros(0), torch.ones(2, 3)
    for tensors, dim in (
        ([none, some], 1),
        ([none, some, none], -1),
        ([none, none], 0),
        ([none, none], 1),
        ([none, some], 2),
    ):
        attempt(lambda t=tensors, d=dim: print(torch.cat(t, d)))
    print(torch.block_diag())
    attempt(lambda: torch.meshgrid(torch.ones(2), torch.ones(2).long(), indexing="ij"))
    for counts in (torch.arange(4).reshape(2, 2), torch.arange(3.0), torch.arange(-1, 2)):
        attempt(lambda c=counts: torch.repeat_interleave(c))
        attempt(lambda c=counts: torch.repeat_interleave(torch.arange(3), c))
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    rolled = x.roll(1, dims=None)
    print(rolled, torch.autograd.grad(rolled[0].sum(), x))


def sequences(torch):
    class Broken:
        def __len__(self):
            return 3

        def __getitem__(self, i):
            raise TypeError

    inner = [0]
    inner.append(inner)
    attempt(lambda: torch.tensor(inner))
    attempt(lambda: torch.tensor(Broken()))
    attempt(lambda: torch.empty_strided((1,), ()))
    attempt(lambda: torch.ones(2).new_empty_strided((1,), ()))


def whatever_holds_numbers(torch):
    import array

    import numpy as np

    make = torch.asarray
    attempt(lambda: make(np.float32(3), copy=False))
    print(make(np.float32(3)), make(5), make([1.5, 2], requires_grad=True))
    x, numbers = torch.ones(3), np.arange(3.0)
    leaf = torch.ones(2, requires_grad=True)
    made = leaf * 2
    attempt(lambda: make([1, 2], copy=False))
    attempt(lambda: make(x, dtype=torch.float64, copy=False))
    attempt(lambda: make(numbers, dtype=torch.float32, copy=False))
    attempt(lambda: make([1], requires_grad=True))
    print(make(x) is x, make(x, copy=True) is x, make(numbers).data_ptr() == numbers.ctypes.data)
    for options in ({}, {"copy": True}, {"dtype": torch.float64}):
        for flag in (True, False):
            found = make(made, requires_grad=flag, **options)
            print(found.requires_grad, found.is_leaf, found.dtype)
    print(make(torch.ones(2), copy=True, requires_grad=True))
    print(make(bytearray(b"abcd"), dtype=torch.int32), make(memoryview(numbers)))
    print(make(array.array("d", [1, 2]), dtype=torch.float64))
    attempt(lambda: make(b"ab", dtype=torch.float32))
    print(make(torch.utils.dlpack.to_dlpack(torch.arange(3.0))))
    attempt(lambda: torch.frombuffer([1, 2], dtype=torch.int8))


def steps_without_numbers(torch):
    for shape in ((0,), (3, 0, 2), (0, 3), (2, 0, 4)):
        x = torch.zeros(shape)
        print(x.stride(), x.stride(-1), x.clone().stride(), (x + 1).stride(), x.is_contiguous())
    print(torch.tensor([]).stride(), torch.tensor([[]]).stride(), torch.Tensor().stride())


def grids_say_how_they_are_indexed(torch):
    from tests.behaviour.helpers import warned

    torch.set_warn_always(True)
    warned(lambda: torch.meshgrid(torch.ones(1), torch.ones(2)))
    torch.set_warn_always(False)
    warned(lambda: torch.meshgrid(torch.ones(1), torch.ones(2), indexing="ij"))
    warned(lambda: torch.cartesian_prod(torch.ones(1), torch.ones(2)))
    warned(lambda: torch.combinations(torch.ones(3)))
