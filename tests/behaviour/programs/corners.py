"""Corners of the engine: stale views, modes, what is saved, and which of two errors comes first."""

from tests.behaviour.helpers import attempt, chain, edges


def leaf_told_to_require_grad_after_its_view(torch):
    x = torch.tensor([1.0, 2.0])
    v = x[:1]
    x.requires_grad_()
    print(v.requires_grad, v.grad_fn, v.is_leaf)
    y = v * 2
    print(y.requires_grad, y.grad_fn.name(), edges(y.grad_fn))
    y.sum().backward()
    print(x.grad, v.grad)


def backward_from_a_view_made_before_its_base_requires_grad(torch):
    x = torch.tensor([1.0, 2.0])
    v = x[:1]
    x.requires_grad_()
    attempt(lambda: v.sum().backward())
    attempt(lambda: v.backward())
    attempt(lambda: torch.autograd.grad(v.sum(), x))
    print(torch.autograd.grad(v.sum(), x, allow_unused=True))
    attempt(lambda: torch.autograd.grad(v.sum(), v))


def stale_view_of_a_base_that_needs_no_gradient_any_more(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    v = x.mT
    x.requires_grad_(False)
    x[0, 0] = 5
    print(v.grad_fn.name(), edges(v.grad_fn))
    (v * v).sum().backward()
    print(x.grad)


def stale_view_says_whether_it_is_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([1.0, 2.0])
    v = y[:1]
    y.mul_(x)
    print(v.is_leaf, v.requires_grad)
    print(v.grad_fn.name(), v.is_leaf)


def flags_of_a_stale_view_of_several(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True) * 1
    v = x.unbind(0)[0]
    x.mul_(2)
    attempt(lambda: v.requires_grad_(False))
    attempt(lambda: v.grad_fn)
    attempt(lambda: v.is_leaf)
    attempt(lambda: v[0, 0])
    attempt(lambda: v.unbind(3))
    attempt(lambda: v.requires_grad_())


def refused_write_before_a_bad_index(torch):
    x = torch.tensor(1.5, requires_grad=True)
    attempt(lambda: x.index_put_((torch.tensor([0]),), x))
    y = torch.ones(2, requires_grad=True)
    attempt(lambda: y.index_add_(0, torch.tensor([5]), y))
    attempt(lambda: y.index_copy_(0, torch.tensor([5]), y))
    attempt(lambda: y.mul_(torch.ones(3)))
    attempt(lambda: y.scatter_(0, torch.tensor([5]), 1.0))
    attempt(lambda: y.squeeze_(4))


def write_into_a_stretched_tensor_without_history(torch):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    v = x.expand(2, 3)
    attempt(lambda: v.detach().add_(1))
    attempt(lambda: v.data.add_(1))


def detach_in_place_in_inference_mode(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    with torch.inference_mode():
        x.detach_()
        y.detach_()
    print(x.requires_grad, y.requires_grad, y.grad_fn.name())
    with torch.no_grad():
        y.detach_()
    print(y.requires_grad)


def detach_of_an_inference_tensor(torch):
    with torch.inference_mode():
        x = torch.ones(2)
        y = x.detach()
    z = x.detach()
    w = x[0]
    print(y.is_inference(), z.is_inference(), w.is_inference(), x.data.is_inference())
    attempt(lambda: z._version)
    attempt(lambda: z.add_(1))
    attempt(lambda: z.requires_grad_())


def inference_tensor_is_written_before_it_is_refused(torch):
    with torch.inference_mode():
        x = torch.ones(3)
        y = torch.ones(3)
    w = torch.ones(3, requires_grad=True)
    attempt(lambda: x.add_(1))
    print(x)
    attempt(lambda: x.zero_())
    print(x)
    attempt(lambda: y.mul_(w))
    print(y)
    with torch.no_grad():
        attempt(lambda: y.mul_(w * 3))
    print(y)
    attempt(lambda: x.copy_(w))
    print(x)
    attempt(lambda: x.__setitem__(0, 7.0))
    print(x)


def gradient_made_in_inference_mode_is_added_to(torch):
    x = torch.ones(2, requires_grad=True)
    y = (x * 3).sum()
    with torch.inference_mode():
        y.backward()
    print(x.grad, x.grad.is_inference())
    attempt(lambda: (x * 2).sum().backward())
    print(x.grad)


def inference_tensors_under_saved_tensor_hooks(torch):
    with torch.inference_mode():
        i = torch.ones(2)
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        attempt(lambda: x * i)
        attempt(lambda: torch.logaddexp(i, x))


def operand_that_is_its_target_is_packed_before_the_change(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)

    def pack(tensor):
        print("pack", tensor.tolist())
        return tensor.detach().clone()

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        y = x * 1
        y.mul_(y)
        y.addcmul_(y, x)
        z = y[:1]
        attempt(lambda: y.mul_(z))
        y.exp_()
        attempt(lambda: y.div_(y[1]))
    y.sum().backward()
    print(x.grad)


def root_that_is_its_own_input_counts_for_no_multi_grad_hook(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    y.retain_grad()
    graph = torch.autograd.graph
    graph.register_multi_grad_hook([x, x], lambda g: print("x x", g))
    graph.register_multi_grad_hook([x, y], lambda g: print("x y", g))
    graph.register_multi_grad_hook([y, y], lambda g: print("y y", g))
    x.backward(torch.ones(2), inputs=[x])
    x.backward(torch.ones(2))
    y.backward(torch.ones(2), inputs=[x])
    y = x * 1
    y.backward(torch.ones(2), inputs=[y])


def comparison_in_place_cuts_the_history(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for name in ["eq_", "ne_", "lt_", "le_", "gt_", "ge_"]:
        y = x * 1
        getattr(y, name)(1.5)
        print(name, y.requires_grad, y.grad_fn.name(), edges(y.grad_fn))
        y.sum().backward()
        print(x.grad)
    for name in ["eq_", "lt_"]:
        y = x * 1
        getattr(y, name)(x)
        print(name, y.grad_fn.name(), edges(y.grad_fn))
        y = torch.ones(2)
        getattr(y, name)(x)
        print(y.requires_grad, y.grad_fn)
        attempt(lambda name=name: getattr(x, name)(1))


def logical_in_place_on_history(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for name in ["logical_not_"]:
        y = x * 1
        getattr(y, name)()
        print(name, y.requires_grad, y.grad_fn.name())
    for name in ["logical_and_", "logical_or_", "logical_xor_"]:
        y = x * 1
        getattr(y, name)(x)
        print(name, y.requires_grad, y.grad_fn.name())


def gather_take_and_select_keep_self(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    calls = [
        lambda y: y.gather(0, torch.tensor([0, 1])),
        lambda y: y.take(torch.tensor([0, 1])),
        lambda y: y.masked_select(torch.tensor([True, False, True])),
        lambda y: y[torch.tensor([0, 1])],
        lambda y: y[torch.tensor([True, False, True])],
        lambda y: y.index_select(0, torch.tensor([0])),
        lambda y: y.put(torch.tensor([0]), torch.tensor([1.0])),
        lambda y: y.take_along_dim(torch.tensor([0])),
        lambda y: y.index_fill(0, torch.tensor([0]), 1.0),
        lambda y: y.masked_fill(torch.tensor([True, False, True]), 1.0),
        lambda y: y.scatter(0, torch.tensor([0]), 1.0),
        lambda y: y.sort()[0],
        lambda y: y.max(0)[0],
        lambda y: y.max(),
        lambda y: y.amax(0),
        lambda y: y.median(),
        lambda y: y.topk(1)[0],
        lambda y: y.kthvalue(1)[0],
        lambda y: y.mode()[0],
        lambda y: y.cumsum(0),
        lambda y: y.flip(0),
        lambda y: y.roll(1),
        lambda y: y.repeat(2),
        lambda y: y.diag(),
        lambda y: y.sum(),
        lambda y: y.mean(),
        lambda y: y.unfold(0, 2, 1) * 1,
        lambda y: y.index_add(0, torch.tensor([0]), y[:1] * 1),
        lambda y: y.index_copy(0, torch.tensor([0]), y[:1] * 1),
        lambda y: y.scatter_add(0, torch.tensor([0]), y),
        lambda y: torch.nn.functional.pad(y, (1, 1)),
        lambda y: y.cumprod(0),
        lambda y: y.logcumsumexp(0),
        lambda y: y.trace() if y.dim() == 2 else y.prod(),
    ]
    for i, call in enumerate(calls):
        y = x * 1
        z = call(y)
        y.add_(1)
        print(i, z.grad_fn.name())
        attempt(z.sum().backward)


def boolean_subtraction_is_refused(torch):
    b = torch.tensor([True, False])
    attempt(lambda: b - 1)
    attempt(lambda: 1 - b)
    attempt(lambda: b - True)
    attempt(lambda: 1.5 - b)
    attempt(lambda: b - b)
    attempt(lambda: b - 1.5)
    attempt(lambda: -b)
    attempt(lambda: torch.sub(b, 1))
    attempt(lambda: torch.rsub(b, 1))
    attempt(lambda: b.sub(torch.tensor(1)))
    attempt(lambda: torch.ones(2) - b)
    attempt(lambda: b.sub_(True))


def dtypes_that_operations_refuse(torch):
    b = torch.tensor([True, False, True])
    attempt(lambda: b.topk(1))
    attempt(lambda: torch.cross(torch.ones(3), torch.ones(3, dtype=torch.float64), dim=0))
    attempt(lambda: torch.linalg.cross(torch.ones(3), torch.ones(3, dtype=torch.float64)))
    c = torch.ones(2, dtype=torch.complex64)
    attempt(lambda: c.abs_())
    attempt(lambda: torch.ones(2, dtype=torch.complex64).topk(1))
    attempt(lambda: torch.tensor([1, 2]).cross(torch.tensor([1, 2])))


def half_precision_softmax_of_nothing_and_one(torch):
    for x in [torch.tensor(-1.5), torch.zeros(0), torch.zeros(1, 0), torch.ones(3)]:
        h = x.to(torch.float16)
        print(h.softmax(0).dtype, h.log_softmax(0).dtype, h.logsumexp(0).dtype)


def operands_in_the_memory_that_is_written(torch):
    x = torch.arange(4.0)
    i = torch.tensor([0])
    for call in [
        lambda: x[1:].copy_(x[:-1]),
        lambda: x.copy_(x),
        lambda: x.view(2, 2).add_(x.view(2, 2).T),
        lambda: x.add_(x[0]),
        lambda: x[0].add_(x[0]),
        lambda: x[::2].add_(x[1::2]),
        lambda: x[::2].add_(x[::2]),
        lambda: x.index_add_(0, i, x[1:2]),
        lambda: x.index_copy_(0, torch.tensor([0, 1, 2, 3]), x),
        lambda: x.index_put_((i,), x[0]),
        lambda: x.scatter_(0, i, x),
        lambda: x.scatter_add_(0, i, x),
        lambda: x.masked_fill_(x > 0, x[0]),
        lambda: x.lerp_(x[:1], 0.5),
        lambda: x.addcmul_(x, x[:1]),
        lambda: x.fill_(x[0]),
        lambda: x.put_(i, x[1:2]),
        lambda: x.clamp_(x[:1]),
        lambda: x.__setitem__(slice(1, None), x[:-1]),
        lambda: x.__setitem__(0, x[1]),
        lambda: x.__setitem__(i, x[1]),
        lambda: x.__setitem__(x > 0, x[1]),
        lambda: torch.ones(3).add_(torch.ones(1).expand(3)),
    ]:
        attempt(call)


def values_of_an_assignment_lose_leading_ones_by_a_view(torch):
    x = torch.ones(1, requires_grad=True)
    y = x * 1
    y[torch.tensor([0])] = x * 2
    print(edges(y.grad_fn))
    y = torch.zeros(2, 3) * x
    y[torch.tensor([0, 1])] = torch.ones(1, 3) * x
    print(edges(y.grad_fn))
    y = torch.zeros(2, 3) * x
    y[torch.tensor([True, False])] = torch.ones(1, 1, 3) * x
    print(edges(y.grad_fn))
    y = torch.zeros(2, 3) * x
    y[0] = torch.ones(1, 3) * x
    print(edges(y.grad_fn))


def complex_views_after_a_change(torch):
    x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = x * 1
    r, i, a = y.real, y.imag, torch.view_as_real(y)
    s = y[:1].real
    y.mul_(2)
    for v in (r, i, a, s):
        print(chain(v.grad_fn))
    (r.sum() + 2 * i.sum() + a.sum() + 3 * s.sum()).backward()
    print(x.grad)


def real_part_written_into(torch):
    x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = x * 1
    r = y.real
    r.mul_(2)
    print(chain(r.grad_fn), chain(y.grad_fn))
    y.imag[0] = 5
    print(chain(r.grad_fn), chain(y.grad_fn))
    torch.view_as_real(y).sum().backward()
    print(x.grad)


def index_add_and_copy_of_numbers(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    i = torch.tensor([0])
    s, one = x.sum(), x[:1] * 1
    for call in [
        lambda: torch.index_add(s, 0, i, one),
        lambda: torch.index_add(one, 0, i, s),
        lambda: torch.index_add(s, 0, i, s),
        lambda: torch.index_copy(s, 0, i, one),
        lambda: torch.index_copy(one, 0, i, s),
        lambda: torch.index_copy(s, 0, i, s),
        lambda: torch.index_copy(x * 1, 0, i, s),
        lambda: torch.index_add(torch.ones(2, 1) * x, 0, i, s),
        lambda: torch.index_copy(torch.ones(3, dtype=torch.int64), 0, i, torch.ones(1, 3)),
        lambda: torch.index_copy(torch.ones(3, dtype=torch.int64), 0, i, torch.ones(1)),
    ]:
        y = attempt(call)
        if y is not None:
            print(y)
            y.sum().backward(retain_graph=True)
            print(x.grad)


def version_of_a_fresh_product(torch):
    a, v = torch.ones(2, 3), torch.ones(3)
    print(
        (a @ v)._version,
        (v @ a.T)._version,
        a.mv(v)._version,
        a.T.contiguous().mv(a[:, 0])._version,
    )
    w = torch.ones(2, 3, requires_grad=True)
    print((w @ v)._version, (v @ w.T)._version, torch.nn.functional.linear(v, w)._version)
    print((v @ v)._version, (a @ a.T)._version, torch.nn.functional.linear(a, w)._version)
    print(torch.nn.functional.linear(a, w, torch.ones(2))._version)
    print(
        (torch.ones(2) @ a)._version,
        torch.nn.functional.linear(torch.ones(1), torch.ones(2, 1))._version,
    )
    print(torch.nn.functional.linear(torch.ones(1), torch.ones(2, 1, requires_grad=True))._version)


def empty_operand_of_cat_gets_zeros(torch):
    x = torch.zeros(0, requires_grad=True)
    y = torch.ones(2, 2, requires_grad=True)
    torch.cat([x, y]).sum().backward()
    print(x.grad)
    x = torch.zeros(0, requires_grad=True)
    torch.cat([x, x]).sum().backward()
    print(x.grad)


def masked_write_of_a_value_of_another_dtype(torch):
    x = torch.ones(2, 2)
    x[x > 0] = torch.tensor([True])
    print(x)
    attempt(lambda: x.__setitem__(x > 0, torch.ones(4, dtype=torch.bool)))
    attempt(lambda: x.__setitem__((x > 0)[0], torch.tensor([2])))
    attempt(lambda: x.__setitem__(torch.tensor([0]), torch.tensor([2])))
    print(x)


def clamp_looks_at_shapes_before_types(torch):
    x = torch.ones(3, 3)
    attempt(lambda: torch.clamp(x, x, torch.ones(2, 2, dtype=torch.complex64)))
    attempt(lambda: torch.clamp(x, x, torch.ones(3, 3, dtype=torch.complex64)))


def in_place_on_a_view_told_to_require_grad(torch):
    x = torch.ones(2, 3)
    v = x[:1]
    v.requires_grad_()
    attempt(lambda: v.tanh_())
    attempt(lambda: v.add_(1))
    x = torch.ones(2)
    v = x[:1]
    x.requires_grad_()
    attempt(lambda: v.add_(1))
    attempt(lambda: x.add_(1))


def shape_in_place_of_an_inference_tensor(torch):
    with torch.inference_mode():
        x = torch.ones(2, 3)
        x.t_()
    print(x.shape)
    attempt(lambda: x.t_())
    attempt(lambda: x.data._version)


def assignment_of_itself(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    attempt(lambda: x.__setitem__(None, x))
    attempt(lambda: x.__setitem__(True, x))
    attempt(lambda: x.__setitem__(..., x.T))
    attempt(lambda: x[None].copy_(x))
    print(x)


def adding_a_tensor_to_itself_by_index(torch):
    x = torch.ones(3)
    attempt(lambda: x.scatter_add_(0, torch.tensor([0, 0, 0]), x))
    y = torch.tensor(0.5)
    attempt(lambda: y.__setitem__(y > 0, y))
    z = torch.tensor([0.5])
    attempt(lambda: z.__setitem__(z > 0, z))
    attempt(lambda: x.mul_(x))


def one_number_assigned_to_itself(torch):
    x = torch.tensor([0.5])
    attempt(lambda: x.__setitem__(True, x))
    attempt(lambda: x.__setitem__(None, x))
    attempt(lambda: x.view(1, 1).copy_(x.view(1, 1)))
    y = torch.tensor([[1.0, 2.0, 3.0]])
    i = torch.tensor([0])
    attempt(lambda: y.index_copy_(1, i, y))
    attempt(lambda: y.index_add_(1, i, y))
    e = torch.zeros(0)
    attempt(lambda: e.__setitem__(e > 0, e))
    attempt(lambda: y.add_(y[:, :2]))


def shape_complaint_after_packing(torch):
    x = torch.ones(2, 3, requires_grad=True) * 1
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: print("pack", t.shape) or t, lambda t: t
    ):
        attempt(lambda: x.mul_(torch.ones(4)))
        attempt(lambda: x.mul_(torch.ones(5, 2, 3, requires_grad=True)))


def derivative_of_a_power_when_recorded(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for n in (2, 3, 0.5, -1):
        (g,) = torch.autograd.grad((x**n).sum(), x, create_graph=True)
        print(n, g, edges(g.grad_fn), chain(g.grad_fn.next_functions[1][0]))
        (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
        print(h, edges(h.grad_fn))


def deep_copies_count_one_version(torch):
    import copy

    x = torch.ones(2, requires_grad=True)
    y = copy.deepcopy(x)
    print(y._version, y.requires_grad, y._is_view())


def gradient_edge_of_a_view_without_history(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        v = x[:1]
    attempt(lambda: torch.autograd.graph.get_gradient_edge(v))
    print(torch.autograd.graph.get_gradient_edge(x).output_nr)
