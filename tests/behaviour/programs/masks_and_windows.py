"""Reductions of what a mask keeps, windows of signals, and views that are copied at once."""

from tests.behaviour.helpers import attempt


def masked_reductions(torch):
    x = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], requires_grad=True)
    mask = torch.tensor([[True, False, True], [False, False, False]])
    for name in "sum prod amax amin mean var std logsumexp".split():
        function = getattr(torch.masked, name)
        print(name, function(x, 1, mask=mask), function(x, keepdim=True))
    print(torch.masked.norm(x, 2, 0, mask=mask), torch.masked.median(x, 1, mask=mask))
    print(torch.masked.argmax(x, 1, mask=mask), torch.masked.argmin(x, dtype=torch.int64))


def masked_gradients(torch):
    x = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([True, False, True])
    for name in "softmax log_softmax softmin cumsum cumprod".split():
        y = getattr(torch.masked, name)(x, 1, mask=mask)
        (grad,) = torch.autograd.grad((y * y)[:, 0].sum(), x)
        print(name, y.grad_fn.name(), (y * 1e6).round().tolist(), (grad * 1e6).round().tolist())
    print(torch.masked.normalize(x, 2.0, 1, mask=mask))
    print(torch.autograd.grad(torch.masked.std(x, mask=mask), x))


def masked_complaints(torch):
    x = torch.ones(2, 3)
    attempt(lambda: torch.masked.sum(x, mask=torch.ones(2, 2, 3, dtype=torch.bool)))
    attempt(lambda: torch.masked.mean(torch.ones(2, dtype=torch.int64)))
    attempt(lambda: torch.masked.sum(x, 2))
    attempt(lambda: torch.masked.sum(x, (0, 0)))


def windows_of_signals(torch):
    windows = torch.signal.windows
    for name in "bartlett blackman cosine exponential gaussian hamming hann kaiser nuttall".split():
        window = getattr(windows, name)
        print(name, window(5), window(4, sym=False), window(1), window(0))
    print(windows.general_hamming(4, alpha=0.7), windows.general_cosine(4, a=[0.5, 0.3, 0.2]))
    print(windows.gaussian(3, std=0.5, dtype=torch.float64, requires_grad=True))
    attempt(lambda: windows.hann(-1))
    attempt(lambda: windows.blackman(-1))
    attempt(lambda: windows.cosine(3, dtype=torch.int64))
    attempt(lambda: windows.gaussian(3, std=0.0))
    attempt(lambda: windows.exponential(3, center=1.0))
    attempt(lambda: windows.general_cosine(3, a=[]))


def views_that_are_copied(torch):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    for y in (
        torch.expand_copy(x, (2, 2, 3)), torch.permute_copy(x, (1, 0)), torch.t_copy(x),
        torch.view_copy(x, (6,)), torch.slice_copy(x, 1, 1, None), torch.squeeze_copy(x),
        *torch.split_copy(x, 1), *torch.unbind_copy(x), torch.unfold_copy(x, 1, 2, 1),
    ):  # fmt: skip
        print(y, y._base is None, y.is_contiguous())
    print(torch.as_strided_scatter(x.detach(), torch.zeros(2), (2,), (3,), 1))
    first, second = torch.unsafe_chunk(x, 2)
    first.mul_(2)  # allowed, unlike after chunk
    print(first, second)


def sketches_of_matrices(torch):
    torch.manual_seed(0)
    x = torch.arange(24.0, dtype=torch.float64).reshape(6, 4).sin()
    for found in (torch.svd_lowrank(x, 2), torch.pca_lowrank(x, 2), torch.pca_lowrank(x.T)):
        u, s, v = found
        print((s * 1e6).round().tolist(), ((u * s) @ v.mT * 1e6).round().tolist())
    attempt(lambda: torch.pca_lowrank(x, 7))
    attempt(lambda: torch.pca_lowrank(x, 2, niter=-1))


def deprecated_solve_and_polygamma_in_place(torch):
    a = torch.tensor([[2.0, 1.0], [7.0, 4.0]], requires_grad=True)
    b = torch.tensor([[1.0], [2.0]], requires_grad=True)
    for options in ({}, {"upper": False}, {"transpose": True}, {"unitriangular": True}):
        x, copy = torch.triangular_solve(b, a, **options)
        print(x, copy, torch.autograd.grad(x.sum() + copy[0, 0], (a, b)))
    print(torch.ones(2).polygamma_(1), torch.ones(2, requires_grad=True).clone().polygamma_(2))
