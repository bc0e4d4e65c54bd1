"""What layers and losses say of tensors whose dtypes do not fit, as those that come from NumPy."""

import numpy as np

from tests.behaviour.helpers import attempt, warned


def _shown(function, *args, **options):
    attempt(lambda: print(function(*args, **options)))


def _of(torch, *shape, dtype=None):
    return torch.ones(*shape, dtype=dtype or torch.float64)


def layers_given_float64(torch):
    nn = torch.nn
    for bias in (True, False):
        _shown(nn.Linear(2, 2, bias=bias), _of(torch, 2))
        _shown(nn.Linear(2, 2, bias=bias), _of(torch, 3, 2))
        _shown(nn.Linear(2, 2, bias=bias), _of(torch, 3, 2, 2))
        _shown(nn.Conv1d(1, 1, 1, bias=bias), _of(torch, 1, 1, 1))
        _shown(nn.Conv2d(1, 1, 1, bias=bias), _of(torch, 1, 1, 1, 1))
        _shown(nn.ConvTranspose2d(1, 1, 1, bias=bias), _of(torch, 1, 1, 1, 1))
    for layer in (nn.RNN, nn.GRU, nn.LSTM):
        _shown(layer(2, 2), _of(torch, 2, 2))
        _shown(layer(2, 2), _of(torch, 2, 2, dtype=torch.int64))
        _shown(layer(2, 2).double(), torch.ones(2, 2))
    for cell in (nn.RNNCell, nn.GRUCell, nn.LSTMCell):
        _shown(cell(2, 2), _of(torch, 2, 2))
    _shown(nn.Bilinear(1, 1, 1), _of(torch, 1, 1), torch.ones(1, 1))
    _shown(nn.MultiheadAttention(2, 1), *[_of(torch, 2, 2)] * 3)
    _shown(nn.Embedding(2, 2), _of(torch, 2))
    _shown(nn.Embedding(2, 2), _of(torch, 2) > 0)


def norms_of_mixed_dtypes(torch):
    F = torch.nn.functional
    single, double = torch.ones(2), _of(torch, 2)
    x, x2 = torch.ones(2, 2), _of(torch, 2, 2)
    for weight, bias in ((single, None), (single, single), (None, single), (double, double)):
        _shown(F.layer_norm, x2, (2,), weight, bias)
        _shown(F.group_norm, x2, 1, weight, bias)
        _shown(F.batch_norm, x2, None, None, weight, bias, training=True)
        _shown(F.batch_norm, x2, single, single, weight, bias)
    for weight, bias in ((double, None), (single, double), (double, single)):
        _shown(F.layer_norm, x, (2,), weight, bias)
        _shown(F.group_norm, x, 1, weight, bias)
        _shown(F.batch_norm, x, double, single, weight, bias)
    _shown(F.batch_norm, x2, single, double)
    _shown(F.layer_norm, x.half(), (2,), single, single)
    _shown(F.batch_norm, x.half(), single, single)
    for kind in (torch.int64, torch.bool, torch.complex64):
        _shown(F.batch_norm, x.to(kind), single, single)
        _shown(F.group_norm, x.to(kind), 1)
        _shown(F.layer_norm, x.to(kind), (2,))


def losses_of_mixed_dtypes(torch):
    F = torch.nn.functional
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    for kind in (torch.float64, torch.float16, torch.int64, torch.uint8):
        target = torch.ones(2, dtype=kind)
        _shown(F.binary_cross_entropy_with_logits, x, target)
        _shown(F.binary_cross_entropy_with_logits, x, torch.ones(2), target)
        _shown(F.binary_cross_entropy_with_logits, x, torch.ones(2), pos_weight=target)
        _shown(F.binary_cross_entropy, x.sigmoid(), target)
        _shown(F.soft_margin_loss, x, target)
        _shown(F.kl_div, x, target, reduction="sum")
        scores = x.expand(2, 2)
        classes = torch.tensor([0, 1])
        _shown(F.nll_loss, scores, classes, target)
        _shown(F.cross_entropy, scores, classes, target)
        _shown(F.cross_entropy, scores, target)
    _shown(F.soft_margin_loss, x, torch.tensor([True, False]))
    loss = F.binary_cross_entropy_with_logits(x, torch.from_numpy(np.array([1.0, 0.0])))
    loss.backward()
    print(loss.dtype, x.grad)


def planes_of_integers(torch):
    F = torch.nn.functional
    for kind in (torch.int64, torch.uint8, torch.bool):
        row, plane = torch.ones(1, 2, 4, dtype=kind), torch.ones(1, 2, 4, 4, dtype=kind)
        _shown(F.max_pool1d, row, 2)
        _shown(F.max_pool2d, plane, 2)
        _shown(F.avg_pool1d, row, 2)
        _shown(F.avg_pool2d, plane, 2)
        _shown(F.interpolate, row, scale_factor=2)
        _shown(F.interpolate, row, scale_factor=2, mode="linear")
        _shown(F.dropout, row)
        _shown(F.dropout, row, 1.0)
        _shown(F.dropout, row, training=False)
        _shown(torch.trace, plane[0, 0])
    print(F.avg_pool2d(torch.tensor([[[1, 2], [4, 4]]]), 2))


def products_of_mixed_dtypes(torch):
    matrix, other = torch.ones(2, 2), _of(torch, 2, 2)
    _shown(lambda: matrix @ other)
    _shown(torch.addmm, matrix, matrix, other)
    _shown(torch.vdot, matrix[0], other[0])
    _shown(torch.cdist, matrix, other)
    _shown(torch.nn.functional.grid_sample, matrix[None, None], other[None, None])
    _shown(lambda: -torch.tensor([True]))


def numbers_of_complex_tensors(torch):
    print(
        int(torch.tensor(3 + 0j)), float(torch.tensor([2.5 + 0j])), f"{int(torch.tensor(1j * 1j))}"
    )
    _shown(int, torch.tensor(1 + 1j))
    _shown(float, torch.tensor(1 + 1j))


def spread_of_too_few(torch):
    one = torch.ones(1, 2, requires_grad=True)
    print(warned(lambda: torch.ones(1).std()))
    print(warned(lambda: one.var(0)))
    print(warned(lambda: torch.std_mean(one, 0)))
    print(warned(lambda: torch.var_mean(torch.ones(2), correction=3)))
    print(warned(lambda: torch.ones(1).std(unbiased=False)))
    print(warned(lambda: torch.ones(0).std()))


def parameters_of_what_is_no_tensor(torch):
    attempt(lambda: torch.nn.Parameter(1))
    attempt(lambda: torch.nn.Parameter([1.0]))
    warned(lambda: torch.nn.utils.clip_grad_norm([], 1.0))
    warned(lambda: torch.nn.functional.upsample(torch.ones(1, 1, 2), scale_factor=2))
