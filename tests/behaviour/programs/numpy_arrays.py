"""Arrays of NumPy that become tensors, or stand beside them: what is refused and warned of."""

import numpy as np

from tests.behaviour.helpers import attempt


def lists_of_arrays_of_different_sizes(torch):
    a, b = np.ones((3, 3)), np.ones((3, 2))
    attempt(lambda: torch.tensor([a, np.ones((3, 0))]))
    attempt(lambda: torch.tensor([[a, b]]))
    attempt(lambda: torch.tensor([[a, a], [a, b]]))
    attempt(lambda: torch.tensor([[np.ones(3), 2.0]]))
    attempt(lambda: torch.tensor([[np.ones(3), np.float64(2)]]))
    attempt(lambda: torch.tensor([[1, 2, 3], np.ones(2)]))
    attempt(lambda: torch.tensor([1, [2]]))
    attempt(lambda: torch.tensor([[1], 2]))
    attempt(lambda: torch.tensor([[[1, 2]], [[1]]]))
    attempt(lambda: torch.tensor([torch.ones(2), torch.ones(2)]))


def lists_of_arrays(torch):
    print(torch.tensor([[np.array([0]), np.array([1])]]), torch.tensor([np.float32(1), 2]))


def arrays_that_are_refused(torch):
    attempt(lambda: torch.from_numpy(np.array(["foo"])))
    attempt(lambda: torch.from_numpy([1]))
    attempt(lambda: torch.from_numpy(np.ones(3)[::-1]))
    attempt(lambda: torch.from_numpy(np.ones(3, dtype=">f8")))
    attempt(lambda: torch.from_numpy(np.zeros(6, np.uint8)[1:5].view(np.int16)))
    steps = np.zeros(12, np.uint8)
    odd = np.lib.stride_tricks.as_strided(steps.view(np.int32), (2,), (6,))
    attempt(lambda: torch.from_numpy(odd))
    attempt(lambda: torch.tensor(odd))
    attempt(lambda: torch.as_tensor(np.array([object()])))


def numbers_of_numpy_count_as_numbers(torch):
    t = torch.ones(5)
    two = np.int8(2)
    print(t.diag(two).shape, torch.ones(2, 2, 2).mean(two).shape, (t.int() + two).dtype)
    print((two + t.half()).dtype, (t * np.float64(2)).dtype, (np.float64(2) * t).dtype)
    print(torch.zeros(two, np.int64(1)).shape, torch.arange(np.int64(3)), t[np.int64(1) :].shape)


def limits_of_other_dtypes(torch):
    for dtype in ("float16", "bool", "complex64"):
        attempt(lambda dtype=dtype: torch.iinfo(getattr(torch, dtype)))
    for dtype in ("int64", "uint8", "bool"):
        attempt(lambda dtype=dtype: torch.finfo(getattr(torch, dtype)))
    attempt(lambda: torch.iinfo("int32"))
    attempt(lambda: torch.finfo("float32"))
    print(torch.finfo() == torch.finfo(torch.float32), torch.iinfo(torch.int8))


def dlpack_refusals(torch):
    attempt(lambda: torch.ones(2).__dlpack__(stream=object()))
    attempt(lambda: torch.ones(2).__dlpack__(stream=1))
    attempt(lambda: torch.ones(2, requires_grad=True).__dlpack__())


def dlpack_objects_become_tensors(torch):
    class Wrapper:
        def __init__(self, tensor):
            self.tensor = tensor

        def __dlpack__(self, *args, **kwargs):
            return self.tensor.__dlpack__(*args, **kwargs)

        def __dlpack_device__(self, *args, **kwargs):
            return self.tensor.__dlpack_device__(*args, **kwargs)

    print(torch.tensor(Wrapper(torch.arange(3))), torch.as_tensor(Wrapper(torch.ones(1))))
