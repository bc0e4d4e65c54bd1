"""What profiles list: labels, operations and nodes, and how a schedule divides a loop."""

import json
import os
import tempfile
import warnings

from tests.behaviour.helpers import attempt


def _outer(events):
    """Names of what is not inside another event, but for preparations that PyTorch makes."""
    ours = ("aten::ones_like", "aten::empty", "aten::detach", "detach")
    print(*(e.name for e in events if e.cpu_parent is None and e.name not in ours), sep="\n")


def a_training_step_is_listed(torch):
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.ones(4, 3)
    with torch.autograd.profiler.profile() as prof:
        with torch.autograd.profiler.record_function("forward"):
            y = model(x)
        loss = (y * y).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    _outer(prof.function_events)
    averages = {event.key: event for event in prof.key_averages()}
    leaf = averages["torch::autograd::AccumulateGrad"]
    print(leaf.count, leaf.cpu_time_total > 0, leaf.cpu_time == leaf.cpu_time_total / 2)
    label = averages["forward"]
    print(label.self_cpu_time_total < label.cpu_time_total, label.is_user_annotation)
    inside = [
        e.name for e in prof.function_events if e.cpu_parent and e.cpu_parent.key == "forward"
    ]
    print(inside, prof.total_average().key)


def shapes_are_kept(torch):
    a, b = torch.ones(2, 3), torch.ones(3, 4)
    with torch.autograd.profiler.profile(record_shapes=True) as prof:
        torch.mm(a, b)
        torch.mm(b.t(), b)
        torch.mm(a, b)
    found = prof.key_averages(group_by_input_shape=True)
    print(sorted((str(e.input_shapes), e.count) for e in found if e.key == "aten::mm"))
    print([e.input_shapes for e in prof.key_averages() if e.key == "aten::mm"])


def memory_of_results_is_kept(torch):
    a = torch.ones(10, 10)
    with torch.autograd.profiler.profile(profile_memory=True) as prof:
        b = a @ a
        c = a.view(100)
        a.mul_(b)
        d = torch.sigmoid(c)
    found = {e.key: e.cpu_memory_usage for e in prof.key_averages()}
    names = ("aten::view", "aten::mul_", "aten::sigmoid")
    print([found[name] for name in names], b.shape, d.shape)
    print([line.split()[-5:] for line in prof.key_averages().table().splitlines()[1:2]])


def operations_are_counted(torch):
    with torch.autograd.profiler.profile(with_flops=True) as prof:
        a = torch.ones(20, 30) @ torch.ones(30, 40)
        a + a
        torch.nn.functional.conv2d(torch.ones(2, 3, 8, 8), torch.ones(4, 3, 3, 3))
    print({e.key: e.flops for e in prof.key_averages() if e.flops})
    table = prof.key_averages().table(sort_by="flops", row_limit=3).splitlines()
    print(table[1].split()[-2:], [(line.split()[0], line.split()[-1]) for line in table[3:6]])


def functions_of_ones_own(torch):
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    @torch.autograd.profiler.record_function("labelled")
    def step(x):
        return Twice.apply(x)

    x = torch.ones(2, requires_grad=True)
    with torch.autograd.profiler.profile() as prof:
        step(x).sum().backward()
    _outer(prof.function_events)


def batches_of_a_loader(torch):
    loader = torch.utils.data.DataLoader(torch.arange(4.0), batch_size=2)
    with torch.autograd.profiler.profile() as prof:
        for _ in loader:
            pass
    print({e.key: e.count for e in prof.key_averages() if e.key.startswith("enumerate")})


def states_of_a_profile(torch):
    prof = torch.autograd.profiler.profile()
    print(prof, repr(prof))
    print(prof.function_events, prof.key_averages(), repr(prof.table()))
    print(prof.total_average(), prof.self_cpu_time_total)
    with prof:
        pass
    print(repr(prof), repr(prof.key_averages().table()), repr(str(prof)))
    attempt(prof.__enter__)
    with torch.autograd.profiler.profile(enabled=False) as nothing:
        torch.ones(2)
    print(nothing)
    attempt(lambda: torch.autograd.profiler.profile(use_cpu=False))
    attempt(lambda: prof.export_stacks("unused"))
    with torch.autograd.profiler.profile() as prof:
        torch.ones(2)
    attempt(lambda: prof.key_averages().table(sort_by="nonsense"))
    attempt(lambda: prof.function_events.export_stacks("unused", "nonsense"))
    with torch.autograd.profiler.record_function("alone") as label:
        print(label.name, label.args)


def an_error_ends_what_has_begun(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.profiler.profile() as prof:
        try:
            with torch.autograd.profiler.record_function("fails"):
                x + torch.ones(3)
        except RuntimeError as error:
            print(error)
        y = x * 2
    _outer(prof.function_events)
    print(all(e.time_range.end >= e.time_range.start for e in prof.function_events), y)


def a_schedule(torch):
    profiler = torch.profiler
    actions = profiler.schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1)
    print([actions(i).name for i in range(12)])
    actions = profiler.schedule(wait=2, warmup=1, active=1, skip_first_wait=1)
    print([actions(i).name for i in range(9)], list(profiler.ProfilerAction))
    attempt(lambda: profiler.schedule(wait=-1, warmup=0, active=1))
    attempt(lambda: profiler.schedule(wait=0, warmup=1, active=0))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        profiler.schedule(wait=0, warmup=0, active=1)
    print(*(w.message for w in caught))
    print(profiler.supported_activities(), profiler.ProfilerActivity.CPU)


def a_loop_in_steps(torch):
    profiler = torch.profiler

    def ready(prof):
        print("ready", prof.step_num, prof.current_action)
        print([e.name for e in prof.events() if e.cpu_parent is None])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with profiler.profile(
            activities=[profiler.ProfilerActivity.CPU],
            schedule=profiler.schedule(wait=1, warmup=1, active=2, repeat=2),
            on_trace_ready=ready,
        ) as prof:
            for _ in range(10):
                torch.ones(3).sum()
                print(prof.current_action)
                prof.step()
    print({e.key: e.count for e in prof.key_averages() if e.key == "ProfilerStep*"})


def before_there_are_events(torch):
    profile = torch.profiler.profile
    attempt(lambda: profile().key_averages())
    attempt(lambda: profile().events())
    attempt(lambda: profile().stop())
    attempt(lambda: profile(activities=[]).__enter__())


def a_trace_is_written(torch):
    with torch.profiler.profile() as prof:
        torch.ones(2).sum()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace.json")
        prof.export_chrome_trace(path)
        with open(path, encoding="utf-8") as file:
            trace = json.load(file)
        found = [e for e in trace["traceEvents"] if e.get("cat") == "cpu_op"]
        print({"aten::ones", "aten::sum"} <= {e["name"] for e in found})
        print(all(e["dur"] >= 0 and e["ph"] == "X" for e in found), trace["schemaVersion"])
        handler = torch.profiler.tensorboard_trace_handler(os.path.join(folder, "new"), "me")
        with torch.profiler.profile(on_trace_ready=handler):
            torch.ones(2)
        (name,) = os.listdir(os.path.join(folder, "new"))
        print(name.startswith("me."), name.endswith(".pt.trace.json"))
