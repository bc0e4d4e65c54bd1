"""resize_: other sizes in the same memory, what is kept and what is refused."""

from tests.behaviour.helpers import attempt


def same_sizes_keep_the_strides(torch):
    x = torch.arange(6.0).reshape(2, 3).t()
    print(x.resize_(3, 2).stride(), x.resize_as_(torch.zeros(3, 2)).stride())
    print(x.resize_(2, 3), x.stride())


def views_are_resized_in_their_memory(torch):
    x = torch.arange(6.0)
    y = x[2:4]
    y.resize_(3)
    y.fill_(9)
    print(x, y, y.storage_offset())
    y.resize_(2, 2).zero_()
    print(x, y)
    y = x[1::2]
    print(y.resize_(2), y.stride())


def smaller_and_larger_again(torch):
    x = torch.arange(6)
    x.resize_(2)
    print(x)
    for size in ((2, 3), (), (0,), (1, 1), (6,)):
        print(x.resize_(size))


def versions(torch):
    x = torch.zeros(4)
    seen = [x._version]
    for size in ((4,), (2, 2), (1,), (8,)):
        x.resize_(size)
        seen.append(x._version)
    print(seen)


def refused_sizes(torch):
    x = torch.zeros((), dtype=torch.float64)
    attempt(lambda: x.resize_([2, 4, 2**29, 2**29]))
    attempt(lambda: x.resize_([2, 4, 2**31, 2**29]))
    attempt(lambda: x.resize_([0, 4, 2**61]))
    attempt(lambda: x.resize_(-1))
    attempt(lambda: x.resize_(2, -1))
    attempt(lambda: x.resize_(2.0))
    attempt(lambda: torch.zeros(2, requires_grad=True).resize_(1))


def swapped_dimensions_under_three_names(torch):
    x = torch.arange(6).reshape(2, 3)
    print(torch.swapaxes(x, axis0=0, axis1=1), x.swapaxes(axis0=0, axis1=1).shape)
    print(torch.swapdims(x, dim0=0, dim1=-1).shape, x.clone().swapaxes_(axis0=0, axis1=1).shape)
    attempt(lambda: x.swapaxes(0, 2))
    attempt(lambda: torch.swapaxes(x, 0))
    print(x.double().requires_grad_().swapaxes(0, 1).grad_fn.name())
    print(torch.swapdims is torch.transpose)


def complex_views_need_even_strides(torch):
    x = torch.arange(9.0)
    attempt(lambda: torch.view_as_complex(x.as_strided((2, 2), (1, 1))))
    attempt(lambda: torch.view_as_complex(x.as_strided((2, 2), (2, 2))))
    print(torch.view_as_complex(x[2:].as_strided((2, 2), (4, 1))))
