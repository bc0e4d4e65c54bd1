"""What the sources tell a recorder: passes, steps, hooks, gradients that grow or are cleared."""

from __future__ import annotations

import functools
import math
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from threading import get_ident
from typing import Any

from autograd_nb.core.frames import locals_of
from autograd_nb.observe import savedhooks
from autograd_nb.observe.behind import behind
from autograd_nb.observe.cells import caller_frame
from autograd_nb.observe.detail import FREED, saved_of
from autograd_nb.observe.finder import (
    PUSH_RATE,
    THREADS_WHOLE,
    Broken,
    Finder,
    Running,
    first_stat,
    guarded,
    one_line,
)
from autograd_nb.observe.graph import Stat
from autograd_nb.observe.health import size_of
from autograd_nb.observe.hooktable import HookRow, Registration, registration_of
from autograd_nb.observe.ledger import state_of
from autograd_nb.observe.modules import modules_in
from autograd_nb.observe.protocol import is_accumulator, is_tensor, node_key, node_name, sequence_nr
from autograd_nb.observe.rows import LedgerRow
from autograd_nb.observe.sampling import FIRST_WHOLE
from autograd_nb.observe.snapshot import DETAIL_LIMIT, Walk, walk
from autograd_nb.observe.steps import Ear
from autograd_nb.observe.tape import HookEvent, Pass, Step

CLEARINGS = 64
"""Places at which gradients were cleared, one after the other, before they are written down."""

GROWTH_SHARE = 20
"""A look at a graph that grows waits this many times the cost of the one before."""


class Sink(Finder):
    """Where events of either engine become tape, ledger and hook table.

    The sources (:mod:`own`, :mod:`foreign`) call these methods and nothing else.
    """

    # -- what the sources tell -----------------------------------------------------------

    @guarded
    def grown(self, node: Any) -> None:
        """Look at the graph that grows; the source asks now and then, not at every node."""
        if self._first_sequence is None:
            self._first_sequence = sequence_nr(node)
        if not self._running:
            self._grow(time.perf_counter())

    def _grow(self, now: float) -> None:
        if self._namespace is not None and not self.tape.total:
            self._place_variables()
        pause = max(1 / PUSH_RATE, GROWTH_SHARE * (time.perf_counter() - now))
        self.next_growth = time.perf_counter() + pause
        self._push()

    @guarded
    def pass_begin(self, roots: tuple[Any, ...], tells: bool = False) -> Running:
        """Begin a pass; the caller hands over the roots as the engine got them.

        An engine that `tells` says by itself when a gradient is cleared or filled.
        """
        frame = caller_frame(3)
        origin = None if frame is None else (frame.f_code, frame.f_lasti)
        number = self.tape.begin()
        stack = self._running.setdefault(get_ident(), [])
        full = stack[-1].full if stack else self.sampler.wants(number)
        size = size_of(roots[0]) if roots and is_tensor(roots[0]) else 0.0
        full = full or self.alarm.begins(size)
        if self.broken is None and not math.isfinite(size):
            self.broken = Broken("loss", number, origin)
        if not tells and get_ident() not in self._threads and len(self._threads) < THREADS_WHOLE:
            self._threads.add(get_ident())
            full = True  # by which it is known which leaves the thread works on
        begun = time.perf_counter()
        running = Running(
            Pass(number), origin, full, tells=tells, spent_before=self.spent, begun=begun
        )
        stack.append(running)
        self.quiet = None if full else running
        if number == FIRST_WHOLE:
            self.modules.detach()  # a loop's graph has its names by now
        if self._clearing or self._filled:
            self._settle_clearings()
        if self._held:
            self._notice_cleared()
        if self.track is not None and frame is not None and self.tracked.wants(number):
            # A loop in a function has its loss among the function's own variables.
            running.tracked = locals_of(frame).get(self.track.partition(".")[0])
        if running.full:
            self.full_passes += 1
            running.record.site = self._site(origin)
            walked = walk(roots, self.limit)
            local = {} if frame is None else locals_of(frame)
            names = functools.lru_cache(lambda: self._names(local))
            leaves = self._leaves(walked, names)
            if not tells:
                self._reach(leaves)
            placement = self.book.place(walked, leaves, names, refresh=number <= 2)
            running.placement = self._placement = placement
            self._leaf_places.update(placement.leaf_nodes)
            running.walked = walked
            running.node_of = {
                node_key(op): place for op, place in zip(walked.ops, placement.ops, strict=True)
            }
            if number == 1:
                self._expect(names(), local)
                self._rename(names())
            self._watch_foreign(running, walked)
        return running

    def _watch_foreign(self, running: Running, walked: Walk) -> None:
        for source in self._sources:
            source.watch(running, walked)

    @guarded
    def pass_end(
        self,
        running: Running | None,
        error: BaseException | None,
    ) -> None:
        """End a pass, however it ended."""
        stack = self._running.get(get_ident(), [])
        if running is None:
            running = stack[-1] if stack else None
        if running is None:
            return
        while stack and stack.pop() is not running:
            pass
        if not stack:
            self._running.pop(get_ident(), None)
        self.quiet = stack[-1] if stack and not stack[-1].full else None
        record = running.record
        self.full_passes -= running.full
        if error is not None:
            record.site = record.site or self._site(running.origin)
            record.error = one_line(error)
            blamed = self.hooks.blame(error)
            if blamed is not None:
                self._touched_hooks[blamed.id] = None
        arrived = self._settle(running)
        self._counted = None if running.full or error is not None else (record, arrived)
        if running.farthest is not None:
            self._listen_for_trouble(running)
        if running.full or error is not None:
            self._attach_rest(running)
            if running.walked is not None and record.id <= FIRST_WHOLE:
                self._look_at_saved(running, running.walked)
            running.walked = None
            record.steps = list(running.steps.values())
            self.tape.add(record)
            now = time.perf_counter()
            cost = self.spent - running.spent_before
            self.sampler.took(record.id, running.begun, now, cost)
        self._follow(running)
        self._push()

    def _listen_for_trouble(self, running: Running) -> None:
        """Keep the pass that broke the gradients, and the one before it, from being dropped."""
        assert running.farthest is not None
        tensor = self.ledger.tensor(running.farthest)
        if tensor is None or not self.may_look(running.farthest):
            return
        grad = tensor.grad
        if grad is None or not self.alarm.ended(size_of(grad)):
            return  # a hook may have used the gradient and cleared it
        if self.broken is None:
            self.broken = Broken("gradient", running.record.id, running.origin)
        for before in list(self.tape.passes)[-1:]:
            before.pinned = True
        running.record.pinned = True
        if self._counted is not None:
            self._sketch(*self._counted)
            self._counted = None

    def _look_at_saved(self, running: Running, walked: Walk) -> None:
        """Write down which saved tensors the pass has freed."""
        if running.placement is None or len(walked.ops) > DETAIL_LIMIT:
            return
        site = running.record.site
        for op, place in zip(walked.ops, running.placement.ops, strict=True):
            saved = saved_of(op)
            if site is not None:
                freed = f"freed by the backward at {site}"
                saved = tuple(
                    replace(item, note=freed) if item.note == FREED else item for item in saved
                )
            self.book.update_saved(place, saved)

    def _attach_rest(self, running: Running) -> None:
        """Give hooks that fired at a leaf which did not accumulate a step of their own."""
        if running.waiting and running.current is not None:
            running.current.hooks.extend(running.waiting)
        running.waiting.clear()
        running.measured.clear()

    @guarded
    def step_begin(self, node: Any, received: tuple[Any, ...]) -> None:
        """Note that a node runs, and what it received."""
        running = self._current()
        if running is None or not running.full:
            return
        self._step_begin(running, self._place(running, node), node_name(node), received)

    @guarded
    def step_begin_at(
        self, running: Running, place: int, name: str, received: tuple[Any, ...]
    ) -> None:
        """Note that the node at a place runs."""
        self._step_begin(running, place, name, received)

    def _step_begin(
        self, running: Running, place: int | None, name: str, received: tuple[Any, ...]
    ) -> None:
        if place is None:
            running.record.left_out += 1
            running.current = None
            return
        step = running.steps.get(place)
        if step is None:
            step = running.steps[place] = Step(place, name)
        step.received = [self._stat(running, value) for value in received]
        step.hooks.extend(running.waiting)
        running.waiting.clear()
        running.current = step

    @guarded
    def step_end(self, node: Any, sent: tuple[Any, ...]) -> None:
        """Note what a node sent."""
        running = self._current()
        if running is None or not running.full or is_accumulator(node):
            return
        self._step_end(running, self._place(running, node), sent)

    @guarded
    def step_end_at(self, running: Running, place: int, sent: tuple[Any, ...]) -> None:
        """Note what the node at a place sent."""
        self._step_end(running, place, sent)

    def _step_end(self, running: Running, place: int | None, sent: tuple[Any, ...]) -> None:
        step = None if place is None else running.steps.get(place)
        if step is None or running.placement is None:
            return
        edges = running.placement.edges
        step.sent = [
            (edges.get((step.node, nr)), self._stat(running, value))
            for nr, value in enumerate(sent)
            if value is not None or (step.node, nr) in edges
        ]
        running.current = step

    @guarded
    def accumulated(self, tensor: Any, incoming: Any, grad: Any) -> None:
        """Note that a pass added to a leaf's gradient."""
        running = self._current()
        if running is not None and not running.full:
            running.leaves.append(tensor)
            return
        identity = self._leaf(tensor, self._names)
        if running is None:
            self._count(identity, tensor, None)
            return
        coming, total = self._stat(running, incoming), self._stat(running, grad, fresh=True)
        self._count(identity, tensor, running, coming, total)
        if running.current is not None and running.placement is not None:
            if running.placement.leaf_nodes.get(identity) == running.current.node:
                running.current.accumulate = (identity, coming, total)

    @guarded
    def stat_in(self, running: Running, value: Any) -> Stat | None:
        """Measure a gradient within a pass."""
        return self._stat(running, value)

    @guarded
    def accumulated_at(
        self, running: Running, place: int, identity: int, incoming: Stat | None, leaf: Any
    ) -> None:
        """Note what a pass recorded in full added to a leaf's gradient."""
        grad = leaf.grad if self.may_look(identity) else None
        total = self._stat(running, grad, fresh=True)
        self._count(identity, self.ledger.tensor(identity), running, incoming, total)
        step = running.steps.get(place)
        if step is not None:
            step.accumulate = (identity, incoming, total)

    def arrived(self, identity: int) -> None:
        """Note that a gradient reached a leaf; a pass that is only counted adds them up at its end.

        Not guarded: it is called for each leaf of each pass, and does next to nothing.
        """
        running = self._current()
        if running is not None and not running.full:
            running.arrived.append(identity)

    @guarded
    def made_anew(self, identities: set[int]) -> list[tuple[Any, int]]:
        """Find the leaves that a loop makes anew under their names, in passes that nobody walks."""
        variables = self.variables()
        found: list[tuple[Any, int]] = []
        for identity in identities:
            record = self.ledger.records.get(identity)
            if record is None:
                continue
            leaf: Any = variables.get(record.name)
            known = type(leaf) is not record.kind or self.ledger.find(leaf) is not None
            if not known and leaf.is_leaf and leaf.requires_grad:
                names = {id(leaf): record.name}  # all that need be known of the variables
                same = self.ledger.id_of(leaf, functools.partial(_name_among, names))
                found.append((leaf, same))
        return found

    def _settle(self, running: Running) -> tuple[int, ...]:
        """Write down what a pass that was only counted added, and return the leaves."""
        ledger, touched = self.ledger, self._touched_leaves
        for leaf in running.leaves:
            known = ledger.find(leaf)
            if known is None or known not in touched:
                known = self._leaf(leaf, self._names)
            running.arrived.append(known)
        arrived = tuple(running.arrived)
        running.leaves, running.arrived = [], []
        if not arrived:
            return arrived
        running.farthest = arrived[-1]
        loop = get_ident(), *arrived
        if loop != self._loop:
            self._loop, self._due = loop, ledger.due(arrived)
            if not running.tells:
                self._reach(arrived)
        running.record.site = self._site(running.origin)
        ledger.write(LedgerRow("backward", running.record.id, running.record.site), arrived)
        self._due -= 1
        if self._due <= 0:
            ledger.look([identity for identity in arrived if self.may_look(identity)])
            self._due = ledger.due(arrived)
        if not running.tells:
            held, all_may = self._held, self.may_look_at_all()
            for identity in arrived:
                leaf = ledger.tensor(identity)
                if leaf is None or not (all_may or self.may_look(identity)):
                    held.pop(identity, None)
                else:
                    held[identity] = state_of(leaf.grad)
        return arrived

    def _count(
        self,
        identity: int,
        tensor: Any,
        running: Running | None,
        incoming: Stat | None = None,
        total: Stat | None = None,
    ) -> None:
        if running is None:
            number, site = self.tape.total, None
        else:
            number, site = running.record.id, self._site(running.origin)
            running.farthest = identity
        looks = tensor is not None and self.may_look(identity)
        held = tensor.grad if looks else None
        self.ledger.add(identity, number, site, incoming, total, held)
        self._loop = ()  # what is due is counted anew
        if not looks:
            self._held.pop(identity, None)
        elif running is None or not running.tells:
            self._held[identity] = state_of(held)

    def cleared(self, tensor: Any, how: str) -> None:
        """Note that a gradient was set to None or filled with zeros."""
        identity = self.ledger.find(tensor)
        if identity is None or self._running or how != "none":
            self._cleared(tensor, how)
            return
        # All leaves of one `zero_grad` share a place: past the source and the setter of `.grad`.
        inner = sys._getframe(4)
        outer = inner.f_back
        key = id(inner), inner.f_lasti, outer and outer.f_lasti
        if key != self._clearing_key:
            frame = caller_frame(3)
            origin = None if frame is None else (frame.f_code, frame.f_lasti)
            self._clearing_key = key
            self._clearing.append((origin, []))
            if len(self._clearing) > CLEARINGS:
                self._settle_clearings()
                self._clearing.append((origin, []))
        self._clearing[-1][1].append(identity)

    @guarded
    def cleared_together(self, tensors: list[Any]) -> None:
        """Note that the gradients of several leaves are set to None by one call."""
        find = self.ledger.find
        found = tuple([known for tensor in tensors if (known := find(tensor)) is not None])
        if self._running or len(found) < len(tensors):
            for tensor in tensors:
                self._cleared(tensor, "none")
            return
        if self._clearing or self._filled:
            self._settle_clearings()
        for identity in found if self._held else ():
            self._held.pop(identity, None)
        frame = caller_frame(4)
        site = None if frame is None else self._site((frame.f_code, frame.f_lasti))
        self.ledger.write(LedgerRow("cleared", site=site), found)

    @guarded
    def filled(self, grad: Any) -> None:
        """Note that a tensor was filled; the next pass sees whether it is a gradient of zeros."""
        if self._grads[0] != self.tape.total:
            grads = {}
            for identity in self._touched_leaves:
                leaf = self.ledger.tensor(identity)
                if leaf is not None and leaf.grad is not None:
                    grads[id(leaf.grad)] = identity
            self._grads = self.tape.total, grads
        found = self._grads[1].get(id(grad))
        if found is not None:
            frame = caller_frame(3)
            self._filled[found] = None if frame is None else (frame.f_code, frame.f_lasti)

    @guarded
    def _cleared(self, tensor: Any, how: str) -> None:
        identity = self._leaf(tensor, self._names)
        self._filled.pop(identity, None)  # this tells the same
        self._settle_clearings()
        for stack in self._running.values():
            self._settle(stack[-1])  # cleared within a pass: what came before it comes first
        frame = caller_frame(4)
        site = None if frame is None else self._site((frame.f_code, frame.f_lasti))
        self._held.pop(identity, None)
        self.ledger.note(identity, LedgerRow("cleared" if how == "none" else "zeroed", site=site))

    @guarded
    def hook_registered(
        self, kind: str, owner: Any, fn: Any, registration: Registration | None
    ) -> HookRow | None:
        """Note that a hook was registered, now, by the user's code."""
        if isinstance(fn, Ear):
            return None
        frame = caller_frame(3)
        origin = None if frame is None else (frame.f_code, frame.f_lasti)
        local = None if frame is None else locals_of(frame)
        inner = behind(fn, 2)
        if inner is not None and not inner.functions:
            return None
        key, target = self._owner(owner, local)
        if inner is not None and inner.module is not None:
            target = self._module_name(inner.module, local)
        if registration is not None and inner is not None and inner.call is not None:
            registration.share(inner.call)
        row = self.hooks.register(
            kind,
            key,
            target,
            fn,
            origin=origin,
            registration=registration,
            inner=inner,
            among=self._touched_hooks,
        )
        self._touched_hooks[row.id] = None
        return row

    @guarded
    def hook_found(
        self, kind: str, owner: Any, fn: Any, registration: Registration
    ) -> HookRow | None:
        """Note a hook that was registered while nobody watched."""
        if isinstance(fn, Ear):
            return None
        key, target = self._owner(owner)
        row = self.hooks.find(kind, key, fn)
        if row is None:
            row = self.hooks.register(kind, key, target, fn, registration=registration)
        self._touched_hooks[row.id] = None
        return row

    @guarded
    def hook_called(
        self,
        kind: str,
        owner: Any,
        fn: Any,
        before: tuple[Any, ...],
        after: tuple[Any, ...],
        row: HookRow | None = None,
    ) -> None:
        """Note that a hook fired, and what it did to the gradient."""
        if isinstance(fn, Ear):
            return
        running = self._current()
        if row is None and (known := self._owner_key(owner)) is not None:
            row = self.hooks.find(kind, known, fn, running.fired if running is not None else ())
        if row is None and (inner := behind(fn)) is not None and not inner.functions:
            return
        if row is None or (not row.target and owner is not None):
            key, target = self._owner(owner)
            if row is None:
                found = None if fn is None else registration_of(owner, fn)
                row = self.hooks.register(kind, key, target, fn, registration=found)
            row.target, row.owner = target or row.target, key
        self._touched_hooks[row.id] = None
        row.fired += 1
        if running is None:
            return
        running.fired.append(row.id)
        row.order = len(running.fired)
        if not running.full:
            return
        replaced = bool(after) and any(b is not a for b, a in zip(before, after, strict=False))
        row.before, row.after = first_stat(self, running, before), first_stat(self, running, after)
        row.effect = "replaced" if replaced else "kept"
        event = HookEvent(row.kind, row.target, row.fn, row.before, row.after, row.effect, row.site)
        if kind in {"node_post", "post_accumulate"} and running.current is not None:
            running.current.hooks.append(event)
        else:
            running.waiting.append(event)

    @guarded
    def saved_hooks_entered(
        self, pack: Any, unpack: Any, one: bool = False, pair: Any = None
    ) -> HookRow | None:
        """Note a pair of saved-tensor hooks that is registered now, for one tensor or a block."""
        row = None if pair is None else self.hooks.pairs.get(pair)
        if row is None:
            frame = caller_frame(3)
            origin = None if frame is None else (frame.f_code, frame.f_lasti)
            line = None if frame is None else frame.f_lineno
            row = savedhooks.register(
                self.hooks, pack, unpack, origin, line, self._touched_hooks, one=one
            )
        if pair is not None:
            self.hooks.pairs[pair] = row
        if row is not None:
            self._touched_hooks[row.id] = None
        return row

    @guarded
    def saved_hooks_called(self, row: HookRow, word: str, effect: str) -> None:
        """Note that a function of a pair was called."""
        self._touched_hooks[row.id] = None
        row.served(word, effect)

    def _module_name(self, module: Any, local: Mapping[str, Any] | None) -> str:
        name = self._module_names.get(module)
        if name is None:
            spaces = {**self.variables(), **(local or {})}
            known = {id(found): name for name, found in modules_in(spaces)}
            name = self._module_names[module] = known.get(id(module)) or type(module).__name__
        return name


def _name_among(names: dict[int, str], tensor: Any) -> str:
    return names.get(id(tensor), "")
