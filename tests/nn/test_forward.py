"""Layers compute what PyTorch's compute, forward and backward."""

import warnings

import numpy as np
import pytest

import autograd_nb

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

# The layer, and how its arguments are made: r = random, p = in (0, 1), i = class numbers.
CASES = [
    ("Linear(4, 3)", "r(2, 4)"),
    ("Linear(4, 3)", "r(5, 2, 4)"),
    ("Linear(4, 3)", "r(4)"),
    ("Bilinear(2, 3, 4)", "r(5, 2), r(5, 3)"),
    ("Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1), nn.Sigmoid())", "r(6, 4)"),
    ("Flatten()", "r(2, 3, 4)"),
    ("Unflatten(1, (2, 3))", "r(2, 6)"),
    ("ReLU()", "r(3, 4)"),
    ("LeakyReLU(0.2)", "r(3, 4)"),
    ("ELU()", "r(3, 4)"),
    ("SELU()", "r(3, 4)"),
    ("CELU(0.5)", "r(3, 4)"),
    ("GELU()", "r(3, 4)"),
    ("GELU('tanh')", "r(3, 4)"),
    ("SiLU()", "r(3, 4)"),
    ("Mish()", "r(3, 4)"),
    ("Softplus()", "r(3, 4)"),
    ("Hardtanh()", "r(3, 4)"),
    ("Hardswish()", "r(3, 4)"),
    ("Hardsigmoid()", "r(3, 4)"),
    ("Hardshrink()", "r(3, 4)"),
    ("Softshrink()", "r(3, 4)"),
    ("Threshold(0.1, 20)", "r(3, 4)"),
    ("LogSigmoid()", "r(3, 4)"),
    ("Softsign()", "r(3, 4)"),
    ("Tanhshrink()", "r(3, 4)"),
    ("GLU()", "r(3, 4)"),
    ("Softmax(1)", "r(3, 4)"),
    ("Softmin(1)", "r(3, 4)"),
    ("LogSoftmax(1)", "r(3, 4)"),
    ("PReLU(3)", "r(2, 3, 4)"),
    ("Conv1d(2, 4, 3, padding=1)", "r(2, 2, 7)"),
    ("Conv2d(2, 4, 3, stride=2, padding=1, groups=2)", "r(2, 2, 7, 6)"),
    ("Conv2d(2, 4, 3, padding='same', padding_mode='reflect')", "r(2, 2, 7, 6)"),
    ("Conv2d(2, 4, 3, padding=1, padding_mode='circular')", "r(2, 2, 7, 6)"),
    ("Conv3d(1, 2, 2)", "r(2, 1, 3, 4, 3)"),
    ("ConvTranspose2d(2, 4, 3, 2, 1, 1)", "r(2, 2, 4, 3)"),
    ("MaxPool1d(2)", "r(2, 3, 7)"),
    ("MaxPool2d(2)", "r(2, 3, 6, 7)"),
    ("AvgPool2d(2)", "r(2, 3, 6, 7)"),
    ("AdaptiveAvgPool2d((2, 1))", "r(2, 3, 6, 7)"),
    ("AdaptiveMaxPool2d(2)", "r(2, 3, 6, 7)"),
    ("LPPool1d(2, 3)", "p(2, 3, 9)"),
    ("BatchNorm1d(4)", "r(5, 4)"),
    ("BatchNorm2d(3)", "r(2, 3, 4, 5)"),
    ("BatchNorm2d(3, momentum=None)", "r(2, 3, 4, 5)"),
    ("BatchNorm2d(3).eval()", "r(2, 3, 4, 5)"),
    ("InstanceNorm2d(3, affine=True)", "r(2, 3, 4, 5)"),
    ("GroupNorm(2, 4)", "r(2, 4, 3)"),
    ("LayerNorm((3, 4))", "r(2, 3, 4)"),
    ("RMSNorm(4)", "r(2, 3, 4)"),
    ("LocalResponseNorm(3)", "r(2, 5, 4)"),
    ("Dropout(0.4)", "r(4, 5)"),
    ("Dropout2d(0.4)", "r(4, 5, 2, 2)"),
    ("AlphaDropout(0.4)", "r(4, 5)"),
    ("Embedding(5, 3, padding_idx=1)", "i(4, 2)"),
    ("EmbeddingBag(5, 3)", "i(4, 2)"),
    ("RNN(3, 4, 2)", "r(5, 2, 3)"),
    ("RNN(3, 4, nonlinearity='relu')", "r(5, 3)"),
    ("LSTM(3, 4, 2, bidirectional=True)", "r(5, 2, 3)"),
    ("LSTM(3, 4, batch_first=True)", "r(2, 5, 3)"),
    ("LSTM(3, 4, proj_size=2)", "r(5, 2, 3)"),
    ("GRU(3, 4, 2, batch_first=True)", "r(2, 5, 3)"),
    ("GRU(3, 4)", "r(5, 2, 3), r(1, 2, 4)"),
    ("LSTMCell(3, 4)", "r(2, 3)"),
    ("GRUCell(3, 4)", "r(2, 3), r(2, 4)"),
    ("RNNCell(3, 4)", "r(3)"),
    ("MultiheadAttention(4, 2)", "r(5, 2, 4), r(6, 2, 4), r(6, 2, 4)"),
    (
        "MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True)",
        "r(5, 2, 4), r(6, 2, 3), r(6, 2, 5)",
    ),
    ("TransformerEncoderLayer(4, 2, 8, dropout=0.0)", "r(5, 2, 4)"),
    (
        "TransformerEncoderLayer(4, 2, 8, dropout=0.0, norm_first=True, activation='gelu')",
        "r(5, 2, 4)",
    ),
    ("TransformerDecoderLayer(4, 2, 8, dropout=0.0)", "r(5, 2, 4), r(6, 2, 4)"),
    ("Transformer(4, 2, 1, 1, 8, dropout=0.0)", "r(5, 2, 4), r(6, 2, 4)"),
    ("ReflectionPad2d((1, 2, 1, 0))", "r(2, 3, 4, 5)"),
    ("ReplicationPad1d(2)", "r(2, 3, 4)"),
    ("ZeroPad2d(1)", "r(2, 3, 4, 5)"),
    ("ConstantPad1d(2, 3.5)", "r(2, 3, 4)"),
    ("Upsample(scale_factor=2)", "r(2, 3, 4, 5)"),
    ("Upsample((3, 4), mode='bilinear')", "r(2, 3, 4, 5)"),
    ("PixelShuffle(2)", "r(2, 8, 3, 2)"),
    ("PixelUnshuffle(2)", "r(2, 2, 4, 6)"),
    ("ChannelShuffle(2)", "r(2, 4, 3)"),
    ("Unfold(2, padding=1)", "r(2, 3, 4, 5)"),
    ("Fold((4, 5), 2)", "r(2, 12, 12)"),
    ("CosineSimilarity()", "r(3, 4), r(3, 4)"),
    ("PairwiseDistance()", "r(3, 4), r(3, 4)"),
    ("L1Loss()", "r(3, 4), r(3, 4)"),
    ("MSELoss(reduction='sum')", "r(3, 4), r(3, 4)"),
    ("NLLLoss()", "r(6, 5), i(6)"),
    ("CrossEntropyLoss()", "r(6, 5), i(6)"),
    ("CrossEntropyLoss(label_smoothing=0.1, ignore_index=2)", "r(6, 5), i(6)"),
    ("BCELoss()", "p(3, 4), p(3, 4)"),
    ("BCEWithLogitsLoss()", "r(3, 4), p(3, 4)"),
    ("KLDivLoss(reduction='batchmean')", "r(3, 4), p(3, 4)"),
    ("SmoothL1Loss()", "r(3, 4), r(3, 4)"),
    ("HuberLoss(delta=0.5)", "r(3, 4), r(3, 4)"),
    ("PoissonNLLLoss(full=True)", "r(3, 4), p(3, 4)"),
    ("GaussianNLLLoss(full=True)", "r(3, 4), r(3, 4), p(3, 4)"),
    ("HingeEmbeddingLoss()", "r(3, 4), s(3, 4)"),
    ("CosineEmbeddingLoss(0.1)", "r(3, 4), r(3, 4), s(3)"),
    ("MarginRankingLoss()", "r(3), r(3), s(3)"),
    ("SoftMarginLoss()", "r(3, 4), s(3, 4)"),
    ("MultiLabelSoftMarginLoss()", "r(3, 4), p(3, 4)"),
    ("MultiLabelMarginLoss()", "r(3, 5), l(3)"),
    ("MultiMarginLoss(p=2)", "r(6, 5), i(6)"),
    ("TripletMarginLoss(swap=True)", "r(3, 4), r(3, 4), r(3, 4)"),
]


def arguments(library, recipe):
    """Return the tensors of a recipe; the same numbers for both libraries."""
    stream = np.random.default_rng(0)

    def tensor(array, wants_grad):
        made = library.tensor(array.tolist(), dtype=library.float64 if wants_grad else None)
        return made.requires_grad_() if wants_grad else made

    kinds = {
        "r": lambda *shape: tensor(stream.standard_normal(shape), True),
        "p": lambda *shape: tensor(stream.uniform(0.1, 0.9, shape), True),
        "i": lambda *shape: tensor(stream.integers(0, 5, shape), False),
        "s": lambda *shape: tensor(stream.integers(0, 2, shape) * 2 - 1, False),
        "l": lambda rows: tensor(np.array([[3, 0, -1, 1, 2]] * rows), False),
    }
    made = eval(recipe, kinds)
    return made if isinstance(made, tuple) else (made,)


def flat(value):
    """Return the tensors in a nest of tuples."""
    if isinstance(value, (tuple, list)):
        return [tensor for item in value for tensor in flat(item)]
    return [value]


def run(library, text, recipe):
    """Return outputs and gradients of a layer made from seed 0."""
    library.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = eval("nn." + text, {"nn": library.nn}).double()
    inputs = arguments(library, recipe)
    outputs = [out for out in flat(layer(*inputs)) if out is not None]
    sum((out * out.cos()).sum() for out in outputs).backward()
    leaves = [*inputs, *layer.parameters()]
    grads = [leaf.grad for leaf in leaves if leaf.requires_grad]
    state = list(layer.state_dict().values())
    values = [*outputs, *grads, *state]
    return [None if value is None else value.detach().numpy() for value in values]


@pytest.mark.parametrize(("text", "recipe"), CASES)
def test_layer_computes_what_pytorch_computes(text, recipe):
    ours, theirs = run(autograd_nb, text, recipe), run(torch, text, recipe)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine is None) == (other is None)
        if other is not None:
            assert mine.dtype == other.dtype
            np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-10)
