"""Saved tensors: hooks, packing, checkpointing, mutation."""

from tests.behaviour.helpers import attempt


def hooks_pack_and_unpack(torch):
    def pack(t):
        print("pack", t)
        return t

    def unpack(t):
        print("unpack", t)
        return t

    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = x * x
    print("built")
    y.sum().backward()
    print(x.grad)


def hooks_change_what_is_saved(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 100, lambda t: t):
        y = x.exp() * 0 + x**2
    y.sum().backward()
    print(x.grad)


def hooks_apply_to_what_is_saved_inside_only(torch):
    packed = []
    x = torch.tensor([2.0], requires_grad=True)
    a = x.exp()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
        b = a.sin()
        c = b + 1
    d = c.exp()
    print(len(packed))
    d.backward()


def pack_to_a_python_object(torch):
    store = {}

    def pack(t):
        key = len(store)
        store[key] = t.detach().clone()
        return key

    x = torch.tensor([2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, store.__getitem__):
        y = x.exp().sin()
    y.backward()
    print(sorted(store), x.grad)


def innermost_hooks_win(torch):
    x = torch.tensor([2.0], requires_grad=True)
    with (
        torch.autograd.graph.saved_tensors_hooks(lambda t: print("outer") or t, lambda t: t),
        torch.autograd.graph.saved_tensors_hooks(lambda t: print("inner") or t, lambda t: t),
    ):
        x.exp()
    print("done")


def save_on_cpu(torch):
    x = torch.tensor([2.0], requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = x**3
    y.backward()
    print(x.grad)


def hooks_disabled(torch):
    x = torch.tensor([2.0], requires_grad=True)

    def use():
        with torch.autograd.graph.disable_saved_tensors_hooks("not here, please"):
            with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
                x.exp()

    attempt(use)


def allow_mutation(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        z = (y**2).sum()
        y.zero_()
        z.backward()
    print(x.grad)


def checkpoint(torch):
    from_util = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def block(t):
        print("run", torch.is_grad_enabled())
        return t.exp().sin()

    y = from_util(block, x, use_reentrant=False)
    y.sum().backward()
    print(x.grad)


def checkpoint_reentrant(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def block(t):
        print("run", torch.is_grad_enabled())
        return t.exp().sin()

    y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=True)
    print(y.grad_fn.name())
    y.sum().backward()
    print(x.grad)


def saved_leaf_is_the_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    saved = y.grad_fn._saved_self
    print(saved.requires_grad, saved.is_leaf, saved is x)


def saved_result_has_the_grad_fn(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    saved = y.grad_fn._saved_result
    print(saved is y, saved.grad_fn is y.grad_fn, saved.requires_grad)


def result_dies_without_the_collector(torch):
    import gc
    import weakref

    gc.disable()
    try:
        x = torch.ones(3, requires_grad=True)
        y = x.exp()
        seen = weakref.ref(y)
        del y
        print(seen() is None)
    finally:
        gc.enable()


def output_dies_after_backward(torch):
    import gc
    import weakref

    gc.disable()
    try:
        x = torch.ones(3, requires_grad=True)
        h = (x * 2).sigmoid()
        seen = weakref.ref(h)
        loss = h.sum()
        del h
        loss.backward()
        print(seen() is None)
    finally:
        gc.enable()


def unpack_hook_raises(torch):
    x = torch.tensor([1.0], requires_grad=True)

    def unpack(t):
        raise OSError("the file is gone")

    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
        y = x.exp()
    attempt(lambda: y.backward())


def unpack_returns_nonsense(torch):
    x = torch.tensor([1.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 5):
        y = x.exp()
    attempt(lambda: y.backward())


def what_a_linear_layer_shows(torch):
    x = torch.zeros(2, 4)
    layer = torch.nn.Linear(4, 3)
    for inputs in (x, x.clone().requires_grad_(), torch.zeros(4, 2, requires_grad=True).t()):
        node = layer(inputs).grad_fn
        print([name for name in dir(node) if name.startswith("_saved_")])
        print(node._saved_mat1_sym_sizes, node._saved_mat1_sym_strides)
        print(node._saved_mat2_sym_sizes, node._saved_mat2_sym_strides)


def what_indexing_shows(torch):
    x, at = torch.zeros(2, 2, 2, requires_grad=True), torch.tensor([0, 1])
    for y in (x[at], x[:, at], x[..., at], x[at, :, at]):
        print(y.grad_fn._saved_indices, len(y.grad_fn._raw_saved_indices))
    print(x[1:].grad_fn._saved_end, x[:-1].grad_fn._saved_end)


def what_normalization_shows(torch):
    x = torch.arange(12.0, dtype=torch.float64).view(4, 3).requires_grad_()
    for layer in (torch.nn.BatchNorm1d(3).double(), torch.nn.GroupNorm(1, 3).double()):
        node = layer(x).grad_fn
        print(node._saved_result1.detach(), node._saved_result2.detach())
    print(node._saved_N, node._saved_C, node._saved_HxW, node._saved_group)
