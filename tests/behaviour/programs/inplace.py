"""In-place operations: what they do to the graph, and what is refused."""

from tests.behaviour.helpers import attempt, chain


def leaf_in_place_is_refused(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: x.add_(1))
    attempt(lambda: x.mul_(2))
    attempt(lambda: x.zero_())
    attempt(lambda: x.fill_(3))
    print(x)


def leaf_augmented_assignment_is_refused(torch):
    x = torch.ones(2, requires_grad=True)

    def change():
        y = x
        y += 1

    attempt(change)


def leaf_item_assignment_is_refused(torch):
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: x.__setitem__(0, 5))


def leaf_in_place_under_no_grad(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        x.add_(1)
        x -= 0.5
    print(x, x.is_leaf, x._version)


def in_place_on_intermediate(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.add_(1)
    print(y.grad_fn.name(), chain(y.grad_fn))
    y.sum().backward()
    print(x.grad)


def augmented_assignment_is_in_place(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    before = y
    y += 1
    y *= 3
    y -= 1
    y /= 2
    print(y is before, y, y.grad_fn.name())
    y.sum().backward()
    print(x.grad)


def power_augmented(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * 1
    y **= 2
    print(y, y.grad_fn.name())
    y.sum().backward()
    print(x.grad)


def overwritten_saved_tensor(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.add_(1)
    attempt(lambda: y.sum().backward())


def overwritten_input_of_mul(torch):
    x = torch.ones(2, requires_grad=True)
    a = x * 2
    b = a * a
    a.add_(1)
    attempt(lambda: b.sum().backward())


def overwritten_but_not_saved(torch):
    x = torch.ones(2, requires_grad=True)
    a = x * 2
    b = a + 1
    a.mul_(100)
    b.sum().backward()
    print(x.grad)


def overwritten_constant(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.tensor([2.0, 3.0])
    y = x * c
    c.zero_()
    attempt(lambda: y.sum().backward())


def overwritten_through_data_goes_unnoticed(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.tensor([2.0, 3.0])
    y = x * c
    c.data.zero_()
    y.sum().backward()
    print(x.grad)


def overwritten_through_detach_is_noticed(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.tensor([2.0, 3.0])
    y = x * c
    c.detach().zero_()
    attempt(lambda: y.sum().backward())


def overwritten_through_a_view_is_noticed(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.tensor([2.0, 3.0])
    y = x * c
    c[0] = 7
    attempt(lambda: y.sum().backward())


def relu_in_place(torch):
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = (x * 1).relu_()
    y.sum().backward()
    print(y, x.grad)


def sigmoid_saves_its_result(torch):
    x = torch.tensor([0.0], requires_grad=True)
    y = x.sigmoid()
    y.mul_(2)
    attempt(lambda: y.sum().backward())


def sum_then_change_input(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    s = y.sum()
    y.zero_()
    s.backward()
    print(x.grad)


def leaf_changed_between_forward_and_backward(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w**2).sum()
    with torch.no_grad():
        w += 1
    attempt(lambda: loss.backward())


def leaf_data_changed_between_forward_and_backward(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w**2).sum()
    w.data.add_(1)
    loss.backward()
    print(w.grad)


def plain_becomes_differentiable(torch):
    x = torch.ones(2, requires_grad=True)
    t = torch.zeros(2)
    t.add_(x)
    print(t.requires_grad, t.grad_fn.name())
    (t * 3).sum().backward()
    print(x.grad)


def in_place_chain_repr(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.clone().mul_(2).add_(1).neg_()
    print(y)


def copy_in_place(torch):
    x = torch.ones(2, requires_grad=True)
    t = torch.zeros(2)
    t.copy_(x * 3)
    print(t, t.grad_fn.name())
    t.sum().backward()
    print(x.grad)


def fill_cuts_the_gradient(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.fill_(5)
    print(y, y.grad_fn.name())
    y.sum().backward()
    print(x.grad)


def zero_in_place_of_intermediate(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.zero_()
    y.sum().backward()
    print(y, x.grad)


def masked_fill_in_place(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y.masked_fill_(x > 1.5, 0.0)
    print(y)
    y.sum().backward()
    print(x.grad)


def clamp_in_place(torch):
    x = torch.tensor([-1.0, 0.5, 3.0], requires_grad=True)
    y = (x * 1).clamp_(0, 1)
    y.sum().backward()
    print(y, x.grad)


def in_place_result_must_keep_dtype(torch):
    i = torch.tensor([1, 2])
    attempt(lambda: i.add_(0.5))
    attempt(lambda: i.mul_(torch.tensor([0.5, 0.5])))
    attempt(lambda: i.div_(2))


def in_place_result_must_keep_shape(torch):
    t = torch.ones(2)
    attempt(lambda: t.add_(torch.ones(3, 2)))
    attempt(lambda: t.add_(torch.ones(3)))


def sub_and_div_in_place(torch):
    t = torch.tensor([4.0, 6.0])
    t.sub_(1).div_(2)
    print(t)
    t.sub_(t, alpha=0.5)
    print(t)


def add_with_alpha(torch):
    w = torch.tensor([1.0, 2.0])
    g = torch.tensor([10.0, 20.0])
    print(w.add_(g, alpha=-0.5), torch.add(w, g, alpha=2))


def addcmul_addcdiv(torch):
    w = torch.tensor([1.0, 2.0])
    a, b = torch.tensor([3.0, 4.0]), torch.tensor([2.0, 8.0])
    print(w.addcmul_(a, b, value=0.5))
    print(w.addcdiv_(a, b, value=-1))


def mul_in_place_by_itself(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x + 0
    attempt(lambda: y.mul_(y))
    attempt(lambda: y.sum().backward())


def in_place_on_saved_leaf_under_no_grad_then_backward_add(torch):
    w = torch.tensor([1.0], requires_grad=True)
    loss = (w + 2).sum()
    with torch.no_grad():
        w.add_(5)
    loss.backward()
    print(w, w.grad)


def detach_in_place(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.detach_()
    print(y.requires_grad, y.grad_fn, y.is_leaf)


def detach_in_place_of_a_view(torch):
    x = torch.ones(2, requires_grad=True)
    y = (x * 2)[:1]
    attempt(lambda: y.detach_())


def exponent_changed(torch):
    x = torch.tensor([2.0], requires_grad=True)
    e = torch.tensor([3.0])
    y = x**e
    e.add_(1)
    attempt(lambda: y.backward())


def uniform_and_normal_on_leaf(torch):
    x = torch.zeros(2, requires_grad=True)
    attempt(lambda: x.uniform_())
    attempt(lambda: x.normal_())
