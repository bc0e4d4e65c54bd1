"""Which node of a new graph stands at the same point of the program as one that is drawn.

A loop makes the same graph again and again, and its variables hold parts of it: another root, a
part of a longer chain, a list of results.  What is equal from the leaves up, and was made by the
same lines, gets the place that it had.

Note [One graph for each point of the program]
Two nodes are alike if everything below them is equal: names of nodes, positions, leaves.  That is
one number for each node, so that the search costs as much as a look at the graph.  Equal numbers
alone would let two branches of one sum fall together: from the last node down, a whole part is
taken only where each node finds a place that no other node of the same walk has.  A place that
has stood for several objects already, as in a loop, may also be taken by further graphs of their
own, such as results that are kept in a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from autograd_nb.observe.graph import GraphEdge, GraphNode
from autograd_nb.observe.snapshot import Walk

TRIES = 8
"""Places of equal form at which a node is tried, once those of its turn and its name are not it."""


@dataclass
class Places:
    """What is known of the nodes that are drawn.

    Parameters
    ----------
    nodes : dict of int to GraphNode
    edges : dict of (int, int) to GraphEdge
        By consumer and position.
    forms : dict of int to int
        For each operation the number of all that is below it.
    alike : dict of int to dict
        Operations by that number.
    repeated : set of int
        Those that have stood for more than one object.
    """

    nodes: dict[int, GraphNode] = field(default_factory=dict)
    edges: dict[tuple[int, int], GraphEdge] = field(default_factory=dict)
    forms: dict[int, int] = field(default_factory=dict)
    alike: dict[int, dict[int, None]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)

    def take(self, place: int, form: int) -> None:
        """Note what an operation at a place looks like from the leaves up.

        Parameters
        ----------
        place : int
        form : int
        """
        self.drop(place)
        self.forms[place] = form
        self.alike.setdefault(form, {})[place] = None

    def drop(self, place: int) -> None:
        """Forget the form of an operation.

        Parameters
        ----------
        place : int
        """
        form = self.forms.pop(place, None)
        if form is not None:
            of_form = self.alike[form]
            of_form.pop(place, None)
            if not of_form:
                del self.alike[form]


def forms_of(walked: Walk, names: Sequence[str], leaves: Sequence[int]) -> list[int]:
    """Return for each operation of a walk a number that says what is below it.

    Parameters
    ----------
    walked : Walk
    names : sequence of str
        Of the operations.
    leaves : sequence of int
        Identities of the leaves.

    Returns
    -------
    list of int
    """
    found: list[int] = []
    for name, row in zip(names, walked.inputs, strict=True):
        below: list[tuple[int, int] | int | None] = []
        for entry in row:
            if entry is None:
                below.append(None)
            elif entry[0] == "leaf":
                below.append(leaves[entry[1]])
            else:
                # Inputs come first, save where numbers are equal: those then say nothing.
                below.append((found[entry[1]] if entry[1] < len(found) else 0, entry[2]))
        found.append(hash((name, tuple(below))))
    return found


class Search:
    """Find the places of one walk's operations.

    See Note [One graph for each point of the program].

    Parameters
    ----------
    walked : Walk
    shown : sequence of GraphNode
        What would be drawn of each operation.
    leaves : sequence of int
        Identities of the leaves.
    places : Places
    """

    def __init__(
        self, walked: Walk, shown: Sequence[GraphNode], leaves: Sequence[int], places: Places
    ) -> None:
        self.walked = walked
        self.shown = shown
        self.leaves = leaves
        self.places = places
        self.forms = forms_of(walked, [node.name for node in shown], leaves)
        self.found: list[int | None] = [None] * len(shown)
        self._used: set[int] = set()
        self._failed: set[tuple[int, int]] = set()
        self._ordered: dict[int, list[int]] = {}

    def run(self, known: Sequence[int | None]) -> list[int | None]:
        """Give each operation the place that it had, or that its like had.

        Parameters
        ----------
        known : sequence of (int or None)
            Places of operations that were met before, as the same objects.

        Returns
        -------
        list of (int or None)
            None for an operation that needs a place of its own.
        """
        last_first = range(len(self.found) - 1, -1, -1)
        for index in last_first:
            # What is below comes next: of two graphs that have passed for one, made in turns, one
            # has the places.
            waiting = [index]
            while waiting:
                at = waiting.pop()
                if self._keep(at, known[at]):
                    below = [row[1] for row in self.walked.inputs[at] if row and row[0] == "op"]
                    waiting.extend(reversed(below))
        inner = {row[1] for rows in self.walked.inputs for row in rows if row and row[0] == "op"}
        self._ordered = {
            form: list(self.places.alike[form])
            for form in dict.fromkeys(self.forms)
            if form in self.places.alike
        }
        turns, met = [], Counter[int]()
        for form in self.forms:
            turns.append(met[form])
            met[form] += 1
        # A longer list may come after a shorter one: first what comes at the same turn, then what
        # is called the same, then what is left.
        for wish in (self._same_turn, self._same_name, self._any):
            for index in last_first:
                if self.found[index] is None and self.forms[index] in self._ordered:
                    whole = index not in inner
                    self._match(index, wish(index, turns[index], whole), whole)
        return self.found

    def _keep(self, index: int, place: int | None) -> bool:
        """Give an operation the place that it had, unless it is another's now."""
        # A graph may hold several objects that passed for one in passes of their own; and
        # PyTorch counts the nodes of each thread from the same number on.
        if self.found[index] is not None or place in self._used:
            return False
        if place not in self.places.nodes or not self._fits(index, place):
            return False
        self.found[index] = place
        self._used.add(place)
        return True

    def _fits(self, index: int, place: int | None) -> bool:
        """Tell whether a place may be an operation's by what is below, if all of that is known."""
        of_place = None if place is None else self.places.forms.get(place)
        return bool(self.walked.hidden) or of_place in (None, self.forms[index])

    def _same_turn(self, index: int, turn: int, whole: bool) -> Iterable[int]:
        ordered = self._ordered[self.forms[index]]
        if turn < len(ordered):
            named = self.shown[index].vars and self.places.nodes[ordered[turn]].vars
            if not named or self._shares_name(index, ordered[turn]):
                yield ordered[turn]

    def _same_name(self, index: int, turn: int, whole: bool) -> Iterable[int]:
        if self.shown[index].vars:
            for place in self._ordered[self.forms[index]]:
                if self._shares_name(index, place):
                    yield place

    def _any(self, index: int, turn: int, whole: bool) -> Iterable[int]:
        ordered = self._ordered[self.forms[index]]
        while ordered and ordered[0] in self._used and ordered[0] not in self.places.repeated:
            ordered.pop(0)
        free = (place for place in ordered if place not in self._used)
        yield from islice(free, TRIES)
        if whole:
            again = (place for place in ordered if place in self.places.repeated)
            yield from islice(again, TRIES)

    def _shares_name(self, index: int, place: int) -> bool:
        return not set(self.shown[index].vars).isdisjoint(self.places.nodes[place].vars)

    def _match(self, index: int, candidates: Iterable[int], whole: bool) -> None:
        """Take the first place at which all that is below an operation fits."""
        for place in candidates:
            if place in self._used and not (whole and place in self.places.repeated):
                continue
            matched = self._descend(index, place)
            if matched is not None:
                for each, its_place in matched.items():
                    self.found[each] = its_place
                self._used.update(matched.values())
                return

    def _descend(self, index: int, place: int) -> dict[int, int] | None:
        """Go down from an operation and from a place, as long as both are alike."""
        again = place in self._used
        matched: dict[int, int] = {}
        holders: dict[int, int] = {}
        above: dict[tuple[int, int], tuple[int, int] | None] = {(index, place): None}
        waiting = [(index, place)]
        while waiting:
            pair = index, place = waiting.pop()
            before = matched.get(index, self.found[index])
            if before == place:
                continue
            if before is not None or holders.setdefault(place, index) != index:
                return None
            below = self._below(index, place) if (place in self._used) == again else None
            if below is None:
                # Whatever leads here fails too: a long chain must not be gone down again and again.
                at: tuple[int, int] | None = pair
                while at is not None:
                    self._failed.add(at)
                    at = above[at]
                return None
            matched[index] = place
            for further in below:
                above.setdefault(further, pair)
                waiting.append(further)
        return matched

    def _below(self, index: int, place: int) -> list[tuple[int, int]] | None:
        """Pair the operations below an operation and a place; None where the two are not alike."""
        if (index, place) in self._failed or not self._same_point(index, place):
            return None
        pairs = []
        for nr, entry in enumerate(self.walked.inputs[index]):
            edge = self.places.edges.get((place, nr))
            if entry is None or edge is None:
                if not (entry is None and edge is None):
                    return None
            elif entry[0] == "op":
                pairs.append((entry[1], edge.src))
            elif self.places.nodes[edge.src].leaf != self.leaves[entry[1]]:
                return None
        return pairs

    def _same_point(self, index: int, place: int) -> bool:
        node, other = self.shown[index], self.places.nodes[place]
        if node.name != other.name:
            return False
        one, two = node.site, other.site
        # A line that is not known may be any.
        return one is None or two is None or (one.cell, one.line) == (two.cell, two.line)
