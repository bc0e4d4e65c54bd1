"""torch.utils.checkpoint: reruns, what is compared, what is refused."""

import contextlib

from tests.behaviour.helpers import attempt, warned


def _once_then(first, later):
    runs = []

    def block(x):
        runs.append(x)
        return first(x) if len(runs) == 1 else later(x)

    return block


def _two(x):
    return x.sin().exp()


def _three(x):
    return x.sin().exp().sin()


def fewer_tensors_in_the_rerun(torch):
    x = torch.ones(1, requires_grad=True)
    block = _once_then(_three, _two)
    out = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False)
    attempt(out.backward)


def more_tensors_in_the_rerun(torch):
    tools = torch.utils.checkpoint
    x = torch.ones(1, requires_grad=True)
    tools.checkpoint(_once_then(_two, _three), x, use_reentrant=False).backward()
    print(x.grad)
    with tools.set_checkpoint_early_stop(False):
        out = tools.checkpoint(_once_then(_two, _three), x, use_reentrant=False)
    attempt(out.backward)


def other_shapes_in_the_rerun(torch):
    x = torch.ones(1, requires_grad=True)

    def wider(x):
        return x.sin() * torch.ones(2)

    for options in ({}, {"determinism_check": "none"}, {"determinism_check": "some"}):
        block = _once_then(_two, wider)

        def action(block=block, options=options):
            found = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False, **options)
            found.backward()

        attempt(action)


def debug_tells_more(torch):
    tools = torch.utils.checkpoint
    x = torch.ones(1, requires_grad=True)
    phrase = "You are seeing this error because you passed `debug=True` to checkpoint"
    for setting in (None, False, True):
        for debug in (False, True):
            with tools.set_checkpoint_debug_enabled(setting):
                block = _once_then(_three, _two)
                out = tools.checkpoint(block, x, use_reentrant=False, debug=debug)
                try:
                    out.backward()
                except tools.CheckpointError as error:
                    print(setting, debug, phrase in str(error))


def reading_a_saved_tensor_between_passes(torch):
    runs = []

    def block(x):
        runs.append(1)
        return torch.exp(x)

    x = torch.ones(2, requires_grad=True)
    out = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False)
    for _ in range(2):
        print(out.grad_fn._saved_result, len(runs))
    out.sum().backward()
    print(x.grad, len(runs))
    attempt(lambda: out.grad_fn._saved_result)


def one_group_of_passes(torch):
    tools = torch.utils.checkpoint
    for group in (contextlib.nullcontext(), tools.GraphExecGroup()):
        runs = []

        def block(x, runs=runs):
            runs.append(1)
            y = x.sin().cos()
            return y, y.exp()

        x = torch.ones(2, requires_grad=True)
        y, z = tools.checkpoint(block, x, use_reentrant=False)
        with group:
            (step,) = torch.autograd.grad(z, y, torch.ones(2))
            print(torch.autograd.grad(y, x, step), len(runs))
    out = tools.checkpoint(_two, x, use_reentrant=False).sum()
    with tools.GraphExecGroup():
        out.backward(retain_graph=True)
        attempt(out.backward)


def saved_tensors_are_read_once(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            attempt(lambda: ctx.saved_tensors)
            return grad * y, grad * x

    x = torch.ones(2, requires_grad=True)
    out = torch.utils.checkpoint.checkpoint(
        lambda x: Product.apply(x * 2, x * 3), x, use_reentrant=False
    )
    out.sum().backward()
    print(x.grad)


def a_tensor_without_history_comes_back_itself(torch):
    found = []

    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(y)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            found.extend(ctx.saved_tensors)
            return grad, None

    x, y = torch.ones(1, requires_grad=True), torch.ones(1)
    torch.utils.checkpoint.checkpoint(Keep.apply, x, y, use_reentrant=False).backward()
    print(found[0] is y)


def contexts_of_both_runs(torch):
    log = []

    @contextlib.contextmanager
    def context(name):
        log.append(name)
        yield
        log.append(f"{name} over")

    def both():
        return context("first"), context("second")

    run = torch.utils.checkpoint.checkpoint
    x = torch.ones(1, requires_grad=True)
    out = run(torch.exp, x, use_reentrant=False, context_fn=both)
    print(log)
    out.backward()
    print(log)
    attempt(lambda: run(torch.exp, x, use_reentrant=True, context_fn=both))
    attempt(lambda: run(torch.exp, x, use_reentrant=True, debug=True))


def the_reentrant_form(torch):
    run = torch.utils.checkpoint.checkpoint
    x = torch.ones(2, requires_grad=True)
    attempt(lambda: torch.autograd.grad(run(torch.exp, x, use_reentrant=True).sum(), x))
    attempt(lambda: run(torch.exp, x, use_reentrant=True).sum().backward(inputs=[x]))
    run(torch.exp, x, use_reentrant=True).sum().backward()
    print(x.grad)
    warned(lambda: run(torch.exp, torch.ones(2), use_reentrant=True))
    warned(lambda: run(torch.exp, x))
    warned(lambda: torch.utils.checkpoint.checkpoint_sequential([torch.exp, torch.sin], 2, x))
