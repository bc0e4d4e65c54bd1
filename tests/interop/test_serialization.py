"""torch.save and torch.load: round trips, files exchanged with PyTorch, and files that deceive."""

from __future__ import annotations

import collections
import copy
import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nb as ours


def through(obj: Any, writer: Any = ours, reader: Any = ours, **options: Any) -> Any:
    file = io.BytesIO()
    writer.save(obj, file)
    file.seek(0)
    return reader.load(file, **options)


def example(library: Any) -> dict[str, Any]:
    library.manual_seed(0)
    base = library.arange(6.0)
    model = library.nn.Sequential(library.nn.Linear(3, 2), library.nn.BatchNorm1d(2))
    optimizer = library.optim.Adam(model.parameters())
    model(library.randn(4, 3)).pow(2).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "parameter": library.nn.Parameter(library.ones(2)),
        "frozen": library.nn.Parameter(library.ones(2), requires_grad=False),
        "size": library.Size([1, 2]),
        "dtype": library.float32,
        "device": library.device("cpu"),
        "view": base[2:4],
        "base": base,
        "transposed": library.arange(6.0).reshape(2, 3).t(),
        "number": 1j,
        "big": 2**70,
        "set": {1, 2},
        "bytes": b"ab\xff",
        "result": library.ones(1, requires_grad=True) * 2,
        "empty": library.zeros(0, 3),
        "zero-d": library.tensor(3),
        "ordered": collections.OrderedDict(a=1),
        "nested": [(1, None), {"x": [True, 2.5, "text"]}],
        "complex": library.ones(2, dtype=library.complex64),
        "bools": library.tensor([True, False]),
        "halves": library.ones(2, dtype=library.float16),
        "bytes8": library.ones(2, dtype=library.uint8),
    }


def test_a_checkpoint_comes_back_as_it_was() -> None:
    saved = example(ours)
    found = through(saved)
    assert repr(found) == repr({**saved, "result": found["result"]})
    assert found["result"].is_leaf
    assert found["result"].requires_grad
    assert type(found["parameter"]) is ours.nn.Parameter
    assert found["model"]._metadata == saved["model"]._metadata
    found["base"][3] = 9.0
    assert found["view"].tolist() == [2.0, 9.0]


@pytest.mark.parametrize("direction", ["to PyTorch", "from PyTorch"])
def test_files_are_exchanged_with_pytorch(direction: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, the other side, is not installed")
    libraries = (ours, torch) if direction == "to PyTorch" else (torch, ours)
    saved = example(libraries[0])
    found = through(saved, *libraries, weights_only=True)
    wanted = {**saved, "result": found["result"]}
    assert repr(found) == repr(wanted)
    model = libraries[1].nn.Sequential(libraries[1].nn.Linear(3, 2), libraries[1].nn.BatchNorm1d(2))
    model.load_state_dict(found["model"])
    assert found["transposed"].stride() == (1, 3)


def test_a_file_of_a_path_and_a_failed_save_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    ours.save(ours.ones(2), path)
    assert ours.load(path, map_location="cpu").tolist() == [1, 1]
    assert ours.load(str(path), map_location=lambda storage, place: storage).tolist() == [1, 1]
    before = path.read_bytes()
    with pytest.raises(TypeError, match="cannot save an object of type"):
        ours.save({"f": iter([])}, path)
    assert path.read_bytes() == before
    ours.save(ours.ones(2), path)
    assert path.read_bytes() == before
    with pytest.raises(FileNotFoundError):
        ours.load(tmp_path / "nothing.pt")


def test_shared_tensors_and_tied_weights_stay_one() -> None:
    weight = ours.nn.Parameter(ours.ones(2))
    found = through([weight, weight, {"again": weight}])
    assert found[0] is found[1] is found[2]["again"]


def test_numpy_arrays_and_numbers_come_back() -> None:
    array = np.arange(6.0).reshape(2, 3)
    found = through([array, array, np.float64(2.5), np.asfortranarray(array), np.array(["a"])])
    np.testing.assert_array_equal(found[0], array)
    assert found[0] is found[1]
    assert type(found[2]) is np.float64
    assert found[3].flags.f_contiguous
    assert found[4].tolist() == ["a"]


class Net(ours.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ours.nn.Linear(2, 1)
        self.activation = ours.nn.functional.relu

    def forward(self, x: Any) -> Any:
        return self.activation(self.layer(x))


def test_a_module_needs_weights_only_false_and_its_class() -> None:
    model = ours.nn.Sequential(ours.nn.Linear(2, 1), ours.nn.ReLU())
    x = ours.ones(1, 2)
    found = through(model, weights_only=False)
    assert found(x).tolist() == model(x).tolist()
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global") as caught:
        through(model)
    assert "weights_only=False" in caught.value.__notes__[0]


class Options:
    def __init__(self, rate: float) -> None:
        self.rate = rate


def test_a_class_of_the_users_own_has_to_be_allowed() -> None:
    assert through(Options(0.5), weights_only=False).rate == 0.5
    with ours.serialization.safe_globals([Options]):
        assert through(Options(0.5)).rate == 0.5
        file = io.BytesIO()
        ours.save(Options(0.5), file)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="Options"):
        ours.load(file)


class Evil:
    def __init__(self, call: Any, args: Any) -> None:
        self.call, self.args = call, args

    def __reduce__(self) -> Any:
        return self.call, self.args


def archive(head: bytes, **entries: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("archive/data.pkl", head)
        for key, data in entries.items():
            made.writestr(f"archive/data/{key.removeprefix('s')}", data)
    file.seek(0)
    return file


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize(
    "obj",
    [
        Evil(os.system, ("exit 1",)),
        Evil(eval, ("1",)),
        Evil(getattr, ("", "join")),
        [Evil(__import__, ("os",))],
        Evil(np.load, ("x",)),
        Evil(ours.save, (1, "x")),
        Evil(Options, (1,)),
        np.array([object()], object),
    ],
    ids=["system", "eval", "getattr", "import", "numpy", "ours", "class", "object array"],
)
def test_a_file_runs_no_code(obj: Any, weights_only: bool) -> None:
    head = pickle.dumps(obj, protocol=2)
    with pytest.raises(pickle.UnpicklingError):
        ours.load(archive(head), weights_only=weights_only)


def test_a_function_is_named_in_a_trusted_file_alone() -> None:
    head = pickle.dumps(os.path.join, protocol=2)
    assert ours.load(archive(head), weights_only=False) is os.path.join
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global"):
        ours.load(archive(head))


@pytest.mark.parametrize(
    "head",
    [
        b"(S'exit 1'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'exit 1'\no.",  # OBJ
        b"\x80\x04cos\nsystem\n)}\x92.",  # NEWOBJ_EX
        b"\x80\x02cos\nPathLike\n)\x81.",  # NEWOBJ of an abstract class
        b"\x80\x02ctempfile\n_TemporaryFileCloser\n)\x81.",  # of one that deletes in the end
    ],
)
def test_the_other_ways_to_make_objects_are_closed(head: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError, match="made to deceive"):
        ours.load(archive(head), weights_only=False)


@pytest.mark.parametrize(
    "head",
    [
        # An object whose attribute `append` (`extend`, `add`) is a function that the file names.
        b"\x80\x02ctypes\nSimpleNamespace\n)\x81}U\x06appendcos\nsystem\nsbU\x06exit 1a.",
        b"\x80\x02ctypes\nSimpleNamespace\n)R}U\x06appendcos\nsystem\nsbU\x06exit 1a.",
        b"\x80\x02ctypes\nSimpleNamespace\n)R}U\x06extendcos\nsystem\nsb(U\x06exit 1e.",
        b"\x80\x04ctypes\nSimpleNamespace\n)R}U\x03addcos\nsystem\nsb(U\x06exit 1\x90.",
        # One whose attribute `__setstate__` is such a function, and then a second state.
        b"\x80\x02ctypes\nSimpleNamespace\n)R}U\x0c__setstate__cos\nsystem\nsbU\x06exit 1b.",
        b"\x80\x02cfunctools\npartial\ncos\ngetcwd\n\x85R(cos\ngetcwd\n)}}U\x0c__setstate__cos\n"
        b"system\nstbU\x06exit 1b.",
        b"\x80\x02cautograd_nb.nn.linear\nIdentity\n)\x81}U\x0c__setstate__cos\nsystem\nsb"
        b"U\x06exit 1b.",
        b"\x80\x02ccollections\nOrderedDict\n)R}U\x06appendcos\nsystem\nsbU\x06exit 1a.",
    ],
)
def test_elements_are_put_in_by_no_function_of_the_file(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def system(command: str) -> None:
        called.append(command)

    monkeypatch.setattr(os, "system", system)
    with pytest.raises(pickle.UnpicklingError, match=r"made to deceive|load failed"):
        ours.load(archive(head), weights_only=False)
    assert called == []


def test_what_a_file_puts_on_a_tensor_is_no_part_of_it() -> None:
    x = ours.ones(2)
    x.note = 1
    file = io.BytesIO()
    ours.save(x, file)
    with zipfile.ZipFile(file) as made:
        head, data = made.read("archive/data.pkl"), made.read("archive/data/0")
    assert ours.load(archive(head, s0=data)).note == 1
    with pytest.raises(pickle.UnpicklingError, match="attributes that tensors have"):
        ours.load(archive(head.replace(b"note", b"grad"), s0=data))
    hidden = head.replace(b"\x04\0\0\0note", b"\x06\0\0\0_array")
    with pytest.raises(pickle.UnpicklingError, match="attributes that tensors have"):
        ours.load(archive(hidden, s0=data))


def test_damaged_files_are_refused() -> None:
    good = io.BytesIO()
    ours.save(ours.arange(4.0), good)
    with zipfile.ZipFile(good) as made:
        head = made.read("archive/data.pkl")
    with pytest.raises(pickle.UnpicklingError, match="too short"):
        ours.load(archive(head, s0=b"\0\0"))
    with pytest.raises(pickle.UnpicklingError, match="missing"):
        ours.load(archive(head))
    with pytest.raises(pickle.UnpicklingError, match="larger than its memory"):
        ours.load(archive(head.replace(b"K\x04\x85", b"K\x09\x85"), s0=b"\0" * 16))
    for data in (b"hello", b"\x80\x02}.", head):
        with pytest.raises(pickle.UnpicklingError, match="not a zip archive"):
            ours.load(io.BytesIO(data))
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        ours.load(archive(b"garbage"))
    with pytest.raises(EOFError):
        ours.load(io.BytesIO())


def test_tensors_of_a_gpu_have_to_be_mapped() -> None:
    good = io.BytesIO()
    ours.save(ours.arange(4.0), good)
    with zipfile.ZipFile(good) as made:
        head = made.read("archive/data.pkl").replace(b"\x03\0\0\0cpu", b"\x06\0\0\0cuda:0")
        data = made.read("archive/data/0")
    with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
        ours.load(archive(head, s0=data))
    for where in ("cpu", ours.device("cpu"), {"cuda:0": "cpu"}, lambda storage, place: storage):
        assert ours.load(archive(head, s0=data), map_location=where).tolist() == [0, 1, 2, 3]


def test_pickle_and_copies_keep_what_pytorch_keeps() -> None:
    w = ours.nn.Parameter(ours.ones(2))
    (w * 3).sum().backward()
    for again in (pickle.loads(pickle.dumps(w)), copy.deepcopy(w)):
        assert type(again) is ours.nn.Parameter
        assert again.requires_grad
        again.data[0] = 5.0
    assert w.tolist() == [1, 1]
    model = ours.nn.Sequential(ours.nn.Linear(2, 2), ours.nn.Tanh())
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert repr(again) == repr(model)
        assert again[0].weight is not model[0].weight
        assert again[0].weight.tolist() == model[0].weight.tolist()
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(w * 2)


@pytest.mark.parametrize(
    "function",
    [
        ours.tanh,
        ours.add,
        ours.sum,
        ours.nn.functional.relu,
        ours.nn.functional.cross_entropy,
        ours.linalg.norm,
        ours.fft.fft,
        ours.special.expit,
    ],
)
def test_functions_are_pickled_by_their_public_name(function: Any) -> None:
    assert pickle.loads(pickle.dumps(function)) is function
