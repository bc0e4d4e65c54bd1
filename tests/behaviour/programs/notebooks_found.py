"""What notebooks found in the wild do that no other program here does."""

import copy
import pickle

from tests.behaviour.helpers import attempt, warned


def classes_shown_under_their_public_names(torch):
    x = torch.ones(2)
    public = (x, x.shape, x.dtype, x.device, x.layout, torch.finfo(x.dtype), torch.channels_last)
    for value in public:
        kind = type(value)
        print(kind.__module__ == torch.__name__, kind.__qualname__)
    for value in (*public[:5], torch.nn.Parameter(x)):
        print(pickle.loads(pickle.dumps(value)), copy.deepcopy(value))
    print(pickle.loads(pickle.dumps(torch.Tensor)) is torch.Tensor)


def dimensions_have_no_names(torch):
    attempt(lambda: torch.ones(2, names=("a",)))
    attempt(lambda: torch.ones(2).names)


def pinned_memory_without_an_accelerator(torch):
    loader = warned(lambda: torch.utils.data.DataLoader([1, 2], pin_memory=True))
    for _ in range(2):
        print(warned(lambda: list(loader)))


def states_of_cyclic_schedulers(torch):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, 0.01, 0.1, 3)
    print(scheduler.state_dict())


def parameters_counted_before_their_shape_is_known(torch):
    layers = torch.nn.Sequential(torch.nn.LazyLinear(2), torch.nn.LazyBatchNorm1d())
    attempt(lambda: sum(p.numel() for p in layers.parameters()))
    layers(torch.ones(3, 4))
    print(sum(p.numel() for p in layers.parameters()))


def default_dtypes_that_are_none(torch):
    for kind in (torch.int32, "float", None, float):
        attempt(lambda kind=kind: torch.set_default_dtype(kind))


def products_of_masks(torch):
    mask = torch.tensor([True, False])
    attempt(lambda: mask @ mask)
    print(mask.int() @ mask.int())


def signs_of_zero_in_inverses_of_complex_numbers(torch):
    z = torch.tensor([1 + 0j, 2 - 1j, 0.75 - 0j, -1 - 0j])
    print(z.sigmoid(), z[0].sigmoid(), z**-1, z**-0.5, z**-2)
    attempt(z.argmax)
    attempt(z.argmin)
