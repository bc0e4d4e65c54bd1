"""How tensors print."""


def scalars_and_vectors(torch):
    print(torch.tensor(1), torch.tensor(1.0), torch.tensor(0.1), torch.tensor(-2.5))
    print(torch.tensor([1.0, 2.0]), torch.tensor([0.5, 100.0]), torch.tensor([1, -10, 100]))


def matrices(torch):
    print(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    print(torch.arange(8.0).view(2, 2, 2))


def scientific_notation(torch):
    print(torch.tensor([1e-5, 1.0]), torch.tensor([1e10]), torch.tensor([0.4, 4.0, 0.0004]))
    print(torch.tensor(1e-8), torch.tensor([100000.0, 0.1]), torch.tensor([12345678.0]))


def special_values(torch):
    print(torch.tensor([float("nan"), 1.0]), torch.tensor([float("inf"), -float("inf")]))
    print(torch.tensor([float("nan")]), torch.tensor([1.5, float("inf")]))


def dtypes_with_suffix(torch):
    for kind in (torch.float64, torch.float16, torch.int32, torch.uint8, torch.int64, torch.bool):
        print(torch.ones(2, dtype=kind))
    print(torch.tensor([1 + 2j, 0.5 - 1j]))


def requires_grad_suffix(torch):
    print(torch.ones(2, requires_grad=True))
    print(torch.ones(2, dtype=torch.float64, requires_grad=True))
    print(torch.tensor(1.0, requires_grad=True))


def grad_fn_suffix(torch):
    x = torch.ones(2, requires_grad=True)
    print(x + 1, x * 2, x.sum(), x.mean(), x**2, x / 3, -x, x.exp(), sep="\n")
    print(x.double())


def long_suffix_wraps(torch):
    x = torch.arange(9.0, requires_grad=True)
    print(x * 1.5)
    print((x * 1.5).view(3, 3))


def long_vectors_wrap(torch):
    print(torch.arange(30))
    print(torch.arange(30.0) / 7)


def summarised(torch):
    print(torch.arange(2000))
    print(torch.arange(2000.0).view(2, 1000))


def empty_tensors(torch):
    print(torch.zeros(0), torch.zeros(2, 0), torch.zeros(0, dtype=torch.int64))


def negative_alignment(torch):
    print(torch.tensor([[1.0, -2.0], [-33.5, 4.25]]))
    print(torch.tensor([[1, -2], [300, 4]]))


def sizes_and_dtypes(torch):
    print(torch.zeros(2, 3).shape, torch.zeros(()).shape, torch.float32, torch.int64, torch.bool)
    print(repr(torch.Size([2])), str(torch.float64))


def named_results(torch):
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]])
    print(x.max(1))
    print(x.sort(dim=1))
    print(x.min(dim=0).values, x.topk(1))


def set_printoptions(torch):
    torch.set_printoptions(precision=2)
    print(torch.tensor([1.23456, 7.0]))
    torch.set_printoptions(profile="default")
    print(torch.tensor([1.23456, 7.0]))
    torch.set_printoptions(sci_mode=False)
    print(torch.tensor([1e-5, 1.0]))


def in_lists_and_tuples(torch):
    x = torch.ones(1, requires_grad=True)
    print([x, x + 1], (x.sum(),), {"x": x})


def booleans(torch):
    print(torch.tensor([True, False]), torch.tensor([[True], [False]]), torch.tensor(False))


def integer_valued_floats(torch):
    print(torch.tensor([1.0, 2000.0]), torch.tensor([1.0, 1.5]), torch.tensor([1000000.0, 1.5]))


def small_and_large_mixed(torch):
    print(torch.tensor([0.001, 1000.0]), torch.tensor([0.00012, 0.5]), torch.tensor([1e5, 1.0]))


def four_dimensional(torch):
    print(torch.zeros(1, 2, 2, 2))


def parameter_repr(torch):
    print(torch.nn.Parameter(torch.tensor([1.0, 2.0])))


def module_repr(torch):
    print(torch.nn.Linear(2, 3))
    print(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)))
