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


def a_saved_tensor_is_detached_in_place(torch):
    functional = torch.nn.functional

    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad_output):
            return grad_output * ctx.saved_tensors[0]

    programs = {
        "sine": lambda a, w: a.sin(),
        "result": lambda a, w: a.exp(),
        "not saved": lambda a, w: a + w,
        "shape only": lambda a, w: a.reshape(1, 2),
        "product": lambda a, w: a * w,
        "of the leaf": lambda a, w: w.cos(),
        "of a view": lambda a, w: a[:1].sin(),
        "of a copy": lambda a, w: torch.cat([a, a]).sin(),
        "matrix": lambda a, w: a @ w,
        "layer": lambda a, w: functional.linear(a, w.expand(3, 2)),
        "layer of a batch": lambda a, w: functional.linear(a.reshape(1, 2), w.expand(3, 2)),
        "power": lambda a, w: a**w,
        "several": lambda a, w: torch.addcmul(w, a, w),
        "custom": lambda a, w: Doubled.apply(a),
    }
    for name, program in programs.items():
        for create_graph in (False, True):
            w = torch.ones(2, requires_grad=True)
            a = w * 2
            y = program(a, w)
            a.detach_()
            print(name)
            gradient = attempt(
                lambda y=y, w=w, create_graph=create_graph: torch.autograd.grad(
                    y.sum(), w, create_graph=create_graph
                )
            )
            if gradient is not None:
                print(gradient[0].tolist())


def a_tensor_lives_on_after_detach_in_place(torch):
    w = torch.ones(2, requires_grad=True)

    def fresh():
        return w * 2

    a = fresh()
    y = a.sin()
    a.detach_().add_(1)
    attempt(y.sum().backward)
    a = fresh()
    y = a.sin()
    a.add_(1).detach_()
    attempt(y.sum().backward)
    a = fresh()
    y = a.sin()
    a.detach_().requires_grad_()
    attempt(y.sum().backward)
    a = fresh().detach_().requires_grad_()
    y = a.sin()
    print(torch.autograd.grad(y.sum(), a))
    y = a.sin()
    a.detach_()
    attempt(y.sum().backward)
    b = a.mul_(w)
    y = b.sin()
    b.detach_()
    attempt(y.sum().backward)
    a = fresh().detach_()
    y = (a * w).sum()
    a.add_(1)
    print(a._version, a.view(2)._version, a.detach()._version)
    attempt(y.backward)
    leaf = torch.ones(2, requires_grad=True)
    y = leaf.sin()
    leaf.detach_()
    attempt(y.sum().backward)
    a = fresh()
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x):
        y = a.sin()
    a.detach_()
    attempt(y.sum().backward)
