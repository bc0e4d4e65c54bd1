"""Making tensors, the old spellings included."""

from tests.behaviour.helpers import attempt


def tensor_from_literals(torch):
    print(torch.tensor(3), torch.tensor(3.5), torch.tensor(True), torch.tensor([1, 2.5]))
    print(torch.tensor([[1, 2], [3, 4]]), torch.tensor([]), torch.tensor([[]]).shape)
    print(torch.tensor((1, 2)), torch.tensor(range(3)), torch.tensor(1 + 2j))


def tensor_class_with_sizes(torch):
    print(torch.Tensor(2, 3).shape, torch.Tensor().shape, torch.Tensor([2, 3]))
    print(torch.Tensor(3).dtype, torch.Tensor([[1, 2]]).dtype)


def typed_constructors(torch):
    print(torch.FloatTensor([1, 2]), torch.DoubleTensor([1, 2]), torch.LongTensor([1, 2]))
    print(torch.IntTensor([1, 2]), torch.ByteTensor([1, 2]), torch.BoolTensor([True, False]))
    print(torch.FloatTensor(2, 3).shape)


def type_strings(torch):
    print(torch.ones(1).type(), torch.tensor([1]).type(), torch.ones(1).double().type())
    print(torch.ones(1).type(torch.int64), torch.ones(1).type("torch.DoubleTensor"))


def dtype_argument(torch):
    print(torch.tensor([1, 2], dtype=torch.float), torch.zeros(2, dtype=torch.long))
    print(torch.tensor([1.7], dtype=torch.int32), torch.ones(1, dtype=torch.float64))


def filled_tensors(torch):
    print(torch.zeros(2, 2), torch.ones((2,)), torch.full((2,), 7), torch.full((2,), 0.5))
    print(torch.eye(2), torch.eye(2, 3), torch.zeros(()), torch.zeros(0))


def ranges(torch):
    print(torch.arange(5), torch.arange(1, 4), torch.arange(0, 1, 0.25), torch.arange(3.0))
    print(torch.linspace(0, 1, 5), torch.linspace(-2, 2, steps=3), torch.logspace(0, 2, 3))


def likes(torch):
    x = torch.tensor([1, 2])
    print(torch.zeros_like(x), torch.ones_like(x, dtype=torch.float32), torch.full_like(x, 3))


def sizes(torch):
    x = torch.zeros(2, 3)
    print(x.size(), x.shape, x.size(0), x.size(-1), x.dim(), x.ndim, x.numel(), len(x))
    print(x.shape == (2, 3), tuple(x.shape), x.shape[0], x.shape.numel(), torch.numel(x))
    print(torch.Size([1, 2]) + torch.Size([3]), list(x.size()))


def seeded_rand(torch):
    torch.manual_seed(0)
    print(torch.rand(2, 3))
    print(torch.rand(2, dtype=torch.float64))


def seeded_randn(torch):
    torch.manual_seed(42)
    print(torch.randn(3))
    print(torch.randn(2, 10))
    print(torch.randn(4, 5))


def seeded_integers(torch):
    torch.manual_seed(1)
    print(torch.randint(0, 10, (5,)), torch.randperm(6), torch.randint(3, (2, 2)))


def seeded_in_place(torch):
    torch.manual_seed(3)
    print(torch.zeros(3).uniform_(-1, 1), torch.zeros(3).normal_(1, 2))


def seed_repeats(torch):
    torch.manual_seed(7)
    a = torch.rand(4)
    torch.manual_seed(7)
    print(torch.equal(a, torch.rand(4)))


def rand_like_and_normal(torch):
    torch.manual_seed(0)
    print(torch.randn_like(torch.zeros(3)), torch.rand_like(torch.zeros(2)))
    print(torch.normal(0.0, 1.0, (3,)), torch.bernoulli(torch.full((5,), 0.5)))


def manual_seed_returns_a_generator(torch):
    print(type(torch.manual_seed(0)).__name__, torch.initial_seed())


def from_numpy_dtypes(torch):
    import numpy as np

    for kind in (np.float32, np.float64, np.int32, np.int64, np.uint8, bool):
        print(torch.from_numpy(np.ones(2, dtype=kind)))
    print(torch.tensor(np.float64(2.0)), torch.tensor(np.arange(3)), torch.as_tensor([1.0]))


def as_tensor_shares_arrays(torch):
    import numpy as np

    a = np.zeros(2)
    t = torch.as_tensor(a)
    t[0] = 1
    print(a, torch.as_tensor(t) is t)


def random_with_requires_grad(torch):
    torch.manual_seed(0)
    x = torch.randn(2, requires_grad=True)
    print(x, x.is_leaf)
    print(torch.rand(1, requires_grad=True), torch.zeros(1, requires_grad=True))


def meshgrid_and_tril(torch):
    a, b = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
    print(a, b)
    print(torch.tril(torch.ones(2, 2)), torch.triu(torch.ones(2, 2)))


def one_hot_and_bincount(torch):
    print(torch.nn.functional.one_hot(torch.tensor([0, 2]), 3))


def equality_helpers(torch):
    a = torch.tensor([1.0, 2.0])
    print(torch.equal(a, a.clone()), torch.allclose(a, a + 1e-9), a.eq(2), (a == 2).any())
    print((a == a).all(), torch.isclose(a, torch.tensor([1.0, 3.0])))


def bad_sizes(torch):
    attempt(lambda: torch.ones("a"))
    attempt(lambda: torch.ones(1.5))
    attempt(lambda: torch.eye(-1))


def device_argument(torch):
    x = torch.ones(1, device="cpu")
    print(x.device, torch.device("cpu"), torch.cuda.is_available())
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    print(x.to(device) is x, device.type)
