"""The last bit of float32: where a sum is fused or taken in another order."""


def add_with_alpha_is_fused(torch):
    w = torch.tensor([1.0, 2.0])
    g = torch.tensor([10.0, 20.0])
    print(w.add_(g, alpha=-0.1))


def sum_of_fifty_fiftieths(torch):
    print(torch.full((10, 5), 0.02).sum())


def variance_is_summed_in_double(torch):
    print(torch.tensor([1.0, 2.0, 4.0]).var().item(), torch.tensor([0.5, 1.5]).var().item())


def mean_of_many(torch):
    print((torch.arange(1000.0) / 7).mean().item())


def running_sums_are_kept_in_twice_the_precision(torch):
    x = torch.tensor([1.0, 1e-8] + [1e-8] * 30 + [-1.0])
    print(torch.cumsum(x, 0)[-1].item(), torch.cumsum(x.half(), 0)[-1].item())
    print(torch.cumprod(1 + x[:8] / 3, 0)[-1].item(), torch.cumsum(torch.tensor([-0.0, -0.0]), 0))


def half_precision_is_computed_in_single(torch):
    x = torch.linspace(-3, 3, 25).half()
    F = torch.nn.functional
    for f in (torch.sigmoid, F.silu, F.softplus, F.mish, F.hardswish, F.selu, F.leaky_relu):
        print(f(x).float().sum().item(), f(x)[::6].tolist())
    print(torch.sinc(x).tolist(), torch.addcmul(x, x, x, value=0.3)[3:6].tolist())
    print(torch.logit(x / 4 + 0.5, eps=0.01)[3:9].tolist(), torch.xlogy(x, x + 4)[3:9].tolist())


def signs_of_zeros(torch):
    a = torch.tensor([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, -0.0, 6.0])
    print(a % 2, a % -1.5, a.double() % 2, a.half() % 2, torch.remainder(a, float("inf")))
    print(torch.remainder(3.0, torch.tensor([-1.5, 1.5, 3.0, -3.0])), torch.tensor(-2.0) % 2)
    print(torch.fmod(a, 2), a // 2, torch.special.entr(torch.tensor([0.0, -0.0, 1.0, 0.5, -1.0])))
