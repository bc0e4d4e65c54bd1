"""Layers as the torch namespace has them: functions that take all their arguments."""


def networks(torch):
    torch.manual_seed(0)
    x, h = torch.randn(5, 2, 3), torch.zeros(2, 2, 4)
    for kind, gates in (("rnn_tanh", 1), ("rnn_relu", 1), ("gru", 3), ("lstm", 4)):
        sizes = [(gates * 4, 3), (gates * 4, 4), (gates * 4,), (gates * 4,)]
        weights = [torch.randn(s).mul_(0.3).requires_grad_() for s in sizes * 2]
        state = (h, h) if kind == "lstm" else h
        run = getattr(torch, kind)
        found = run(x, state, weights, True, 1, 0.0, True, True, False)
        found[0].sum().backward()
        print(kind, *[f.shape for f in found], found[0][1], weights[0].grad[0])
        packed = run(x[:, 0], torch.tensor([2, 2, 1]), state, weights, True, 1, 0.0, True, True)
        print(packed[0].shape, packed[1][0])
        state = (h[0], h[0]) if kind == "lstm" else h[0]
        print(getattr(torch, f"{kind}_cell")(x[0], state, *weights[:4]))


def dropouts(torch):
    for name in ("dropout_", "feature_dropout", "feature_dropout_", "alpha_dropout_"):
        torch.manual_seed(0)
        print(name, getattr(torch, name)(torch.ones(2, 3, 2), 0.4, True))
    torch.manual_seed(0)
    x = torch.arange(6.0, requires_grad=True)
    for train in (True, False):
        result, mask = torch.native_dropout(x, 0.4, train)
        print(result, mask, torch.autograd.grad(result.sum(), x))


def normalizations(torch):
    x = torch.arange(24.0).reshape(2, 4, 3).sin().requires_grad_()
    print(torch.native_layer_norm(x, (4, 3), None, None, 1e-5)[1:])
    result, mean, rstd = torch.native_group_norm(x, None, None, 2, 4, 3, 2, 1e-5)
    print(result, mean.detach(), rstd.detach())
    print(torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5))
    moved = torch.zeros(4), torch.ones(4)
    print(torch.native_batch_norm(x, None, None, *moved, False, 0.1, 1e-5))


def bags(torch):
    weight = torch.arange(12.0).reshape(4, 3).requires_grad_()
    rows, starts = torch.tensor([0, 1, 1, 3]), torch.tensor([0, 2, 2])
    for mode in (0, 1, 2):
        for padding in (None, 1):
            print(
                torch.embedding_bag(weight, rows, starts, False, mode, False, None, False, padding)
            )


def segments(torch):
    x = torch.arange(10.0).reshape(5, 2).cos().requires_grad_()
    for kind in ("sum", "mean", "max", "min", "prod"):
        found = torch.segment_reduce(x, kind, lengths=torch.tensor([2, 3]))
        print(kind, found, torch.autograd.grad(found.sum(), x))
        print(torch.segment_reduce(x, kind, offsets=torch.tensor([0, 2, 2, 5])))
    print(torch.segment_reduce(x.T, "sum", lengths=torch.tensor([[1, 4], [2, 3]]), axis=1))


def others(torch):
    m = torch.arange(6.0).reshape(2, 3).cos().requires_grad_()
    print(torch.spmm(m, m.detach().T), torch.nuclear_norm(m), torch.nuclear_norm(m, (0, 1), True))
    print(torch.rrelu_(torch.tensor([-1.0, 2.0])))
    x = torch.arange(6.0, requires_grad=True)
    y = (x * 1).as_strided_((2, 2), (1, 2), 1)
    print(y, torch.autograd.grad(y.sum(), x), torch.as_strided_(torch.arange(4.0), (2,), (3,)))
