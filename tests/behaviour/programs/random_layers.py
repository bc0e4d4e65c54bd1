"""Layers that draw: the same numbers from the same seed, and the gradients that follow."""


def rectifier_of_random_slope(torch):
    F = torch.nn.functional
    x = torch.linspace(-2, 2, 9).requires_grad_()
    torch.manual_seed(3)
    y = F.rrelu(x, 0.1, 0.3, training=True)
    y.sum().backward()
    print(y, x.grad)
    print(F.rrelu(x, 0.1, 0.3))
    torch.manual_seed(3)
    print(torch.rrelu(x.detach().reshape(3, 3).t(), 0.1, 0.3, True))
    print(F.rrelu(x.clone(), 0.1, 0.3, True, inplace=True).grad_fn.name())
    print(torch.rand(1))


def windows_at_random_places(torch):
    F = torch.nn.functional
    x = torch.arange(72.0).reshape(1, 8, 9).cos().requires_grad_()
    torch.manual_seed(3)
    y, where = F.fractional_max_pool2d(x, (2, 3), output_size=4, return_indices=True)
    y.sum().backward()
    print(y, where, x.grad.nonzero().shape)
    print(F.fractional_max_pool2d(x, 2, output_ratio=(0.5, 0.4)).shape)
    print(F.fractional_max_pool3d(x.reshape(1, 3, 3, 8), 2, output_size=(1, 1, 3)))
    for call in (
        lambda: F.fractional_max_pool2d(x, 3),
        lambda: F.fractional_max_pool2d(x, 3, output_size=7),
        lambda: torch.rrelu(x, 0.3, 0.1),
    ):
        try:
            call()
        except (ValueError, RuntimeError) as error:
            print(type(error).__name__, str(error)[:60])
