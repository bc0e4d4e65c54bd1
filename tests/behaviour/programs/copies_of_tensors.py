"""Copies of tensors, shallow, deep and pickled: what goes along and what stays behind."""

import copy
import io
import pickle

from tests.behaviour.helpers import warned


def _tensors(torch):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    x.mine = 3
    x.grad = torch.ones(2, 3)
    yield x
    yield x * 2
    yield x[:, 1:]
    with torch.no_grad():
        yield x.t()
    y = torch.ones(2)
    yield y.add_(1)
    yield torch.tensor(3.0)


def _show(found, x):
    print(found.tolist(), found.stride(), found.storage_offset(), found._version, found._is_view())
    print(found.is_leaf, found.requires_grad, found.grad, getattr(found, "mine", None))
    print(found.data_ptr() == x.data_ptr())


def shallow(torch):
    for x in _tensors(torch):
        found = copy.copy(x)
        _show(found, x)
        with torch.no_grad():
            found.add_(1)
        print(found._version, x._version, x.tolist())


def pickled(torch):
    for x in _tensors(torch):
        found = pickle.loads(pickle.dumps(x))
        print(found, found._version, found._is_view(), found.is_leaf, found.grad)


def of_parameters(torch):
    p = torch.nn.Parameter(torch.ones(2))
    p.grad = torch.ones(2)
    p.mine = 3
    with torch.no_grad():
        p.add_(1)
    for make in (copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))):
        found = make(p)
        print(type(found).__name__)
        _show(found, p)


def of_tensors_with_hooks(torch):
    def hook(grad):
        print("hook")

    x = torch.ones(2, requires_grad=True)
    y = x * 2
    quiet = torch.ones(2, requires_grad=True)
    x.register_hook(hook)
    y.register_hook(hook)
    quiet.register_hook(torch.utils.hooks.unserializable_hook(lambda grad: print("quiet")))
    x.register_post_accumulate_grad_hook(lambda x: print("accumulated"))
    for tensor in (x, y, quiet):
        found = warned(lambda tensor=tensor: copy.copy(tensor))
        found.sum().backward()
        print(found.grad)
        warned(lambda tensor=tensor: pickle.dumps(tensor) and None)
        warned(lambda tensor=tensor: torch.save(tensor, io.BytesIO()))
    warned(lambda: copy.deepcopy(x))
    p = torch.nn.Parameter(x)
    p.register_hook(hook)
    warned(lambda: copy.copy(p))
