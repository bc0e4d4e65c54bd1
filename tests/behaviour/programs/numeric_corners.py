"""Corner values, empty dimensions and refusals of numeric operations."""

from tests.behaviour.helpers import attempt, warned

INF, NAN = float("inf"), float("nan")


def histograms(torch):
    v = torch.tensor([1.0, 2.0, 3.0])
    print(torch.histc(v, 4), torch.histogram(v, 2).hist)
    print(torch.histogram(v, torch.tensor([2.0, 1.0])))
    ints = torch.tensor([1, 2, 3], dtype=torch.int32)
    attempt(lambda: torch.histc(ints, 4, 4, 3))
    attempt(lambda: torch.histc(ints, 4, 0, 3))
    attempt(lambda: torch.histc(v, 0))
    attempt(lambda: torch.histc(torch.tensor([1.0, INF])))
    attempt(lambda: torch.histc(torch.tensor([]), 4, 0, INF))
    for bins in (torch.empty(0), torch.ones(2, 2), torch.tensor(1.0), torch.ones(2).double(), -1):
        attempt(lambda bins=bins: torch.histogram(v, bins))
    attempt(lambda: torch.histogram(v, 3, weight=torch.ones(2)))
    attempt(lambda: torch.histogram(v, 3, weight=torch.ones(3).double()))
    for limits in ((3.0, 1.0), (0.0, INF), (0.0, 1.0, 2.0)):
        attempt(lambda limits=limits: torch.histogram(v, 3, range=limits))
    attempt(lambda: torch.histogram(v, 2, out=(torch.empty(0).long(), torch.empty(0))))


def several_outputs_of_wrong_dtypes(torch):
    x = torch.arange(6.0).reshape(2, 3)
    for name in ("mode", "median", "kthvalue", "nanmedian"):
        more = (1, 1) if name == "kthvalue" else (1,)
        for kinds in ((torch.int64, torch.int64), (torch.float32, torch.int32)):
            out = tuple(torch.empty(0, dtype=kind) for kind in kinds)
            attempt(lambda name=name, more=more, out=out: getattr(torch, name)(x, *more, out=out))
    for kinds in ((torch.float64, torch.int32), (torch.float32, torch.int64)):
        out = tuple(torch.empty(0, dtype=kind) for kind in kinds)
        attempt(lambda out=out: torch.frexp(x, out=out))
    attempt(lambda: torch.heaviside(x, x, out=torch.empty(0, dtype=torch.complex64)))
    attempt(lambda: torch.heaviside(x, x, out=torch.empty(0, dtype=torch.float64)))


def empty_dimensions(torch):
    e = torch.empty(2, 0, 4)
    for dim in (0, 1, 2):
        attempt(lambda dim=dim: torch.kthvalue(e, 1, dim=dim))
    attempt(lambda: torch.nonzero_static(torch.tensor([8]), size=-2))
    attempt(lambda: torch.unique(torch.empty(0, 2), dim=1))
    print(torch.unique(torch.empty(0, 2), dim=0).shape)
    for shape in ((0, 2), (0,), (3, 0), (1,)):
        y = torch.ones(shape)
        print(torch.cumulative_trapezoid(y).shape, torch.cumulative_trapezoid(y, y).shape)
        print(torch.trapezoid(y), torch.trapezoid(y, y))


def integrals_that_are_refused(torch):
    y = torch.ones(3)
    attempt(lambda: torch.cumulative_trapezoid(torch.tensor(1.0)))
    attempt(lambda: torch.trapezoid(y > 0))
    attempt(lambda: torch.trapezoid(y, y > 0))
    attempt(lambda: torch.trapezoid(y, dx=True))
    attempt(lambda: torch.trapezoid(y, y, dx=2.0))
    attempt(lambda: torch.trapezoid(y, dx=torch.ones(1)))
    print(torch.trapezoid(y, dx=torch.tensor(2.0)))


def logarithms_of_complex_sums(torch):
    z = torch.tensor([1 + 2j, 0j, -3 + 1j, complex(INF, 0)])
    print(torch.logcumsumexp(z, 0))
    print(torch.logcumsumexp(torch.tensor([complex(NAN, 0), 1 + 1j]), 0))
    print(torch.logcumsumexp(torch.tensor([complex(-INF, 0), complex(-INF, 1), 1 + 1j]), 0))
    c = torch.tensor([complex(INF, 0), complex(INF, NAN), complex(-INF, 1), 1 + 1j])
    print(torch.logaddexp(c, c), torch.logaddexp(c, c.flip(0)))
    print(torch.log1p(torch.tensor([1e-19 + 1e-18j, 1e-9 + 1e-5j, -1 + 0j, -2 + 0j, 1e30 + 1e30j])))
    x = torch.tensor([1 + 2j, 0.5j, -3 + 1j], dtype=torch.complex128, requires_grad=True)
    weights = torch.tensor([1 + 1j, 2 - 1j, 0.5j], dtype=torch.complex128)
    (torch.logcumsumexp(x, 0) * weights).sum().abs().backward()
    print(x.grad)


def half_precision_is_rounded_once(torch):
    h = torch.float16
    a, b = torch.tensor([-6e4, 1.0], dtype=h), torch.tensor([6e4, 3.0], dtype=h)
    print(torch.lerp(a, b, 0.5), torch.lerp(a, b, 0.25))
    print(torch.nextafter(torch.zeros(2, dtype=h), torch.tensor([1.0, -1.0], dtype=h)))


def shifts_as_wide_as_the_numbers(torch):
    for kind in (torch.uint8, torch.int8, torch.int32):
        x = torch.tensor([0, 1, 200 if kind is torch.uint8 else -3], dtype=kind)
        for steps in (-1, 7, 8, 31, 32, 64):
            print(x << steps, x >> steps)


def factors_of_sums(torch):
    f, i, t = torch.tensor(3.0), torch.tensor([1]), torch.tensor([True])
    for x, alpha in ((f, True), (f, 1j), (i, True), (i, 1.5), (t, True), (t, 2)):
        attempt(lambda x=x, alpha=alpha: torch.add(x, x, alpha=alpha))
        attempt(lambda x=x, alpha=alpha: torch.sub(x, x, alpha=alpha))
    half = torch.tensor(0.5)
    x = torch.ones(2, requires_grad=True)
    y = x.addcmul(x, x, value=half) + x.add(x, alpha=half) + x.addcdiv(x, x, value=half)
    y.sum().backward()
    print(y, x.grad, torch.ones(2).addcmul_(x.detach(), x.detach(), value=-half))
    attempt(lambda: x.addcmul(x, x, value=half.clone().requires_grad_()))


def distinct_rows_with_nan(torch):
    print(torch.unique(torch.tensor([NAN, 1.0, NAN]), dim=0))
    x = torch.tensor([[NAN, 1.0, NAN], [1.0, 1.0, 1.0]])
    print(torch.unique(x, dim=1, return_inverse=True, return_counts=True))
    print(warned(lambda: torch.unique(torch.tensor([NAN, 1.0, NAN]), return_counts=True)))


def products_of_segments_with_zeros_and_nan(torch):
    for data in ([1.0, NAN, 3.0, 4.0, 5.0, 5.0], [1.0, 0.0, 0.0, NAN, NAN, 0.0]):
        for reduce in ("max", "prod"):
            for initial in (None, 2.0):
                x = torch.tensor(data, requires_grad=True)
                lengths = torch.tensor([1, 2, 3, 0])
                y = torch.segment_reduce(x, reduce, lengths=lengths, initial=initial)
                y.sum().backward()
                print(reduce, initial, y.tolist(), x.grad.tolist())


def outer_products_added(torch):
    f, i, c = torch.ones(2), torch.ones(2, dtype=torch.int32), torch.ones(2) + 0j
    for x in (f, i, i > 0, c):
        for factor in (1.5, 1j, True, 2):
            attempt(lambda x=x, factor=factor: torch.addr(torch.outer(x, x), x, x, alpha=factor))
            attempt(lambda x=x, factor=factor: torch.addr(torch.outer(x, x), x, x, beta=factor))
    print(torch.addr(torch.ones(2, 2, dtype=torch.float64), f, c).dtype)
    print(torch.addr(torch.ones(2, 2, dtype=torch.int32), i, i > 0).dtype)
    x = torch.ones(2, 2, requires_grad=True)
    torch.addr(x, f.double(), i).sum().backward()
    print(x.grad)


def distributions_at_their_edges(torch):
    d = torch.distributions
    one_hot = d.OneHotCategorical(torch.ones(2, 3))
    print(one_hot.has_enumerate_support, one_hot.enumerate_support())
    print(one_hot.enumerate_support(expand=False).shape)
    attempt(lambda: d.Chi2(torch.tensor([1.0, -1.0])))
    torch.manual_seed(0)
    print(d.Beta(torch.full((3,), 1e-10), torch.full((3,), 1e-10)).sample())
    print(d.Dirichlet(torch.full((3,), 1e-40)).sample())

    class Undescribed(d.Distribution):
        def __init__(self):
            super().__init__(validate_args=True)

    warned(lambda: type(Undescribed()))


def triangles_without_numbers_and_rows_without_values(torch):
    from importlib import import_module

    utils = import_module(f"{torch.__name__}.distributions.utils")
    for diag in (-2, -1, 0, 1):
        vec = utils.tril_matrix_to_vec(torch.ones(2, 2).tril(diag), diag)
        print(diag, vec, utils.vec_to_tril_matrix(vec, diag))
    attempt(lambda: torch.searchsorted(torch.ones(2, 2), 1))


def zeros_that_keep_their_signs(torch):
    F = torch.nn.functional
    for size in (1, 5, 5000):
        for dtype in (torch.float32, torch.float64):
            x = torch.full((size,), -0.0, dtype=dtype)
            for y in (
                torch.relu(x),
                F.relu(x.clone(), inplace=True),
                x.clamp(min=0),
                x.clamp(0, 1),
                torch.clamp_min(x, 0),
                torch.clamp_max(x, 0),
                F.relu6(x),
                F.hardtanh(x, 0.0, 1.0),
                F.hardswish(x),
                F.leaky_relu(x),
                F.elu(x),
                F.threshold(x, 0.0, 0.0),
                torch.where(x > 1, x, x),
            ):
                print(int(torch.signbit(y).sum()), end=" ")
            print()
    far = torch.tensor([float("inf"), -float("inf"), float("nan"), 2.0])
    print(F.leaky_relu(far, 0.0), F.leaky_relu(far, 1.0), F.elu(far), F.silu(far))


def running_sums_of_infinite_exponents(torch):
    for numbers in (
        [complex(-INF, 4), complex(-INF, 1), 1.5 + 2j],
        [complex(INF, 0), complex(INF, 1)],
        [complex(NAN, 2), 1 + 1j],
        [complex(-INF, INF), 1 + 2j],
    ):
        print(torch.logcumsumexp(torch.tensor(numbers, dtype=torch.complex128), 0))


def positions_in_sorted_rows_are_checked(torch):
    rows, values = torch.tensor([1, 3, 5]), torch.tensor([[2, 4]])
    print(torch.searchsorted(rows, values, sorter=torch.tensor([0, 1, 2])))
    attempt(lambda: torch.searchsorted(rows, values, out=torch.empty(1, 2, dtype=torch.int32)))
    attempt(lambda: torch.bucketize(values, rows, out=torch.empty(1, 2), out_int32=True))
    attempt(lambda: torch.searchsorted(rows, values, sorter=torch.tensor([0, 1])))
    attempt(lambda: torch.searchsorted(rows, values, sorter=torch.tensor([0.0, 1, 2])))
    attempt(lambda: torch.searchsorted(rows, values, sorter=torch.tensor([0, 1, 3])))
    attempt(lambda: torch.searchsorted(rows, values, sorter=torch.tensor([0, 1, -1])))


def halves_of_distributions_check_their_widths(torch):
    d = torch.distributions
    for made in (d.HalfNormal, d.HalfCauchy):
        for scale in (-1.0, 0.0, torch.tensor([[-0.5], [1.0]])):
            attempt(lambda made=made, scale=scale: made(scale))
        print(made(-1.0, validate_args=False).scale, made(2.0).scale)
