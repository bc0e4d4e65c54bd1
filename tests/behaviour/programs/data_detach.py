"""detach, .data, numpy and item: ways out of the graph."""

from tests.behaviour.helpers import attempt, warned


def detach_shares_memory_without_history(torch):
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).detach()
    print(y, y.requires_grad, y.grad_fn, y.is_leaf)


def detach_stops_the_gradient(torch):
    x = torch.tensor(3.0, requires_grad=True)
    (x.detach() * x).backward()
    print(x.grad)


def data_is_not_the_same_object(torch):
    x = torch.ones(2, requires_grad=True)
    print(x.data is x, x.data.requires_grad, x.data.data_ptr() == x.data_ptr())


def write_through_data(torch):
    x = torch.ones(2, requires_grad=True)
    x.data[0] = 7
    x.data += 1
    print(x)


def numpy_of_leaf_is_refused(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: x.numpy())
    attempt(lambda: (x * 2).numpy())
    print(x.detach().numpy(), x.data.numpy(), x.numpy(force=True))


def numpy_shares_memory(torch):
    x = torch.zeros(2)
    a = x.numpy()
    x.add_(1)
    a[0] = 5
    print(x, a, a.dtype)


def numpy_functions_on_tensors(torch):
    import numpy as np

    x = torch.tensor([1.0, 4.0])
    print(np.sqrt(x), np.asarray(x), np.array(x).dtype)
    attempt(lambda: np.asarray(torch.ones(2, requires_grad=True)))


def item_of_leaf_is_fine(torch):
    x = torch.tensor(2.5, requires_grad=True)
    print(x.item(), (x * 2).item(), type(x.item()).__name__)
    print(torch.tensor(3).item(), torch.tensor(True).item())


def tolist(torch):
    print(torch.tensor([[1.0, 2.0], [3.0, 4.5]], requires_grad=True).tolist())
    print(torch.tensor(1.5).tolist(), torch.tensor([1, 2]).tolist(), torch.tensor([True]).tolist())


def float_of_grad_tensor(torch):
    x = torch.tensor(2.5, requires_grad=True)
    print(float(x.detach()), int(x.detach()), bool(x), complex(x.detach()))


def float_of_grad_tensor_warning(torch):
    x = torch.tensor(2.5, requires_grad=True)
    print(warned(lambda: float(x)))


def format_of_tensors(torch):
    x = torch.tensor(2.5, requires_grad=True)
    print(f"{x.item():.3f}", f"{x.detach():.3f}", f"{torch.tensor(3)}", f"{torch.ones(2)}")
    print(f"{x}")


def clone_keeps_the_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    y[0] = 5
    y.sum().backward()
    print(x, x.grad, y.grad_fn.name())


def detach_then_requires_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).detach().requires_grad_()
    (y * 3).sum().backward()
    print(x.grad, y.grad)


def collecting_losses(torch):
    w = torch.tensor(1.0, requires_grad=True)
    losses = []
    for _ in range(3):
        loss = (w * 2) ** 2
        losses.append(loss.item())
    print(losses)


def deepcopy_of_leaf_and_result(torch):
    import copy

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = copy.deepcopy(x)
    print(c, c is x, c.requires_grad)
    attempt(lambda: copy.deepcopy(x * 2))


def deepcopy_keeps_grad(torch):
    import copy

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    c = copy.deepcopy(x)
    x.grad.zero_()
    print(c.grad)


def pickle_round_trip(torch):
    import pickle

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = pickle.loads(pickle.dumps(x))
    print(y, y.requires_grad)


def zeros_like_does_not_inherit_requires_grad(torch):
    x = torch.ones(2, requires_grad=True)
    print(torch.zeros_like(x), torch.ones_like(x), torch.empty_like(x).requires_grad)
    print(torch.ones_like(x, requires_grad=True))


def new_tensors_from_old(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    print(x.new_zeros(2), x.new_tensor([1, 2]), x.new_ones(1), x.new_full((1,), 3))


def hash_and_identity(torch):
    a, b = torch.ones(1), torch.ones(1)
    print(len({a, b, a}), a in [a], hash(a) == id(a))
