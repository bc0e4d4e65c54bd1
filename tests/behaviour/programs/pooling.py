"""Pooling at its edges: empty sizes, wrong dtypes, sizes of what is put back, drawn windows."""

from tests.behaviour.helpers import attempt


def adaptive_edges(torch):
    functional = torch.nn.functional
    for dims in (1, 2, 3):
        plane = (4,) * dims
        for kind in ("avg", "max"):
            pool = getattr(functional, f"adaptive_{kind}_pool{dims}d")
            x = torch.rand(2, 3, *plane, requires_grad=True)
            attempt(lambda pool=pool, x=x: pool(x, 0).sum().backward())
            for shape in ((0, 3, *plane), (2, 0, *plane), (0, *plane), (2, 3, 0, *plane[1:])):
                found = attempt(lambda pool=pool, shape=shape: pool(torch.rand(shape), 2))
                print(kind, shape, None if found is None else found.shape)
            attempt(lambda pool=pool, plane=plane: pool(torch.rand(plane), 2))
            for dtype in (torch.int64, torch.uint8, torch.bool, torch.complex64):
                attempt(lambda pool=pool, x=x, dtype=dtype: pool(x.detach().to(dtype), 2))


def put_back(torch):
    functional = torch.nn.functional
    for dims in (1, 2, 3):
        pool, unpool = (getattr(functional, f"max_{n}pool{dims}d") for n in ("", "un"))
        x = torch.arange(6.0**dims).cos().reshape(1, 1, *(6,) * dims)
        values, places = pool(x, 2, 2, return_indices=True)
        for n in (3, 4, 6, 7, 8):
            size = (n,) * dims
            found = attempt(
                lambda unpool=unpool, v=values, p=places, size=size: unpool(
                    v, p, 2, 2, output_size=size
                )
            )
            print(size, None if found is None else found.sum((0, 1)))
        for size in ((1, 1) + (6,) * dims, (1,) + (6,) * dims, (6,) * (dims + 3)):
            attempt(
                lambda unpool=unpool, v=values, p=places, size=size: unpool(
                    v, p, 2, 2, output_size=size
                )
            )
        for v, p in (
            (values[:0], places[:0]),
            (values[:, :0], places[:, :0]),
            (values[:, :, :0], places[:, :, :0]),
            (values, places.int()),
            (values[None], places[None]),
            (values[0, 0], places[0, 0]),
            (values[0], places[0]),
            (values.long(), places),
            (values, places - 1000 + 1000 * (places > places.min())),
        ):
            attempt(lambda unpool=unpool, v=v, p=p: unpool(v, p, 2, 2))


def drawn_windows(torch):
    for dims in (2, 3):
        pool = getattr(torch.nn.functional, f"fractional_max_pool{dims}d")
        plane = (8,) * dims
        for shape in ((1, 0, *plane), (0, 3, *plane), (1, 3, 0, *plane[1:]), (1, 1, 1, *plane)):
            attempt(lambda pool=pool, shape=shape: pool(torch.rand(shape), 2, output_size=2))
        x = torch.rand(1, 1, *plane)
        for options in (
            {"kernel_size": []},
            {"kernel_size": (2,) * (dims + 1)},
            {"output_size": []},
            {"kernel_size": 9},
            {"output_size": None, "output_ratio": ()},
            {"output_size": None, "output_ratio": (0.5,) * 4},
            {"output_size": None},
        ):
            given = {"kernel_size": 2, "output_size": 2, **options}
            attempt(lambda pool=pool, x=x, given=given: pool(x, **given))
        for shape in ((0, 1, dims), (1, 2, dims), (1, 1, dims + 1), (1, 1), (2, 1, dims)):
            drawn = torch.full(shape, 0.5)
            for y in (x, x[0], x.double(), x.long()):
                attempt(
                    lambda pool=pool, y=y, drawn=drawn: pool(
                        y, 2, output_size=2, _random_samples=drawn
                    )
                )


def with_positions(torch):
    for dims in (1, 2, 3):
        x = torch.arange(5.0**dims).cos().reshape(1, 1, *(5,) * dims)
        for name in (f"max_pool{dims}d", f"adaptive_max_pool{dims}d"):
            pool = getattr(torch.nn.functional, f"{name}_with_indices")
            print(name, *pool(x, 2), *pool(x, 2, return_indices=False))


def halves(torch):
    x = torch.arange(640.0).cos().reshape(1, 10, 8, 8).half()
    functional = torch.nn.functional
    print(functional.avg_pool2d(x, 7, 1)[0, 3], functional.avg_pool2d(x, 4)[0, 2])
    print(functional.adaptive_avg_pool2d(x, 3)[0, 3], functional.avg_pool1d(x[0], 8)[:2])
