"""What libraries written for PyTorch do that tutorials do not."""

import collections
import copy
import functools
import io
import pathlib
import pickle
import sys
import types

from tests.behaviour.helpers import attempt, warned


def functions_decorated_for_mixed_precision(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cuda", cast_inputs=torch.float32)
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @torch.amp.custom_bwd(device_type="cuda")
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            print(ctx._fwd_used_autocast, ctx._dtype)
            return 3 * x**2 * grad_output

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = Cube.apply(x)
    y.sum().backward()
    print(y, x.grad)
    attempt(lambda: torch.amp.custom_bwd(device_type=1))


def functions_decorated_for_mixed_precision_on_the_cpu(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu")
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, grad_output):
            print(ctx._fwd_used_autocast, ctx._dtype)
            return 2 * grad_output

    x = torch.ones(2, requires_grad=True)
    Double.apply(x).sum().backward()
    print(x.grad, Double.forward.__name__)


def scripted_functions_are_called_as_they_are(torch):
    @torch.jit.script
    def scaled(x, factor: float):
        if x.dim() == 1:
            return x * factor
        return x

    @torch.jit.script_if_tracing
    def shifted(x):
        return x + 1

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = shifted(scaled(x, 3.0))
    y.sum().backward()
    print(y, x.grad)
    print(torch.jit.is_scripting(), torch.jit.is_tracing())


def modules_marked_for_a_compiler(torch):
    class Scale(torch.nn.Module):
        __constants__ = ("factor",)
        factor: torch.jit.Final[int]

        def __init__(self):
            super().__init__()
            self.factor = 2
            self.shift = torch.jit.Attribute(1.5, float).value

        def forward(self, x):
            if torch.jit.is_scripting():
                return x
            return self.helper(x) * self.factor

        @torch.jit.ignore
        def helper(self, x):
            return torch.jit.annotate(torch.Tensor, x) + self.shift

        @torch.jit.unused
        def spare(self, x):
            return x

        @torch.jit.export
        def twice(self, x):
            return self(self(x))

        @torch.jit.ignore(drop=False)
        def other(self, x):
            return x

    scale = Scale()
    x = torch.ones(2)
    print(scale(x), scale.twice(x), scale.spare(x), scale.other(x))
    print(isinstance(scale, torch.jit.ScriptModule), torch.jit.isinstance(1, int))
    attempt(lambda: torch.jit.ignore(drop=3))


def bounds_of_clamp_a_number_and_a_tensor_that_stands_for_one(torch):
    x = torch.arange(5.0, requires_grad=True)
    limit = torch.tensor(3.0)
    print(torch.clamp(x, 1, limit), x.clip(limit, 10))
    print(x.detach().clone().clamp_(min=limit, max=3.5), torch.arange(5).clamp(2.5, limit))
    x.clamp(1, limit).sum().backward()
    print(x.grad)
    attempt(lambda: x.clamp(0, torch.arange(5.0)))
    attempt(lambda: x.clamp(0, torch.tensor(3.0, requires_grad=True)))
    attempt(lambda: torch.clamp(x, torch.arange(5.0), 2))


class Diagonal:
    """A matrix that is no tensor, and takes over what it knows."""

    known = ("add", "matmul", "mm", "sum", "cat", "linear", "mul", "solve", "broadcast_to", "div")

    def __init__(self, entries):
        self.entries = entries

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        name = func.__name__.removeprefix("linalg_")
        shown = [type(argument).__name__ for argument in args]
        print("asked for", name, [kind.__name__ for kind in types], shown, kwargs or {})
        return "taken" if name in cls.known else NotImplemented


def classes_that_take_over_calls(torch):
    class Finer(Diagonal):
        pass

    matrix, finer, x = Diagonal([1.0]), Finer([2.0]), torch.ones(2)
    print(torch.add(x, matrix), torch.add(matrix, x), x.add(matrix))
    print(torch.matmul(matrix, x), torch.mm(matrix, finer), torch.linalg.solve(matrix, x))
    print(torch.sum(matrix), torch.cat([x, matrix], dim=0), torch.mul(x, matrix))
    print(torch.nn.functional.linear(x, matrix))
    print(x + matrix, x @ matrix, x * matrix, x / matrix)
    attempt(lambda: torch.exp(matrix))


def what_takes_over_raises(torch):
    class Angry:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            raise NotImplementedError(f"{func.__name__} of {len(args)}")

    attempt(lambda: torch.exp(Angry()))
    attempt(lambda: torch.add(torch.ones(2), Angry()))
    attempt(lambda: torch.ones(2) - Angry())


def keywords_of_functions_that_pytorch_writes_in_python(torch):
    x = torch.arange(6.0)
    print(
        torch.split(tensor=x, split_size_or_sections=4),
        torch.split(x, split_size_or_sections=[1, 5]),
    )
    padded = torch.nn.utils.rnn.pad_sequence([x[:2], x[2:]])
    lengths = torch.tensor([2, 4])
    print(torch.nn.utils.rnn.unpad_sequence(padded_sequences=padded, lengths=lengths))
    linear, mean = torch.nn.Linear(2, 2), torch.zeros(2)
    torch.nn.init.ones_(linear.weight)
    print(
        torch.nn.utils.fusion.fuse_linear_bn_weights(
            linear_w=linear.weight, linear_b=None, bn_rm=mean, bn_rv=mean + 1, bn_eps=0.0,
            bn_w=mean + 2, bn_b=mean + 1,
        )
    )  # fmt: skip


def calls_with_numbers_in_front(torch):
    x, y, z = (torch.tensor([a, a + 1.0]) for a in (1, 3, 5))
    m = torch.eye(2) + 1
    print(x.clone().add_(2, y), x.add(2, y), torch.add(x, 2, y), torch.add(x, 2, y, out=z.clone()))
    print(x.clone().sub_(2, y), x.sub(2, y), torch.sub(x, torch.tensor(2.0), y))
    print(x.clone().addcmul_(2, y, z), x.addcmul(2, y, z), torch.addcmul(x, 2, y, z))
    print(x.clone().addcdiv_(-2, y, z), x.addcdiv(2, y, z), torch.addcdiv(x, 2, y, z))
    print(torch.addmm(2, m, m, m), torch.addmm(2, m, 3, m, m), m.addmm(2, m, m))
    print(m.addmm(2, 3, m, m), m.clone().addmm_(2, m, m), m.clone().addmm_(2, 3, m, m))
    print(x.addmv(2, m, y), x.addmv(2, 3, m, y), torch.addmv(2, x, 3, m, y))
    print(m.addr(2, x, y), m.addr(2, 3, x, y), torch.addr(2, m, 3, x, y))
    print(torch.addbmm(2, m, 3, m[None], m[None]), m.addbmm(2, 3, m[None], m[None]))
    print(m[None].baddbmm(2, 3, m[None], m[None]), m[None].clone().baddbmm_(2, m[None], m[None]))
    w = x.clone().requires_grad_()
    out = w.add(3, w).addcmul(2, w, y)
    out.sum().backward()
    print(out, w.grad)
    attempt(lambda: x.mul_(2, y))


def what_is_said_of_numbers_in_front(torch):
    x, m = torch.ones(2), torch.eye(2)
    warned(lambda: x.add_(2, x))
    warned(lambda: torch.add(x, 2, x))
    warned(lambda: x.addcdiv_(2, x, x))
    warned(lambda: torch.addcmul(x, 2, x, x))
    warned(lambda: m.addr(2, x, x))
    warned(lambda: torch.baddbmm(2, m[None], 3, m[None], m[None]))
    warned(lambda: torch.addmv(2, x, m, x))


def optimizers_that_do_without_the_base_class_init(torch):
    class Every(torch.optim.Optimizer):
        def __init__(self, inner, k):
            self.inner, self.k, self.count = inner, k, 0
            self.param_groups = inner.param_groups

        def step(self, closure=None):
            self.count += 1
            return self.inner.step(closure) if self.count % self.k == 0 else None

    w = torch.ones(2, requires_grad=True)
    every = Every(torch.optim.SGD([w], lr=0.1), 2)
    for _ in range(4):
        (w**2).sum().backward()
        every.step()
        every.inner.zero_grad()
    print(w, every.count)


def tensors_of_lists_of_arrays(torch):
    import numpy as np

    row = np.array([1.0, 2.0])
    print(warned(lambda: torch.tensor([row, row])))
    print(warned(lambda: torch.LongTensor([np.array([1, 2])])))
    print(warned(lambda: torch.tensor([[row], [row]])))
    print(warned(lambda: torch.as_tensor((row, [3.0, 4.0]))))
    print(warned(lambda: torch.tensor([[3.0, 4.0], row], dtype=torch.int64)))
    print(warned(lambda: torch.tensor([np.float32(1.0), np.float32(2.0)])))
    print(warned(lambda: torch.tensor(np.stack([row, row]))))


def names_of_the_files_of_layers(torch):
    files = torch.nn.modules
    layer = torch.nn.Conv2d(1, 1, 2)
    print(isinstance(layer, files.conv._ConvNd), isinstance(layer, files.conv._ConvTransposeNd))
    print(isinstance(torch.nn.ConvTranspose1d(1, 1, 2), files.conv._ConvTransposeNd))
    print(isinstance(torch.nn.BatchNorm1d(2), files.batchnorm._NormBase))
    print(isinstance(torch.nn.InstanceNorm2d(2), files.batchnorm._NormBase))
    print(isinstance(torch.nn.LayerNorm(2), files.batchnorm._NormBase))
    print(isinstance(torch.nn.Dropout2d(), files.dropout._DropoutNd))
    print(files.activation.MultiheadAttention is torch.nn.MultiheadAttention)
    print(files.rnn.LSTMCell is torch.nn.LSTMCell, files.rnn.RNNCellBase is torch.nn.RNNCellBase)
    print(files.batchnorm.LazyBatchNorm1d is torch.nn.LazyBatchNorm1d)
    print(files.pooling.AdaptiveAvgPool2d is torch.nn.AdaptiveAvgPool2d)
    print(files.utils._ntuple(3)(7), files.utils._quadruple(1), files.utils._pair([2, 3]))
    print(files.utils._reverse_repeat_tuple((1, 2), 2))
    clones = files.transformer._get_clones(torch.nn.ReLU(), 2)
    print(clones, files.transformer._get_activation_fn("relu") is torch.nn.functional.relu)


def functions_that_ask_who_takes_over(torch):
    from_library = torch.overrides
    taker, x = Diagonal([1.0]), torch.ones(2)
    print(from_library.is_tensor_like(x), from_library.is_tensor_like(taker))
    print(from_library.has_torch_function((x, taker)), from_library.has_torch_function((x, 1)))
    print(from_library.has_torch_function_unary(x), from_library.has_torch_function_variadic(taker))

    def add(a, b):
        if from_library.has_torch_function((a, b)):
            return from_library.handle_torch_function(add, (a, b), a, b)
        return a + b

    print(add(x, x), add(x, taker))


def processes_are_asked_for_before_they_are_used(torch):
    print(torch.distributed.is_initialized())
    attempt(lambda: torch.distributed.all_reduce(torch.ones(2)))
    attempt(lambda: torch.distributed.get_world_size())
    attempt(lambda: torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1)))
    attempt(lambda: torch.nn.parallel.gather([torch.ones(2)], "cpu"))


def copies_of_expanded_tensors_can_be_viewed(torch):
    row = torch.arange(8).view(1, 8).expand(2, 8)
    print(row.float().stride(), row.type_as(torch.ones(1)).stride(), row.clone().stride())
    print((row >= torch.ones(2, 1)).stride(), (row + 0.5).stride(), row.bool().view(-1).shape)
    middle = torch.arange(6).view(2, 1, 3).expand(2, 4, 3)
    for t in (middle, middle.transpose(0, 2), middle.permute(1, 2, 0), middle.permute(2, 0, 1)):
        print(t.float().stride(), t.clone().stride(), (t * 0.5).stride())
    one = torch.zeros(1).expand(2, 3, 4)
    print(one.double().stride(), one.permute(2, 0, 1).double().stride())
    w = torch.ones(1, 3, requires_grad=True)
    w.expand(2, 3).double().view(-1).sum().backward()
    print(w.grad)


def nests_taken_apart(torch):
    import collections

    from_library = __import__(torch.__name__ + ".utils._pytree", fromlist=["tree_map"])
    Point = collections.namedtuple("Point", "x y")
    tree = {"b": 1, "a": (2, [3, None]), "c": Point(torch.ones(1), "s")}
    leaves, spec = from_library.tree_flatten(tree)
    print(leaves, spec.num_leaves, spec.num_children)
    print(from_library.tree_unflatten(range(6), spec))
    print(from_library.tree_structure([1, {"x": (2, 3)}, []]))
    print(from_library.tree_map(lambda a, b: a + b, [1, {"x": 2}], [10, {"x": 20}]))
    print(from_library.tree_map_only(int, lambda n: -n, tree))
    print(from_library.tree_leaves(tree, is_leaf=lambda t: isinstance(t, tuple)))
    print(from_library.tree_all(lambda leaf: leaf, [1, [2]]))
    print(from_library.tree_any_only(int, lambda leaf: leaf > 2, [1, "a", [2]]))
    attempt(
        lambda: from_library.tree_unflatten(
            [1], spec.__class__ and from_library.tree_structure([1, 2])
        )
    )


def results_that_are_there_later(torch):
    later = torch.futures.Future()
    doubled = later.then(lambda done: done.wait() * 2)
    later.add_done_callback(lambda done: print("done", done.value()))
    print(later.done(), doubled.done())
    later.set_result(4)
    print(
        torch.Future is not None,
        later.wait(),
        doubled.wait(),
        torch.futures.wait_all([later, doubled]),
    )
    print([one.wait() for one in torch.futures.collect_all([later, doubled]).wait()])


def subclasses_made_of_data(torch):
    class Marked(torch.Tensor):
        def __new__(cls, data, mark, requires_grad=False):
            made = torch.Tensor._make_subclass(cls, data, requires_grad)
            made.mark = mark
            return made

    x = torch.ones(2, requires_grad=True) * 2
    marked = Marked(x, "m", requires_grad=True)
    print(type(marked).__name__, marked.mark, marked.is_leaf, marked.requires_grad)
    print(marked.data_ptr() == x.data_ptr(), marked.grad_fn)
    (marked**2).sum().backward()
    print(marked.grad)
    attempt(lambda: torch.Tensor._make_subclass(torch.nn.Parameter, torch.ones(2).long(), True))


def names_of_functions_of_parts(torch):
    print(torch.linalg.norm.__name__, torch.linalg.matrix_exp.__name__, torch.matrix_exp.__name__)
    print(torch.fft.fft.__name__, torch.special.expit.__name__, torch.nn.functional.relu.__name__)


def parameters_that_take_more(torch):
    class OnSphere(torch.nn.Parameter):
        def __new__(cls, data=None, radius=1.0, requires_grad=True):
            made = super().__new__(cls, data, requires_grad)
            made.radius = radius
            return made

    module = torch.nn.Module()
    module.point = OnSphere(torch.ones(2), radius=2.0)
    print([name for name, _ in module.named_parameters()], module.point.radius)
    attempt(lambda: torch.nn.Parameter(torch.ones(2), radius=2.0))


def what_code_asks_of_a_compiler(torch):
    @torch.compiler.disable
    def double(x):
        return 2 * x

    @torch.compiler.disable(recursive=False)
    def triple(x):
        return 3 * x

    x = torch.ones(2)
    print(double(x), triple(x), torch.compiler.allow_in_graph(double)(x))
    print(torch.compiler.is_compiling(), torch.compiler.is_dynamo_compiling())
    torch.compiler.reset()


def subclasses_are_printed_with_their_names(torch):
    class S(torch.Tensor):
        pass

    class P(torch.nn.Parameter):
        pass

    print(torch.arange(30.0).view(2, 15).as_subclass(S))
    print(torch.ones(2).as_subclass(S).requires_grad_(), torch.zeros(2, 0).as_subclass(S))
    print(P(torch.ones(2)), [P(torch.arange(30.0).view(2, 15))], P(torch.ones(2)) * 2)
    print(torch.nn.Parameter(torch.ones(2)), torch.nn.Buffer(torch.ones(2)))


def subclasses_with_a_repr_of_their_own(torch):
    class S(torch.Tensor):
        def __repr__(self, **options):
            return "S!"

    class P(torch.nn.Parameter):
        def __repr__(self, **options):
            return "P of " + torch.Tensor.__repr__(self)

    s, p = torch.ones(2).as_subclass(S), P(torch.ones(2))
    print(s, [s], f"{s}", p, [p], str(torch.nn.Parameter(torch.ones(1))))


def helpers_of_distributions_that_libraries_import(torch):
    torch.manual_seed(3)
    print(torch.distributions.utils._standard_normal((2, 3), torch.float64, None))
    print(torch.distributions.utils._standard_normal(torch.Size([2]), torch.float32, "cpu"))


def storages_of_views_that_were_saved(torch):
    whole = torch.arange(6.0)
    kept = [whole, whole[2:], whole.view(2, 3).t()]
    for _ in range(2):
        file = io.BytesIO()
        torch.save(kept, file)
        file.seek(0)
        kept = torch.load(file)
        whole, part, turned = kept
        whole.add_(1)
        print(kept, part.storage_offset(), turned.stride())
        places = {x.untyped_storage().data_ptr() for x in kept}
        print(len(places), [x.untyped_storage().nbytes() for x in kept])


def files_in_folders_that_do_not_exist(torch):
    attempt(lambda: torch.save(torch.ones(1), "no such folder/x.pt"))
    attempt(lambda: torch.save(torch.ones(1), pathlib.Path("no such folder") / "deeper" / "x.pt"))


def empty_lists_and_sizes(torch):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], 1.0)
    attempt(lambda: torch.optim.lr_scheduler.ChainedScheduler([]))
    attempt(lambda: torch.optim.lr_scheduler.SequentialLR(optimizer, [], []))
    attempt(lambda: torch.nn.Bilinear(0, 1, 1))


def versions_are_compared_as_versions(torch):
    version = torch.torch_version.TorchVersion
    kind = type(torch.__version__)
    print(kind is version, kind.__name__, isinstance(torch.__version__, str))
    print(torch.__version__ >= "2.8", torch.__version__ > (1, 9), torch.__version__ < "10")
    print(torch.__version__ == "2.13.0", torch.__version__ > "2.13.0", torch.__version__ >= (2, 13))
    order = (
        "1!0.1 2.13.0+cpu 2.13.0.post1 2.13.0 2.13 2.13.0rc2 2.13.0rc1 2.13.0b1 2.13.0a0 2.13.dev3"
    )
    texts = [*order.split(), "2.13.0a0+git1", "v2.9", "parrot", "2.13.0+cpu.2", "2.13.0+1"]
    for a in texts:
        print(a, "".join("<" if version(a) < b else "=" if version(a) == b else ">" for b in texts))
    print(repr(version("1.2")), version("1.2") != "1.2.0", hash(version("1")) == hash("1"))
    attempt(lambda: version("1.2") < 3.5)


def names_that_older_libraries_import(torch):
    print(torch.functional.einsum is torch.einsum, len(torch.functional.__all__))
    if torch.__name__ == "torch":
        from torch._vmap_internals import _vmap, vmap
    else:
        from autograd_nb._vmap_internals import _vmap, vmap
    x = torch.arange(6.0).reshape(2, 3)
    print(_vmap(torch.dot)(x, x), _vmap(lambda v: v.sum(), 1)(x))
    print(warned(lambda: vmap(torch.sum))(x))


def sizes_of_storages_in_bytes(torch):
    empty = sys.getsizeof(torch.ones(0).untyped_storage())
    for x in (torch.ones(100), torch.ones(3, dtype=torch.complex128), torch.ones(4, 5)[1]):
        print(sys.getsizeof(x.untyped_storage()) - empty)


def conditions_that_are_bytes(torch):
    torch.set_warn_always(True)
    where = torch.tensor([1, 0], dtype=torch.uint8)
    x = torch.ones(2, requires_grad=True)
    print(warned(lambda: torch.where(where, x, 0.0)), warned(lambda: x.where(where, x)))
    warned(lambda: torch.where(where))
    torch.set_warn_always(False)


def epochs_given_to_schedules(torch):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], 1.0)
    optimizer.step()
    schedules = torch.optim.lr_scheduler
    for schedule in (schedules.StepLR(optimizer, 2), schedules.MultiStepLR(optimizer, [2])):
        warned(lambda schedule=schedule: schedule.step(3))
        print(schedule.get_last_lr())
    plateau = schedules.ReduceLROnPlateau(optimizer)
    warned(lambda: plateau.step(0.5, epoch=2))
    print(plateau.last_epoch)


def slices_bounded_by_tensors(torch):
    x = torch.arange(4.0)
    print(x[torch.tensor([1]) :], x[: torch.tensor(2)])
    attempt(lambda: x[torch.tensor([1, 2]) :])
    attempt(lambda: x[: torch.tensor(1.5)])
    attempt(lambda: x[:1.5])


class Config:
    def __init__(self, width):
        self.width = width


class Holder(Config):
    __slots__ = ("kept",)


def whole_modules_that_hold_more_than_layers(torch):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.config = Config(3)
            self.kind = torch.nn.ReLU
            self.number = int
            self.norm = functools.partial(torch.nn.functional.layer_norm, eps=1e-3)
            self.first = self.scale
            self.counts = collections.defaultdict(list, a=[1])
            self.space = types.SimpleNamespace(depth=2)
            self.held = Holder(1)
            self.held.kept = 5
            self.layer = torch.nn.Linear(3, self.config.width)

        def scale(self, x):
            return 2 * x

        def forward(self, x):
            return self.norm(self.kind()(self.layer(self.first(x))), (3,))

    Net.__qualname__ = "Net"
    globals()["Net"] = Net
    torch.manual_seed(0)
    net, x, file = Net(), torch.ones(1, 3), io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    found = torch.load(file, weights_only=False)
    print(torch.equal(net(x), found(x)), found.first.__self__ is found, found.config.width)
    print(found.counts["b"], found.counts, found.space, found.number, found.kind is torch.nn.ReLU)
    print(found.held.kept, found.held.width)
    del globals()["Net"]


def objects_are_saved_and_not_read_unasked(torch):
    file = io.BytesIO()
    torch.save({"config": Config(2), "function": io.open_code}, file)
    file.seek(0)
    print(torch.load(file, weights_only=False)["config"].width)
    file.seek(0)
    try:
        torch.load(file)
    except pickle.UnpicklingError as error:
        print("Config" in str(error))
    attempt(lambda: torch.save(lambda x: x, io.BytesIO()))


def attributes_of_tensors_go_with_them(torch):
    x, p = torch.ones(2), torch.nn.Parameter(torch.ones(2))
    x.label = p.label = [1]
    leaf = torch.ones(1, requires_grad=True)
    leaf.name_of_it = "leaf"
    file = io.BytesIO()
    torch.save([x, p, leaf, {"again": p}], file)
    file.seek(0)
    found = torch.load(file)
    print(
        [vars(t).get("label") for t in found[:3]],
        found[2].name_of_it,
        found[3]["again"] is found[1],
    )
    print(
        type(found[0]) is torch.Tensor, type(found[1]) is torch.nn.Parameter, found[2].requires_grad
    )
    deep, flat = copy.deepcopy(x), copy.copy(x)
    print(deep.label, deep.label is x.label, flat.label is x.label)
    print(hasattr(copy.deepcopy(p), "label"), copy.copy(p).label, copy.deepcopy(leaf).name_of_it)
    print([pickle.loads(pickle.dumps(t)).label for t in (x, p)])
    print([hasattr(t, "label") for t in (x.clone(), x.detach(), x.view(2), x.to(x.dtype))])


def _grown(torch):
    net = torch.nn.Linear(2, 2)
    net(torch.ones(1, 2)).sum().backward()
    return net, net.weight, net.weight.grad


def conversions_that_put_new_parameters(torch):
    for switch in ("overwrite", "swap", None):
        set_one = getattr(torch.__future__, f"set_{switch}_module_params_on_conversion", None)
        if set_one:
            set_one(True)
        net, weight, grad = _grown(torch)
        state = net.state_dict()
        print(switch, net.float().weight is weight, net.weight.grad is grad)
        net.double()
        print(net.weight is weight, net.weight.grad is grad, grad.dtype, weight.dtype)
        print(type(net.weight) is torch.nn.Parameter, net.weight.requires_grad, net.bias.grad)
        state = {name: torch.full_like(value, 2.0) for name, value in state.items()}
        del net, weight, grad
        net = torch.nn.Linear(2, 2).requires_grad_(False)
        kept = net.weight
        print(net.load_state_dict(state), kept.tolist(), kept is net.weight, kept.requires_grad)
        net.load_state_dict(state, assign=True)
        print(kept is net.weight, net.weight is state["weight"], net.weight.requires_grad)
        net.weight.fill_(3.0)
        print(state["weight"].tolist())
        if set_one:
            set_one(False)
    print(torch.__future__.get_overwrite_module_params_on_conversion())
    print(torch.__future__.get_swap_module_params_on_conversion())


def what_parameters_become_when_they_are_swapped(torch):
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        net = torch.nn.Linear(2, 2)
        out = net(torch.ones(1, 2)).sum()
        net.double()
        attempt(out.backward)

        class Odd(torch.nn.Parameter):
            def module_load(self, other, assign=False):
                return other

        net.weight = Odd(torch.ones(2, 2))
        attempt(lambda: net.load_state_dict(net.state_dict()))
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)


def parts_of_the_examples_for_processes(torch):
    Sampler = torch.utils.data.DistributedSampler
    for count, replicas in ((10, 3), (2, 7), (0, 2), (12, 4)):
        for options in ({}, {"drop_last": True}, {"shuffle": False}, {"seed": 5}):
            for rank in (0, replicas - 1):
                made = Sampler(range(count), num_replicas=replicas, rank=rank, **options)
                first = list(made)
                made.set_epoch(3)
                print(len(made), first, list(made))
    attempt(lambda: Sampler(range(3), 2, 2))
    attempt(lambda: Sampler(range(3), 2, -1))
    loader = torch.utils.data.DataLoader(list(range(7)), 2, sampler=Sampler(range(7), 2, 1))
    print([batch.tolist() for batch in loader])


def names_of_types_for_annotations(torch):
    from importlib import import_module

    types = import_module(torch.__name__ + ".types")
    common = import_module(torch.__name__ + ".nn.common_types")
    print(isinstance("cpu", types.Device), isinstance(1.0, types.Number), types._int)
    print(common._size_2_t, common._ratio_any_t, common._size_any_opt_t)
    for name in ("amp.autocast_mode", "cuda.amp.autocast_mode", "utils.data.distributed"):
        print(
            [
                n
                for n in ("autocast", "DistributedSampler")
                if hasattr(import_module(f"{torch.__name__}.{name}"), n)
            ]
        )
    print([torch.get_autocast_dtype(name) for name in ("cpu", "cuda", "mps")])


def names_that_libraries_import(torch):
    normal = torch.distributions.multivariate_normal
    constraints, _reduction = torch.distributions.constraints, torch.nn._reduction
    print(_reduction.get_enum("sum"), _reduction.legacy_get_string(None, False, False))
    attempt(lambda: _reduction.get_enum("most"))
    factor = torch.tensor([[2.0, 0.0], [1.0, 3.0]])
    print(normal._batch_mv(factor, torch.ones(3, 2)))
    print(normal._batch_mahalanobis(factor, torch.ones(3, 2)))
    print(normal._precision_to_scale_tril(factor @ factor.mT))
    print(isinstance(constraints.unit_interval, constraints._Interval))
    print(isinstance(constraints.corr_cholesky, constraints._CorrCholesky))
    print(factor._cdata == factor._cdata, factor._cdata == factor.T._cdata)
    print(torch.utils.checkpoint.get_device_states(factor))
    print(torch.torch is torch)
    print(torch._C._get_tracing_state(), torch._C._log_api_usage_once("here"))
    print(issubclass(torch._C._LinAlgError, RuntimeError))
    attempt(lambda: torch.cuda.nvtx.mark("here"))
    attempt(lambda: torch.cuda.nvtx.range("here").__enter__())


def numbers_of_tensors_that_require_gradients(torch):
    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        print(warned(lambda: float(x)))
    print(warned(lambda: int(x)))
    print(warned(lambda: complex(x)))


def transforms_and_distributions_that_are_modules_too(torch):
    class Scale(torch.distributions.Transform, torch.nn.Module):
        __hash__ = torch.nn.Module.__hash__

        def __init__(self):
            super().__init__(cache_size=1)
            self.layer = torch.nn.Linear(1, 1)

    class Spread(torch.distributions.Distribution, torch.nn.Module):
        def __init__(self):
            super().__init__(torch.Size([2]), validate_args=False)
            self.layer = torch.nn.Linear(1, 1)

    print([name for name, _ in Scale().named_parameters()])
    print([name for name, _ in Spread().named_parameters()], Spread().batch_shape)


def tensors_told_apart_by_where_they_are(torch):
    layer = torch.nn.Linear(2, 2)
    shared = torch.nn.Linear(2, 2)
    shared.weight = layer.weight
    print(type(layer.weight._cdata).__name__, layer.weight._cdata == shared.weight._cdata)
    print(
        layer.weight._cdata == layer.bias._cdata,
        layer.weight._cdata == layer.weight.detach()._cdata,
    )
    before = layer.weight._cdata
    layer.weight.data = torch.ones(2, 2)
    layer.weight.data.add_(1)
    print(layer.weight._cdata == before)
    layer(torch.ones(1, 2)).sum().backward()
    grad = layer.weight.grad
    print(grad._cdata == layer.weight.grad._cdata)


def parts_of_checkpoint_that_reversible_layers_import(torch):
    from_checkpoint = torch.utils.checkpoint
    x = torch.ones(2, requires_grad=True)
    states = from_checkpoint.get_device_states(x, 3)
    print(states, from_checkpoint.set_device_states(*states, device_type="cpu"))
    print(from_checkpoint.set_device_states(*states))
    kept = from_checkpoint.detach_variable((x * 2, 3, torch.ones(1)))
    print(kept, [t.is_leaf for t in kept if isinstance(t, torch.Tensor)])
    attempt(lambda: from_checkpoint.detach_variable([x]))
    print(warned(lambda: from_checkpoint.check_backward_validity([torch.ones(1), 3])))
    print(warned(lambda: from_checkpoint.check_backward_validity([x, 3])))
    print(type(from_checkpoint.noop_context_fn()).__name__)
