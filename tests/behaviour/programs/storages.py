"""Storages: the row of numbers that a tensor and its views lie in."""

import copy
import io
import warnings

import numpy as np

from tests.behaviour.helpers import attempt


def _storage(tensor):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tensor.storage()


def a_storage_prints_its_row(torch):
    x = torch.arange(6.0).view(2, 3)
    print(_storage(x))
    print(repr(_storage(torch.tensor([True, False]))))
    print(_storage(torch.ones(2, dtype=torch.complex64)))


def what_is_written_into_a_storage_is_in_the_tensor(torch):
    x = torch.arange(6.0).view(2, 3)
    row = _storage(x)
    row[0] = 9
    row[-1] = -1
    print(x, row[0], type(row[0]), x._version)
    row.fill_(3)
    print(x)
    row.copy_(_storage(torch.arange(6.0)))
    print(x)


def views_share_a_storage(torch):
    x = torch.arange(6.0).view(2, 3)
    for other in (x.t(), x[1], x.detach(), x[1].detach(), x[:, 1].data):
        print(
            other.untyped_storage().data_ptr() == x.untyped_storage().data_ptr(),
            other.storage_offset(),
            other.stride(),
            _storage(other).tolist(),
        )
    print(_storage(x.t().contiguous()).tolist())
    print(_storage(x.clone()).data_ptr() == _storage(x).data_ptr())


def detached_views_know_their_place(torch):
    x = torch.arange(12.0).view(3, 4)
    y = x[1:].detach()[1, 2:]
    print(y.storage_offset(), y.data.storage_offset(), y.clone().storage_offset())
    z = torch.zeros(2)
    z.data = x[2, :2]
    print(z.storage_offset(), z)


def sizes_of_a_storage(torch):
    x = torch.zeros(2, 3, dtype=torch.float64)
    row, raw = _storage(x[0]), x[0].untyped_storage()
    print(len(row), row.size(), row.nbytes(), row.element_size(), row.dtype, row.device)
    print(len(raw), raw.size(), raw.nbytes(), raw.element_size(), raw.device)
    print(row.type(), row.is_cuda, row.is_shared(), raw.is_pinned())
    print(type(row), type(raw), torch.typename(row), x.storage_type())
    print(torch.is_storage(row), torch.is_storage(raw), torch.is_storage(x))


def bytes_of_a_storage(torch):
    raw = torch.tensor([1, 256], dtype=torch.int16).untyped_storage()
    print(raw, raw.tolist(), raw[1:3].tolist(), raw[0])
    raw[0] = 7
    print(raw.tolist(), raw.clone().tolist())


def storages_can_be_made_and_converted(torch):
    row = torch.FloatStorage([1, 2, 3])
    print(row, torch.DoubleStorage(2).size(), torch.UntypedStorage(3).nbytes())
    print(row.double().dtype, row.int().tolist(), copy.deepcopy(row).tolist(), list(row))
    print(torch.FloatTensor(row), torch.tensor(row))


def wrong_indices_of_a_storage(torch):
    row = _storage(torch.zeros(3))
    attempt(lambda: row[3])
    attempt(lambda: row["a"])
    attempt(lambda: row[0.5])
    attempt(lambda: row[0:2])
    attempt(lambda: row.__setitem__(0, "a"))
    attempt(lambda: torch.zeros(3).untyped_storage()[5])


def a_tensor_that_is_set_lies_elsewhere(torch):
    x, y = torch.ones(2), torch.arange(6.0)
    print(x.set_(y) is x, x, x._version, y._version, x.data_ptr() == y.data_ptr(), x._is_view())
    print(torch.ones(2).set_(y, 1, (2, 2), (2, 1)), torch.ones(2).set_())
    print(torch.ones(2).set_(y.untyped_storage(), 1, (2, 2)))
    print(torch.ones(2).set_(y[2:]).storage_offset(), torch.ones(2).set_(y.view(2, 3).t()).stride())


def what_is_set_is_noticed(torch):
    p, c = torch.ones(2, requires_grad=True), torch.ones(2)
    z = p * c
    c.set_(torch.zeros(2))
    attempt(lambda: z.sum().backward())
    attempt(lambda: p.set_(torch.zeros(2)))
    with torch.no_grad():
        p.set_(torch.arange(2.0))
    print(p, p._version, p.is_leaf)


def views_of_what_was_set(torch):
    y = torch.arange(6.0)
    base = torch.ones(4)
    view = base[:2]
    view.set_(y)
    view[0] = 5
    print(base, view, view._base is base, view._version, base._version, view.storage_offset())
    base = torch.ones(4)
    view = base[:2]
    base.set_(y)
    view[0] = 7
    print(base, view)


def setting_has_no_derivative(torch):
    y = torch.ones(2, requires_grad=True) * 2
    y.set_(torch.arange(3.0))
    print(y)
    attempt(lambda: y.sum().backward())
    attempt(lambda: torch.ones(2).set_(torch.ones(2, dtype=torch.int64)))


def a_storage_begins_where_the_array_that_was_handed_over_does(torch):
    x = torch.from_numpy(np.arange(6.0)[2:])
    print(x.storage_offset(), x.as_strided((2,), (1,)), x.as_strided((2,), (1,), 0))
    print(x[1:].as_strided((2,), (1,)), x[1:].as_strided((2,), (1,), 0))
    print(torch.ones(1, dtype=torch.float64).set_(x, 1, (2,), (1,)))
    print(x.untyped_storage().nbytes(), _storage(x[1:]).tolist())


def the_default_storage_follows_the_default_dtype(torch):
    print(torch.Storage, torch.Storage([1.0, 2.0]).tolist())
    torch.set_default_dtype(torch.float64)
    print(torch.Storage, torch.Storage is torch.DoubleStorage)


def loaded_tensors_lie_in_one_storage(torch):
    whole = torch.ones(3)
    file = io.BytesIO()
    torch.save([whole, whole[1:], whole[0]], file)
    file.seek(0)
    first, second, third = torch.load(file)
    first[1] = 5
    print(first, second, third, second.storage_offset(), third.storage_offset())
    addresses = {x.untyped_storage().data_ptr() for x in (first, second, third)}
    print(len(addresses), [x.untyped_storage().nbytes() for x in (first, second, third)])
    file = io.BytesIO()
    torch.save(second, file)
    file.seek(0)
    print(torch.load(file), second._base)
