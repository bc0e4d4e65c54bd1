"""Arguments of a wrong type or number: PyTorch's parser speaks before anything is computed."""

from tests.behaviour.helpers import attempt


def first(action):
    """Print the first line of the complaint: the list of signatures follows."""

    def run():
        try:
            return action()
        except Exception as error:
            raise type(error)(str(error).split("\n")[0]) from None

    attempt(run)


def one_signature(torch):
    x = torch.ones(2, 3)
    first(lambda: torch.unsqueeze(x))
    first(lambda: torch.unsqueeze(x, "a"))
    first(lambda: x.unsqueeze("a"))
    first(lambda: x.unsqueeze(0, 1))
    first(lambda: torch.transpose(x))
    first(lambda: torch.softmax(x, dim="a"))
    first(lambda: torch.gather(x, 0, 1))
    first(lambda: torch.topk(x, 2.5))
    first(lambda: torch.matmul(x, 5))
    first(lambda: torch.exp(x, foo=1))
    first(lambda: torch.mm(x, mat2=x, foo=1))
    first(lambda: torch.index_select(x, 0, index=[1]))
    first(lambda: torch.unsqueeze(x, 0, dim=0))
    first(lambda: torch.linalg.inv(3))
    first(lambda: torch.exp("a"))


def several_signatures(torch):
    x = torch.ones(2, 3)
    first(lambda: torch.sum(x, "a"))
    first(lambda: x.sum("a"))
    first(lambda: torch.max(x, "a"))
    first(lambda: torch.clamp(x, "a"))
    first(lambda: x.view("a"))
    first(lambda: torch.std(x, "a"))
    first(lambda: torch.where(x, x))
    first(lambda: x.masked_fill(x > 0))
    first(lambda: torch.bitwise_xor("a", x))
    first(lambda: torch.sum(x, dtype=3))
    first(lambda: torch.eq(2, x))
    first(lambda: torch.add(x, "a"))
    first(lambda: torch.add("a"))


def sequences(torch):
    x = torch.ones(2, 3)
    first(lambda: torch.cat(x))
    first(lambda: torch.cat([x, 1]))
    first(lambda: torch.stack(5))
    first(lambda: torch.zeros("a"))
    first(lambda: torch.zeros(2, 3, "a"))
    first(lambda: torch.zeros([2.5]))
    first(lambda: x.permute("a"))
    first(lambda: x.repeat(x))
    first(lambda: torch.flip(x, x))


def methods(torch):
    x = torch.ones(2, 3)
    first(lambda: x.exp(1))
    first(lambda: x.tanh(a=1))
    first(lambda: x.float(1))
    first(lambda: x.add_("a"))
    first(lambda: x.add())
    first(lambda: torch.Tensor.exp([1.0]))
    first(lambda: torch.Tensor.exp())
    print(x.copy_(2.5), torch.ones(2, dtype=torch.int64).copy_(True))


def convolutions_and_windows(torch):
    F = torch.nn.functional
    image, row = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4)
    first(lambda: F.conv2d(image, torch.ones(1, 2, 2)))
    first(lambda: F.conv2d(image, torch.ones(1, 2, 2), padding="same"))
    first(lambda: F.conv1d(image, torch.ones(1, 2, 2)))
    first(lambda: F.max_pool1d(torch.ones(4), 2))
    first(lambda: F.max_pool1d(row, 0))
    first(lambda: F.max_pool1d(row, 2, stride=0))
    first(lambda: F.max_pool1d(row, 9))
    first(lambda: F.max_pool2d(torch.ones(1, 0, 4), 1))
    first(lambda: F.max_pool3d(torch.ones(1, 2, 0, 1, 2), 1))
    first(lambda: F.adaptive_avg_pool1d(row, (-1,)))
    first(lambda: F.adaptive_avg_pool2d(torch.ones(2, 2), (2, 2)))
    first(lambda: F.adaptive_avg_pool3d(torch.ones(1, 1, 1, 1, 1), (-1, 0, 2)))
    first(lambda: F.adaptive_max_pool2d(image, (-1, 0)))
    first(lambda: F.adaptive_max_pool2d(image, ()))


def classes_and_draws(torch):
    F = torch.nn.functional
    first(lambda: F.multi_margin_loss(torch.ones(5, 0), torch.ones(5)))
    first(lambda: F.multi_margin_loss(torch.ones(5, 4), torch.ones(5)))
    first(lambda: F.multi_margin_loss(torch.ones(5, 4), torch.ones(5, 4)))
    first(lambda: torch.multinomial(torch.zeros(3), 2))
    first(lambda: torch.multinomial(torch.tensor([[1.0, 0.0], [0.0, 0.0]]), 1))
    first(lambda: torch.linspace(torch.ones(2), torch.ones(2), 3))
    first(lambda: torch.logspace(0, 1, -1))
    first(lambda: torch.arange(float("inf")))
    first(lambda: torch.empty_permuted((2, 3), (0, 0)))
    first(lambda: torch.narrow_copy(torch.ones(3, 4), 1, 5, 0))
    first(lambda: torch.ones(1).addmm_(torch.ones(2, 2), torch.ones(2, 3)))
    first(lambda: torch.exp(torch.ones(3), out=torch.ones(1).expand(3)))
    first(lambda: torch.linalg.lstsq(torch.ones(()), torch.ones(())))
    first(lambda: torch.fft.fft2(torch.ones(()), dim=(0,)))


def memory_orders(torch):
    x = torch.ones(5, 6, 7)
    for dims in ((0,), (1,), (2,), (0, 1), (2, 0), (1, 2, 0)):
        strides = [getattr(torch.fft, f"{kind}n")(x, dim=dims).stride() for kind in ("fft", "rfft")]
        print(dims, *strides, torch.fft.irfftn(x + 0j, dim=dims).stride())
    print(torch.ones(1, 5).expand(1, 1, 5).stride(), torch.ones(5).expand(1, 2, 5).stride())
    print(torch.ones(5).masked_fill(torch.eye(5) > 0, 2).stride())


def lists_of_signatures(torch):
    x = torch.ones(2, 3)
    attempt(lambda: x.any(1, 2.5))
    attempt(lambda: x.any((1,), no_such_keyword=2))
    attempt(lambda: x.any(1, keepdim=2.5))
    attempt(lambda: x.max(out=2))
    attempt(lambda: x.max("a"))
    attempt(lambda: torch.max(x, [x], [3, "a"], (1,), torch.float64))
    attempt(lambda: x.view("a"))
    attempt(lambda: x.std("a", 1, 1))
    attempt(lambda: x.scatter(1, 2, 3))
    attempt(lambda: x.masked_fill(1, x))
    attempt(lambda: torch.pow())
    attempt(lambda: torch.where())
    attempt(lambda: torch.sort("a", stable=2))
    attempt(lambda: torch.linspace(1))
    attempt(lambda: x.add())
    attempt(lambda: x.add(1, 2, 3))


def elements_of_sizes(torch):
    x = torch.ones(2, 3)
    attempt(lambda: x.view(1, 2.5))
    attempt(lambda: x.permute(1, "a"))
    attempt(lambda: x.squeeze((1, "a")))
    attempt(lambda: torch.randn(2, None))
    attempt(lambda: x.sum(torch.float64))
    attempt(lambda: torch.nn.functional.relu())
    attempt(lambda: torch.nn.functional.softmax(x, 1, 2, 3, 4, 5))


def who_complains_of_what_is_no_tensor(torch):
    functional = torch.nn.functional
    for wrong in ([1.0], None, 3, "x"):
        attempt(lambda w=wrong: functional.max_pool2d(w, 2, return_indices=True))
        attempt(lambda w=wrong: functional.avg_pool1d(w, 2))
        attempt(lambda w=wrong: functional.unfold(w, 2))
        attempt(lambda w=wrong: functional.cross_entropy(w, torch.tensor([0])))
        attempt(lambda w=wrong: functional.nll_loss(w, torch.tensor([0])))
        attempt(lambda w=wrong: functional.mse_loss(w, torch.ones(1)))
        attempt(lambda w=wrong: functional.dropout(w))
        attempt(lambda w=wrong: functional.batch_norm(w, torch.zeros(1), torch.ones(1)))
        attempt(lambda w=wrong: functional.pad(w, (1, 1)))
        attempt(lambda w=wrong: functional.normalize(w))
        attempt(lambda w=wrong: functional.interpolate(w, 2))
        attempt(lambda w=wrong: functional.softmax(w))


def powers_of_what_is_no_number(torch):
    x = torch.ones(2)
    for base in (None, "a", [1, 2], 2, True, 2.5):
        attempt(lambda base=base: print(base**x))


def what_could_be_computed_all_the_same(torch):
    x = torch.ones(2, 3)
    index = torch.zeros(2, 3, dtype=torch.int64)
    first(lambda: x.kthvalue(True))
    first(lambda: torch.topk(x, True))
    first(lambda: torch.chunk(x, True))
    first(lambda: x.cumsum(True))
    first(lambda: x.sum(True))
    first(lambda: x.sum(0, 1))
    first(lambda: x.mean(dim=0, keepdim=1))
    first(lambda: x.argmax(0, "a"))
    first(lambda: torch.max(x, 1, 2))
    first(lambda: torch.std(x, unbiased=1))
    first(lambda: torch.empty(2, requires_grad=1))
    first(lambda: torch.zeros(2, requires_grad="a"))
    first(lambda: x.scatter_reduce(0, index, x, "sum", include_self=1))
    first(lambda: torch.polygamma(True, x))
    first(lambda: torch.triu(x, True))
    first(lambda: x.narrow(0, 0, True))
    first(lambda: torch.nn.functional.avg_pool1d(x, True))
    first(lambda: torch.nn.functional.avg_pool1d(x, 2, ceil_mode=1))
    first(lambda: torch.nn.functional.conv1d(x, torch.ones(1, 2, 2), stride=1.5))
    first(lambda: torch.linalg.matrix_rank(x, hermitian=1))
    first(lambda: torch.linalg.cholesky(x @ x.T, upper=0))
    first(lambda: torch.allclose(x, x, equal_nan=1))
    first(lambda: torch.allclose(x, x, rtol="a"))
    first(lambda: torch.sort(x, descending=1))
    first(lambda: torch.threshold(x, 0.1, 2.0, True))
    first(lambda: torch.selu(x, True))
    first(lambda: torch.gelu(x) if hasattr(torch, "gelu") else torch.nn.functional.gelu(x, 1))
    first(lambda: torch.diff(x, n=True))
    first(lambda: torch.gradient(x, edge_order=True))
    first(lambda: torch.roll(x, True))
    first(lambda: x.flip(True))
    first(lambda: torch.full((2,), "a"))
    first(lambda: torch.arange("a"))
    first(lambda: torch.eye(True))
    first(lambda: x.repeat(True))
    first(lambda: x.view(True, -1))


def numbers_in_the_place_of_dimensions(torch):
    x = torch.ones(2, 3)
    zero = torch.tensor(0)
    print(x.sum(zero), x.cumsum(zero).shape, torch.chunk(x, torch.tensor(2))[0].shape)
    first(lambda: x.cumsum(torch.tensor([0])))
    first(lambda: x.cumsum(torch.tensor(0.0)))
    print(torch.full((2,), torch.tensor(3.0)), torch.clamp(x, torch.tensor(2.0)))
    first(lambda: torch.full((2,), torch.tensor([3.0])))
    first(lambda: torch.full((2,), torch.tensor(3.0, requires_grad=True)))


def strangers_among_tensors(torch):
    x = torch.ones(2)
    first(lambda: torch.meshgrid(x, 3, indexing="ij"))
    first(lambda: torch.meshgrid([x, "a"], indexing="ij"))
    first(lambda: torch.broadcast_tensors(x, None))
    first(lambda: torch.block_diag(x, [1.0]))
    first(lambda: torch.cartesian_prod(1, x))
    first(lambda: torch.atleast_2d(x, 1.5))
    first(lambda: torch.nn.functional.threshold(x, 0.1, x))
    first(lambda: torch.nn.functional.threshold(x, x, 2))


def nothing_in_the_place_of_a_number(torch):
    x = torch.ones(2, 2)
    first(lambda: torch.add(x, x, alpha=None))
    first(lambda: torch.cumsum(x, None))
    first(lambda: torch.softmax(x, None))
    first(lambda: torch.clamp(x, None, None))
    first(lambda: torch.triu(x, None))
    first(lambda: torch.norm(x, dim=None))
    first(lambda: torch.zeros(2, requires_grad=None))
    first(lambda: torch.sum(x, None))
    first(lambda: torch.std(x, None))
    first(lambda: torch.argsort(x, None))
    first(lambda: torch.nn.functional.conv1d(x[None], torch.ones(1, 2, 1), None))
    first(lambda: torch.linalg.norm(x, None, None))
    first(lambda: torch.roll(x, 1, None))


def sizes_that_do_not_fit(torch):
    resized = torch.nn.functional.interpolate
    x = torch.ones(2, 3)
    for size in (2, (2, 3, 4), [2, 3, 4]):
        first(lambda size=size: resized(x, size=size))
        first(lambda size=size: resized(x, scale_factor=size))
    first(lambda: resized(torch.tensor(1.0), size=2))
    first(lambda: resized(torch.ones(2), scale_factor=2.0, mode="linear"))
    first(lambda: torch.ones(2, device=-1))
    first(lambda: x.scatter_add(0, x, x))
    first(lambda: x.scatter(0, x > 0, x))
    first(lambda: x.scatter_reduce(0, x, x, "sum"))
    first(lambda: x.scatter_(0, x, 1.0))


def what_is_handed_on_to_another_function(torch):
    F = torch.nn.functional
    x, y, table = torch.ones(2, 4) / 2, torch.tensor([0, 1]), torch.ones(5, 3)
    losses = "cross_entropy nll_loss kl_div hinge_embedding_loss multi_margin_loss".split()
    for name in (*losses, "poisson_nll_loss", "soft_margin_loss", "multilabel_margin_loss"):
        for wrong in (None, "x", [0, 1]):
            attempt(lambda: getattr(F, name)(x, wrong))  # noqa: B023
            attempt(lambda: getattr(F, name)(target=wrong, input=x))  # noqa: B023
            attempt(lambda: getattr(F, name)(wrong, x))  # noqa: B023
    for options in ({"weight": [1.0]}, {"ignore_index": "x"}, {"label_smoothing": "x"}):
        attempt(lambda: F.cross_entropy(x, y, **options))  # noqa: B023
    attempt(lambda: F.nll_loss(x, y, [1.0]))
    attempt(lambda: F.nll_loss(x, None, [1.0]))
    for indices in (1, [0, 1], None, 1.5):
        attempt(lambda: F.embedding(indices, table))  # noqa: B023
        attempt(lambda: torch.nn.Embedding(5, 3)(indices))  # noqa: B023
    attempt(lambda: F.embedding(y, None))
    attempt(lambda: F.embedding(y, table, max_norm="x"))
    attempt(lambda: F.leaky_relu(x, x))
    attempt(lambda: F.softmax(x, x))
    attempt(lambda: F.triplet_margin_loss(x, None, x))
    attempt(lambda: F.cosine_embedding_loss(x, x, None))


def one_row_and_several_targets(torch):
    F, x = torch.nn.functional, torch.ones(4)
    for target in ([0, 1], [1], 1, [[1]], [1.0, 2.0], [1.0], []):
        for kind in (torch.int64, torch.int32, torch.float32):
            for loss in (F.nll_loss, F.cross_entropy):
                attempt(lambda: print(loss(x, torch.tensor(target, dtype=kind))))  # noqa: B023


def systems_of_equations_that_do_not_fit(torch):
    m, linalg = torch.eye(3), torch.linalg
    for p in (m.long(), m.bool(), m.double(), m[0], m[:2], m[:, :2], torch.tensor(1.0)):
        attempt(lambda: torch.cholesky_solve(p, m))  # noqa: B023
        attempt(lambda: torch.cholesky_solve(m, p))  # noqa: B023
        attempt(lambda: torch.cholesky_inverse(p))  # noqa: B023
        attempt(lambda: torch.triangular_solve(m, p))  # noqa: B023
        attempt(lambda: torch.triangular_solve(p, m))  # noqa: B023
        for left in (True, False):
            attempt(lambda: linalg.solve_triangular(m, p, upper=True, left=left))  # noqa: B023
            attempt(lambda: linalg.solve_triangular(p, m, upper=True, left=left))  # noqa: B023
    factors = torch.ones(3)
    for p in (m.long(), m.double(), m[None], m[0]):
        attempt(lambda: torch.ormqr(p, factors, m))  # noqa: B023
        attempt(lambda: torch.ormqr(m, factors, p))  # noqa: B023
        attempt(lambda: torch.ormqr(m, p, m))  # noqa: B023


def dtypes_that_do_not_fit(torch):
    x, where = torch.ones(3), torch.tensor([0, 1])
    others = (x.double(), x.long(), x.bool(), x.to(torch.complex64))
    for other in others:
        for reduce in ("add", "multiply"):
            attempt(lambda: torch.scatter(x, 0, where, other[:2], reduce=reduce))  # noqa: B023
        attempt(lambda: torch.scatter(x, 0, where[:0], other))  # noqa: B023
        attempt(lambda: torch.linalg.vecdot(x, other))  # noqa: B023
        attempt(lambda: torch.linalg.vecdot(other, x))  # noqa: B023
        attempt(lambda: torch.linalg.vecdot(other, x.long()))  # noqa: B023
        attempt(lambda: print(torch.kthvalue(other, 1).values))  # noqa: B023
        attempt(lambda: print(torch.unique(other)))  # noqa: B023
    row = x[None]
    for p, dim, most in ((-1, 0, 1.0), (0, 0, 1.0), (2, 9, 1.0), (2, -9, 1.0), (2, 0, -1.0)):
        attempt(lambda: torch.renorm(row, p, dim, most))  # noqa: B023
    attempt(lambda: torch.renorm(row.long(), 2, 0, 1.0))
    attempt(lambda: torch.renorm(row, 2, 0, -1.5))
    print(torch.renorm(row, 2, -1, 0.5))
