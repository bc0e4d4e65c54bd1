"""Memory formats: channels last, and how it goes through copies, operations and layers."""

import copy

from tests.behaviour.helpers import attempt


def _images(torch):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 5)
    return x, x.to(memory_format=torch.channels_last)


def _strides(torch, x):
    last = x.is_contiguous(memory_format=torch.channels_last)
    print(tuple(x.shape), x.stride(), x.is_contiguous(), last)


def tensors_are_brought_into_a_format(torch):
    x, y = _images(torch)
    for tensor in (
        y,
        x.contiguous(memory_format=torch.channels_last),
        x.clone(memory_format=torch.channels_last),
        x.double(memory_format=torch.channels_last),
        x.to(torch.float64, memory_format=torch.channels_last),
        y.contiguous(),
        y.to(memory_format=torch.contiguous_format),
        y.to(memory_format=torch.preserve_format),
        y.clone(),
        y.clone(memory_format=torch.contiguous_format),
        y.half(),
        y.type(torch.float64),
        copy.deepcopy(y),
    ):
        _strides(torch, tensor)
    print(y.to(memory_format=torch.channels_last) is y)
    print(y.contiguous(memory_format=torch.channels_last) is y, y.contiguous() is y)
    print(torch.equal(x, y), y.to(memory_format=torch.contiguous_format).equal(x))


def volumes_have_a_format_of_their_own(torch):
    z = torch.zeros(2, 3, 4, 5, 6).to(memory_format=torch.channels_last_3d)
    print(z.stride(), z.is_contiguous(memory_format=torch.channels_last_3d))
    print(z.is_contiguous(memory_format=torch.channels_last), z.is_contiguous())


def sizes_of_one_can_be_read_both_ways(torch):
    for shape in ((2, 1, 4, 5), (2, 3, 1, 1), (1, 3, 4, 5), (1, 1, 1, 1)):
        x = torch.zeros(shape)
        _strides(torch, x)
        _strides(torch, x.to(memory_format=torch.channels_last))
        _strides(torch, x.contiguous(memory_format=torch.channels_last))
        _strides(torch, x.clone(memory_format=torch.channels_last))


def new_tensors_take_a_format(torch):
    x, y = _images(torch)
    last = torch.channels_last
    for tensor in (
        torch.empty(2, 3, 4, 5, memory_format=last),
        torch.zeros_like(y),
        torch.empty_like(y),
        torch.randn_like(y),
        torch.full_like(y, 2.0),
        torch.ones_like(y, memory_format=torch.contiguous_format),
        torch.full_like(y, 2.0, memory_format=torch.contiguous_format),
        torch.rand_like(y, memory_format=torch.contiguous_format),
        torch.ones_like(x, memory_format=last),
        torch.full_like(x, 3.0, memory_format=last),
        torch.rand_like(x, memory_format=last),
        torch.randint_like(x, 3, memory_format=last),
        torch.empty(0).resize_(2, 3, 4, 5, memory_format=last),
    ):
        _strides(torch, tensor)
    attempt(lambda: torch.zeros(2, 3, 4, 5, memory_format=last))


def formats_are_refused(torch):
    x, y = _images(torch)
    attempt(lambda: x[0].to(memory_format=torch.channels_last))
    attempt(lambda: x[0].contiguous(memory_format=torch.channels_last))
    attempt(lambda: x.to(memory_format=torch.channels_last_3d))
    attempt(lambda: torch.empty(3, 4, memory_format=torch.channels_last))
    attempt(lambda: y.contiguous(memory_format=torch.preserve_format))
    attempt(lambda: x.is_contiguous(memory_format=3))
    attempt(lambda: y.view(-1))
    print(x[0].is_contiguous(memory_format=torch.channels_last))


def operations_keep_the_format(torch):
    x, y = _images(torch)
    where = torch.where(y > 0, y, x)
    for result in (
        y + y,
        y + 1,
        y * torch.tensor(2.0),
        y + torch.randn(3, 1, 1),
        torch.randn(3, 1, 1) + y,
        y.exp(),
        y > 0,
        x + y,
        where,
        y.clamp(0),
        y.flip(1),
        torch.addcmul(y, x, y),
        torch.cat([y, y], 1),
    ):
        _strides(torch, result)


def layers_keep_the_format(torch):
    f = torch.nn.functional
    x, y = _images(torch)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU())
    _strides(torch, net(y))
    net = net.to(memory_format=torch.channels_last)
    print([p.stride() for p in net.parameters()])
    _strides(torch, net(y))
    _strides(torch, net(x))
    _strides(torch, net.eval()(y))
    for result in (
        f.relu(y),
        f.gelu(y),
        f.leaky_relu(y),
        f.dropout(y, 0.5),
        f.softmax(y, 1),
        f.max_pool2d(y, 2),
        f.avg_pool2d(y, 2),
        f.adaptive_avg_pool2d(y, (2, 2)),
        f.adaptive_max_pool2d(y, 2),
        f.interpolate(y, scale_factor=2),
        f.interpolate(y, scale_factor=2, mode="bilinear"),
        f.group_norm(y, 3),
        f.pad(y, (1, 1, 1, 1)),
        f.conv_transpose2d(y, torch.randn(3, 2, 2, 2)),
    ):
        _strides(torch, result)


def gradients_lie_as_their_leaves(torch):
    x, y = _images(torch)
    x.requires_grad_()
    last = x.to(memory_format=torch.channels_last)
    print(last.grad_fn.name(), x.contiguous(memory_format=torch.channels_last).grad_fn.name())
    (last * 2).sum().backward()
    _strides(torch, x.grad)
    leaf = y.requires_grad_()
    (leaf * 3).sum().backward()
    _strides(torch, leaf.grad)
    leaf.grad = None
    torch.nn.functional.conv2d(leaf, torch.ones(4, 3, 3, 3)).sum().backward()
    _strides(torch, leaf.grad)
    print(leaf.grad[0, 0])


def the_formats_print(torch):
    print(torch.channels_last, torch.contiguous_format, repr(torch.preserve_format))
    x = torch.arange(8.0).view(1, 2, 2, 2).contiguous(memory_format=torch.channels_last)
    print(x, x.storage_offset(), x.untyped_storage().nbytes())


def what_is_made_of_an_expanded_tensor(torch):
    F = torch.nn.functional
    for x in (torch.ones(3).expand(2, 3), torch.ones(2, 1, 3).expand(2, 4, 3).transpose(0, 1)):
        for made in (
            x.sin(),
            x.exp(),
            x.tanh(),
            x * 2,
            x.clone(),
            x.masked_fill(x > 0, 1.0),
            torch.zeros_like(x),
            torch.full_like(x, 2),
            torch.rand_like(x),
            F.dropout(x),
        ):
            print(made.stride(), made.is_contiguous())
