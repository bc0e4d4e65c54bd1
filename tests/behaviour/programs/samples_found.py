"""What PyTorch's own samples of its operations, and their neighbours, brought to light."""

from tests.behaviour.helpers import attempt


def _history(node):
    """Return the names of a node and of all it leads to, as nested calls."""
    if node is None:
        return "-"
    return f"{node.name()}({', '.join(_history(n) for n, _ in node.next_functions)})"


def integers_in_a_line(torch):
    kinds = (torch.int64, torch.int32, torch.uint8, torch.float64)
    ends = [(0, 6, 1.5), (-0.5, 6.9), (5.9, 0, -1.9), (5, 0, 0.5), (0, 5, 0.5), (1, 0, -0.5)]
    for kind in kinds:
        for bounds in ends:
            print(attempt(lambda k=kind, b=bounds: torch.arange(*b, dtype=k)))
            print(attempt(lambda k=kind, b=bounds: torch.arange(*b, out=torch.empty(0, dtype=k))))
        print(torch.logspace(0.5, 1.7, 4, dtype=kind).double().round(decimals=6))
    attempt(lambda: torch.arange(0, 5, float("nan")))


def losses_of_one_number(torch):
    F = torch.nn.functional
    x, first = torch.tensor(0.5, requires_grad=True), torch.tensor(0)
    for loss in (F.multi_margin_loss, F.multilabel_margin_loss):
        for target in (first, first.reshape(1), first + 3, first - 2, torch.tensor([0, 0])):
            for reduction in ("mean", "none"):
                found = attempt(lambda f=loss, t=target, r=reduction: f(x, t, reduction=r))
                if found is not None:
                    print(found, torch.autograd.grad(found.sum(), x))
        attempt(lambda f=loss: f(x[None], first - 3))
    rows = torch.rand(5, 4)
    attempt(lambda: F.multi_margin_loss(rows, torch.rand(5), weight=torch.rand(5)))
    attempt(lambda: F.multi_margin_loss(rows, torch.rand(5), weight=torch.rand(4)))
    for margin in (0, -1.0):
        attempt(lambda m=margin: F.triplet_margin_with_distance_loss(rows, rows, rows, margin=m))


def norms_of_vectors(torch):
    norm, nothing, three = torch.nn.functional.batch_norm, torch.empty(0), torch.ones(3)
    for training in (False, True):
        print(norm(nothing, nothing, nothing, training=training))
        for mean in (None, nothing, three):
            attempt(lambda m=mean, t=training: norm(three, m, m, training=t))
    x = torch.rand(2, 6, 3, requires_grad=True)
    found = torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5)
    print([(each.requires_grad, each._is_view(), each.shape) for each in found])


def written_where_asked(torch):
    a = torch.eye(3, dtype=torch.float64) + torch.arange(9.0, dtype=torch.float64).reshape(3, 3)
    out = torch.empty(0, dtype=torch.float64)
    print(torch.nn.functional.normalize(a, out=out) is out, out)
    outs = (torch.empty(0, dtype=torch.float64), torch.empty(0, dtype=torch.int32))
    print(torch.lu(a, out=outs) is outs, outs)
    for made in (a.lu(), a.lu(get_infos=True), torch.lu(a), torch.lu(a, get_infos=True)):
        print(type(made).__name__, len(made))
    for kind in (torch.float64, torch.int32):
        attempt(lambda k=kind: torch.multinomial(torch.ones(1, 2), 2, out=torch.empty(0, dtype=k)))


def changed_in_place(torch):
    F = torch.nn.functional
    x = torch.tensor([0.0, 1.5, 3.0], requires_grad=True)
    for run in (F.threshold_, torch.threshold_, F.threshold):
        found = run(x * 1, 1, 5)
        print(found.grad_fn.name(), torch.autograd.grad(found.sum(), x))
    names = ("alpha_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d", "dropout3d")
    for name in names:
        shape = (2, 3) if name == "dropout1d" else (2, 2, 3, 4)
        for p in (0.0, 0.5, 1.0):
            for training in (True, False):
                x = torch.ones(shape, requires_grad=True) * 1
                found = getattr(F, name)(x, p, training, True)
                print(name, p, found is x, found._is_view(), _history(found.grad_fn))
    for shape in ((), (4,), (1,), (1, 4), (3, 1), (3, 4)):
        attempt(lambda s=shape: torch.ones(s).addr_(torch.ones(3), torch.ones(4)))
    for shape, mask in (((5,), (5, 5)), ((5,), (3,)), ((5, 1), (5, 5)), ((2, 5), (5,))):
        mask = torch.ones(mask, dtype=torch.bool)
        attempt(lambda s=shape, m=mask: torch.ones(s).masked_scatter_(m, torch.ones(5, 5)))


def complex_numbers_for_real_ones(torch):
    whole, here = torch.tensor([1, 2]), torch.tensor(True)
    for number in (1 + 1j, 1 + 0j, 1.5):
        for value in (number, torch.tensor(number)):
            for x in (whole, whole.double(), whole.bool()):
                print(attempt(lambda x=x, v=value: x.masked_fill(here, v)))
                print(attempt(lambda x=x, v=value: x.index_fill(0, torch.tensor([0]), v)))
    attempt(lambda: torch.ormqr(whole.expand(3, 2), whole, whole.expand(3, 2)))
    attempt(lambda: torch.ormqr(whole.expand(3, 2), whole[:1], whole.expand(3, 2)))


def systems_from_the_right(torch):
    double = {"dtype": torch.float64, "requires_grad": True}
    a = torch.tensor([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]], **double)
    b = torch.tensor([[1.0, 2, 3], [4, 5, 6]], **double)
    packed, pivots = (each.detach() for each in torch.linalg.lu_factor(a))
    packed.requires_grad_()
    solve, lu_solve = torch.linalg.solve, torch.linalg.lu_solve
    for matrix, found in (
        (a, solve(a, b, left=False)),
        (a, torch.linalg.solve_ex(a, b, left=False).result),
        (packed, lu_solve(packed, pivots, b, left=False)),
        (packed, lu_solve(packed, pivots, b, left=False, adjoint=True)),
    ):
        print(found.grad_fn.name(), found._is_view(), found.stride())
        print([g.round(decimals=6) for g in torch.autograd.grad((found**2).sum(), (matrix, b))])
    attempt(lambda: solve(a, b[0], left=False))
    attempt(lambda: solve(a, b.mT, left=False))
    attempt(lambda: solve(torch.stack([a, a]), b, left=False))
    attempt(lambda: solve(a, b))


def matrices_by_columns(torch):
    a = torch.tensor([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]], dtype=torch.float64)
    many = torch.stack([a, a + 1])
    for shape in ((3, 1), (3, 2), (2, 3, 1), (1, 3, 1)):
        for matrix in (a, many):
            b = torch.ones(shape, dtype=torch.float64)
            lu = torch.linalg.lu_factor(matrix)
            found = [torch.linalg.lu_solve(*lu, b), torch.lu_solve(b, *lu)]
            found.append(torch.linalg.lu_solve(*lu, b.mT, left=False))
            found += [torch.linalg.solve_triangular(matrix, b, upper=True)]
            found += torch.triangular_solve(b, matrix)
            print([each.stride() for each in found])
    for b in (torch.ones(2, 3), torch.ones(3), torch.ones(2, 3, 1)):
        found = [torch.linalg.solve(many, b.double()), torch.linalg.solve_ex(many, b.double())[0]]
        print([each.stride() for each in found])
    for matrix in (a, many, many[:, :2], many[..., :2]):
        print([each.stride() for each in torch.linalg.lu(matrix)])
        print([each.stride() for each in torch.lu_unpack(*torch.linalg.lu_factor(matrix))])
        rows = torch.ones(matrix.shape[:-1], dtype=torch.float64)
        for b in (rows, rows[..., None], rows[..., None].expand(*rows.shape, 2)):
            print(torch.linalg.lstsq(matrix, b).solution.stride())


def weighted_covariances(torch):
    x, weights = torch.rand(3, 2, requires_grad=True), torch.tensor([0.3, 0.4], requires_grad=True)
    for correction in (0, 1):
        print(_history(torch.cov(x, correction=correction, aweights=weights).grad_fn))
        print(_history(torch.cov(x, correction=correction, fweights=torch.tensor([1, 2])).grad_fn))


def complex_convolutions(torch):
    F = torch.nn.functional
    numbers = torch.arange(12.0, dtype=torch.float64)
    x = torch.complex(numbers, numbers.flip(0)).reshape(2, 2, 3).requires_grad_()
    weight = torch.complex(numbers.cos(), numbers.sin()).reshape(2, 2, 3)[..., :2].contiguous()
    weight.requires_grad_()
    bias = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128, requires_grad=True)
    for run in (
        lambda: F.conv1d(x, weight),
        lambda: F.conv1d(x, weight, bias, padding=1, stride=2),
        lambda: F.conv1d(x, weight, bias, padding="same"),
        lambda: F.conv_transpose1d(x, weight, bias),
        lambda: F.conv1d(x[0], weight, bias.detach()),
    ):
        found = run()
        print(_history(found.grad_fn))
        for each in (found, *torch.autograd.grad(found.abs().sum(), (x, weight))):
            print(torch.view_as_real(each.detach()).round(decimals=6))
    attempt(lambda: F.conv1d(x, weight.detach().real))
    attempt(lambda: F.conv1d(x[0, 0], weight))


def complex_spectra(torch):
    a = torch.complex(torch.eye(2, dtype=torch.float64), torch.arange(4.0).double().reshape(2, 2))
    a.requires_grad_()
    for spectrum in (torch.linalg.svdvals, torch.linalg.eigvalsh, torch.linalg.matrix_norm):
        options = {"ord": "nuc"} if spectrum is torch.linalg.matrix_norm else {}
        (first,) = torch.autograd.grad(spectrum(a, **options).sum(), a, create_graph=True)
        (second,) = torch.autograd.grad(first.abs().square().sum(), a)
        for each in (first, second):
            print(torch.view_as_real(each.detach()).round(decimals=6) + 0.0)
    print(_history(torch.logdet(a).grad_fn))
    for x in (a, a[0], a[:1]):
        print(_history(torch.cov(x).grad_fn))


def margins_beyond_the_exponential(torch):
    for kind in (torch.float64, torch.float16):
        x = torch.tensor([-1000.0, -12, 0, 3, 100], dtype=kind, requires_grad=True)
        for target in (torch.ones(5, dtype=kind), -torch.ones(5, dtype=kind)):
            loss = torch.nn.functional.soft_margin_loss(x, target, reduction="none")
            print(loss.detach(), torch.autograd.grad(loss.sum(), x))


def where_results_lie(torch):
    F = torch.nn.functional
    for found in torch.unravel_index(torch.arange(6).reshape(2, 3), (4, 5)):
        print(found, found.stride(), found._is_view())
    print(torch.unravel_index(torch.tensor(7), 50), torch.unravel_index(torch.tensor(7), ()))
    for shape in ((1, 2, 1, 3), (2, 3, 4, 4)):
        for layout in (torch.contiguous_format, torch.channels_last):
            x = torch.ones(shape).contiguous(memory_format=layout)
            places = torch.arange(x[0, 0].numel()).reshape(x[0, 0].shape).expand(shape)
            print(F.max_unpool2d(x, places.contiguous(memory_format=layout), 2).stride())
    one = torch.ones(1, 1, 4)
    print(F.conv_transpose1d(one, one, torch.ones(1), stride=4, padding=2).stride())
    print(torch.tensor([True]).conj_physical_())
    part = torch.arange(20.0)[5:10]
    for start in (0, 5, 12):
        found = part.as_strided((2, 2), (1, 2), start)
        print(found, found._is_view(), found.storage_offset())


def convolutions_of_mixed_dtypes(torch):
    kinds = (torch.complex64, torch.complex128, torch.float64, torch.float32, torch.int64)
    for run in (torch.nn.functional.conv1d, torch.nn.functional.conv_transpose1d):
        for kind in kinds:
            x, weight = torch.ones(1, 2, 4, dtype=kind), torch.ones(2, 2, 2, dtype=kind)
            for other in kinds:
                other_weight, bias = weight.to(other), torch.ones(2, dtype=other)
                attempt(lambda r=run, x=x, w=other_weight: r(x, w))
                attempt(lambda r=run, x=x, w=weight, b=bias: r(x, w, b))


def resized_bytes(torch):
    resize = torch.nn.functional.interpolate
    x = (torch.arange(150).reshape(1, 2, 15, 5) * 37 % 256).to(torch.uint8)
    for mode in ("bilinear", "bicubic"):
        for antialias in (False, True):
            for corners in (False, True):
                print(resize(x, (6, 7), mode=mode, antialias=antialias, align_corners=corners))
            print(resize(x, scale_factor=(0.3, 1.7), mode=mode, antialias=antialias))
    print(resize(x, (4, 4), mode="lanczos", antialias=True))


def sizes_that_are_no_whole_numbers(torch):
    x = torch.ones(1, 1, 4, 4)
    for mode in ("nearest", "bilinear", "bicubic", "area"):
        for size in ([2.0, 2.0], (2, 1.5)):
            attempt(lambda m=mode, s=size: torch.nn.functional.interpolate(x, s, mode=m))
