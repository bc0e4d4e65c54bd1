"""Version counters: who shares them and what bumps them."""

from tests.behaviour.helpers import attempt


def each_in_place_bumps_once(torch):
    x = torch.zeros(3)
    print(x._version)
    x.add_(1)
    x.mul_(2)
    print(x._version)
    x[0] = 1
    print(x._version)


def out_of_place_does_not_bump(torch):
    x = torch.zeros(3)
    _ = x + 1
    print(x._version)


def views_share_the_counter(torch):
    x = torch.zeros(4)
    v = x.view(2, 2)
    v.add_(1)
    print(x._version, v._version, x[0]._version)


def detach_shares_the_counter(torch):
    x = torch.zeros(4)
    d = x.detach()
    d.add_(1)
    print(x._version, d._version)


def data_has_its_own_counter(torch):
    x = torch.zeros(4)
    d = x.data
    d.add_(1)
    print(x._version, d._version, x)


def no_grad_bumps_too(torch):
    x = torch.zeros(4, requires_grad=True)
    with torch.no_grad():
        x.add_(1)
    print(x._version)


def clone_starts_again(torch):
    x = torch.zeros(4).add_(1)
    print(x._version, x.clone()._version)


def setting_data_keeps_the_counter(torch):
    x = torch.zeros(2).add_(1)
    x.data = torch.ones(2)
    print(x._version, x)


def setting_data_of_a_leaf(torch):
    w = torch.zeros(2, requires_grad=True)
    w.data = torch.tensor([5.0, 6.0])
    (w * 2).sum().backward()
    print(w, w.grad)


def setting_data_of_another_shape(torch):
    w = torch.zeros(2)
    w.data = torch.ones(3)
    print(w.shape)


def augmented_assignment_bumps(torch):
    x = torch.zeros(2)
    x += 1
    x -= 1
    x *= 2
    print(x._version)


def grad_counter_grows_while_accumulating(torch):
    x = torch.zeros(2, requires_grad=True)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    print(x.grad)


def message_names_both_versions(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.sigmoid()
    y.add_(1)
    y.add_(1)
    try:
        y.sum().backward()
    except RuntimeError as error:
        text = str(error)
        print("is at version 2; expected version 0 instead" in text)
        print("[torch.FloatTensor [2]]" in text, "SigmoidBackward0" in text)


def numpy_write_does_not_bump(torch):
    x = torch.zeros(2)
    x.numpy()[0] = 3
    print(x, x._version)


def from_numpy_shares_memory(torch):
    import numpy as np

    a = np.zeros(2, dtype=np.float32)
    t = torch.from_numpy(a)
    a[0] = 5
    t[1] = 6
    print(t, a)


def tensor_copies_its_argument(torch):
    import numpy as np

    a = np.zeros(2)
    t = torch.tensor(a)
    a[0] = 5
    print(t)


def requires_grad_toggle_does_not_bump(torch):
    x = torch.zeros(2)
    x.requires_grad_()
    print(x._version)


def unversioned_read_in_no_grad(torch):
    x = torch.zeros(2, requires_grad=True)
    y = x.exp()
    with torch.no_grad():
        y.mul_(3)
    print(y._version, y.grad_fn.name())
    attempt(lambda: y.sum().backward())


def increment_version(torch):
    x = torch.zeros(2)
    torch.autograd.graph.increment_version(x)
    print(x._version)


def unsafe_version_context(torch):
    x = torch.zeros(2, requires_grad=True)
    y = x.exp()
    with torch.autograd._unsafe_preserve_version_counter(y):
        with torch.no_grad():
            y.mul_(3)
    print(y._version)
