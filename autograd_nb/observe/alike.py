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

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd_nb.observe.graph import GraphEdge, GraphNode
from autograd_nb.observe.snapshot import Walk


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
            place = known[index]
            # A graph may hold several objects that passed for one in passes of their own.
            if place in self.places.nodes and place not in self._used:
                self.found[index] = place
                self._used.add(place)
        inner = {row[1] for rows in self.walked.inputs for row in rows if row and row[0] == "op"}
        for index in last_first:
            if self.found[index] is None and self.forms[index] in self.places.alike:
                self._match(index, whole=index not in inner)
        return self.found

    def _match(self, index: int, whole: bool) -> None:
        """Take the first place at which all that is below an operation fits."""
        places = self.places
        candidates = places.alike[self.forms[index]]
        free = [place for place in candidates if place not in self._used]
        if whole:
            free += [place for place in candidates if place in self._used & places.repeated]
        names = self.shown[index].vars
        free.sort(key=lambda place: set(names).isdisjoint(places.nodes[place].vars))
        for place in free:
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
        waiting = [(index, place)]
        while waiting:
            index, place = waiting.pop()
            before = matched.get(index, self.found[index])
            if before == place:
                continue
            taken = holders.setdefault(place, index) != index or (place in self._used) != again
            if before is not None or taken or not self._same_point(index, place):
                return None
            matched[index] = place
            for nr, entry in enumerate(self.walked.inputs[index]):
                edge = self.places.edges.get((place, nr))
                if entry is None or edge is None:
                    if not (entry is None and edge is None):
                        return None
                elif entry[0] == "op":
                    waiting.append((entry[1], edge.src))
                elif self.places.nodes[edge.src].leaf != self.leaves[entry[1]]:
                    return None
        return matched

    def _same_point(self, index: int, place: int) -> bool:
        node, other = self.shown[index], self.places.nodes[place]
        if node.name != other.name:
            return False
        one, two = node.site, other.site
        # A line that is not known may be any.
        return one is None or two is None or (one.cell, one.line) == (two.cell, two.line)
