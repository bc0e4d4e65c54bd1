"""Layers and losses at their edges: empty sizes, lengths, windows, dictionaries of parameters."""

from importlib import import_module

from tests.behaviour.helpers import attempt, warned


def empty_borders(torch):
    for name in ("ReflectionPad", "ReplicationPad"):
        for dims in (1, 2, 3):
            layer = getattr(torch.nn, f"{name}{dims}d")(1)
            plane = (4,) * dims
            for shape in ((0, 3, *plane), (2, 0, *plane), (2, 3, 0, *plane[1:]), (0, *plane)):
                found = attempt(lambda layer=layer, s=shape: layer(torch.ones(s)))
                print(None if found is None else found.shape)


def windows_without_size(torch):
    fold, unfold = torch.nn.functional.fold, torch.nn.functional.unfold
    for shape in ((1, 12, 12), (1, 5, 12), (12, 12), (1, 1, 1, 1), (1, 0, 12), (1, 6, 0)):
        attempt(lambda s=shape: fold(torch.ones(s), (4, 5), (2, 3)))
    attempt(lambda: fold(torch.ones(1, 12, 12), (4, 5), (0, 3)))
    attempt(lambda: fold(torch.ones(1, 12, 12), (4, 5), (2, 3), stride=0))
    attempt(lambda: fold(torch.ones(1, 12, 12), (4, 5), (2, 3), dilation=0))
    attempt(lambda: unfold(torch.ones(1, 0, 2, 2), (1, 1)))
    attempt(lambda: unfold(torch.ones(1, 1, 2, 2), (1, 1), stride=0))
    print(unfold(torch.ones(0, 1, 2, 2), (1, 1)).shape)


def grids_without_images(torch):
    def sample(image, grid):
        found = torch.nn.functional.grid_sample(
            torch.ones(image), torch.zeros(grid), align_corners=False
        )
        print(found.shape)

    for image, grid in (
        ((2, 0, 3, 3), (2, 2, 2, 2)),
        ((2, 1, 0, 3), (2, 2, 2, 2)),
        ((0, 1, 3, 3), (0, 2, 2, 2)),
        ((1, 0, 2, 3, 3), (1, 2, 2, 2, 3)),
        ((1, 1, 3, 3), (1, 0, 2, 2)),
        ((1, 2, 2), (1, 1, 1, 2)),
        ((1, 1, 2, 2), (1, 1, 1, 3)),
        ((1, 1, 2, 2), (1, 1, 1, 1, 2)),
    ):
        attempt(lambda i=image, g=grid: sample(i, g))


def losses_at_their_edges(torch):
    functional = torch.nn.functional
    logs = torch.arange(48.0).cos().reshape(6, 2, 4).log_softmax(-1)
    labels = torch.tensor([[1, 2], [3, 1]])
    for frames, lengths in (
        ([6, 6], [-1, 2]),
        ([6, 6], [2, 9]),
        ([6, 6], [2, 0]),
        ([9, 6], [2, 2]),
        ([6, -1], [2, 2]),
        ([6.0, 6.0], [2, 2]),
        ([6, 6], [2.0, 2.0]),
    ):
        given = torch.tensor(frames), torch.tensor(lengths)
        attempt(lambda g=given: print(functional.ctc_loss(logs, labels, *g)))
    for shape in ((5, 0), (0, 5)):
        print(functional.cross_entropy(torch.zeros(shape), torch.zeros(shape)))
    ones = torch.ones(2, 3)
    print(functional.cosine_similarity(ones.to(torch.int8), ones))
    print(functional.cosine_similarity(ones.double(), ones))
    attempt(lambda: functional.cosine_similarity(ones.long(), ones.long()))
    attempt(
        lambda: functional.cosine_embedding_loss(torch.ones(1, 5), torch.ones(5), torch.ones(1))
    )
    attempt(lambda: functional.cosine_embedding_loss(torch.ones(5), ones, torch.tensor(1)))
    row = torch.tensor([0.1, 0.5, 0.2])
    for target in (torch.tensor([1]), torch.tensor(1)):
        for reduction in ("none", "mean"):
            print(functional.multi_margin_loss(row, target, reduction=reduction))


def dictionaries_are_joined(torch):
    nn = torch.nn
    first = nn.ParameterDict({"a": nn.Parameter(torch.ones(1))})
    second = nn.ParameterDict({"b": nn.Parameter(torch.ones(2))})
    print(list(first | second), list(first), list(first | {"c": torch.ones(1)}))
    print(list({"c": torch.ones(1)} | first))
    same = first
    first |= second
    print(list(first), same is first)


def moved_layers(torch):
    layer = torch.nn.Linear(2, 2)
    attempt(lambda: layer.to("cpu", copy=True))
    attempt(lambda: layer.to(torch.int))
    print(layer.to(tensor=torch.ones(1).double()).weight.dtype)
    print(layer.to("cpu", torch.float32, True).weight.dtype, layer.to() is layer)


def hints_that_a_mask_is_causal(torch):
    torch.manual_seed(3)
    layer = torch.nn.MultiheadAttention(4, 2).double()
    x = torch.randn(3, 2, 4, dtype=torch.float64)
    causal = torch.nn.Transformer.generate_square_subsequent_mask(3)
    padding = torch.tensor([[False, False, True], [False, False, False]])
    for mask in (causal, torch.zeros(3, 3), torch.zeros(7, 7)):
        for options in ({}, {"need_weights": False}, {"key_padding_mask": padding}):
            found = attempt(
                lambda m=mask, o=options: layer(x, x, x, attn_mask=m, is_causal=True, **o)
            )
            print(None if found is None else found[0].detach())
    attempt(lambda: layer(x, x, x, is_causal=True))


def ways_of_computing_attention(torch):
    module = import_module(f"{torch.__name__}.nn.attention")
    print(torch.nn.modules.activation.MultiheadAttention is torch.nn.MultiheadAttention)
    backends = module.SDPBackend
    print(repr(backends.MATH), backends.FLASH_ATTENTION, int(backends.ERROR), backends.MATH == 0)
    torch.manual_seed(0)
    x = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    attend = torch.nn.functional.scaled_dot_product_attention

    def allow(which):
        with module.sdpa_kernel(which):
            found = attend(x, x, x, is_causal=True)
        print(found.grad_fn.name(), torch.autograd.grad(found.sum(), x)[0])

    for which in (backends.MATH, backends.FLASH_ATTENTION, backends.EFFICIENT_ATTENTION):
        attempt(lambda which=which: allow(which))
    attempt(lambda: allow([backends.EFFICIENT_ATTENTION, backends.MATH]))
    attempt(lambda: allow([backends.MATH, backends.FLASH_ATTENTION]))
    attempt(lambda: allow("math"))
    attempt(lambda: allow([]))
    print(attend(x, x, x).grad_fn.name())
    with module.sdpa_kernel(backends.FLASH_ATTENTION):
        attempt(lambda: attend(x[0], x[0], x[0]))
        attempt(lambda: attend(x, x, x, dropout_p=0.5))
    cuda = torch.backends.cuda
    cuda.enable_flash_sdp(False)
    print(attend(x, x, x).grad_fn.name())
    cuda.enable_flash_sdp(True)
    print(attend(x, x, x).grad_fn.name())


def encoders_say_why_they_are_slow(torch):
    nn = torch.nn

    def encoder(*args, nested=True, **options):
        layer = nn.TransformerEncoderLayer(8, *args, **{"batch_first": True, **options})
        return warned(lambda: nn.TransformerEncoder(layer, 1, enable_nested_tensor=nested))

    encoder(2)
    encoder(2, batch_first=False)
    encoder(2, batch_first=False, nested=False)
    encoder(2, norm_first=True)
    encoder(2, bias=False)
    encoder(1)
    encoder(2, activation=torch.tanh)
    encoder(2, activation=nn.GELU())
    encoder(2, activation="gelu")
    warned(lambda: nn.TransformerEncoder(nn.Linear(2, 2), 1))
    warned(lambda: nn.Transformer(8, 2, 1, 1, 8))
