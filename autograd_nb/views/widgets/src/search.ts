// Finding nodes by any word that the panel shows of them.
import type { Graph, GraphNode } from "./state";

const texts = new WeakMap<Graph, Map<number, string>>();

/** What can be found of each node: names, variables, scopes and the line, and what a box hides. */
function textsOf(graph: Graph): Map<number, string> {
  let known = texts.get(graph);
  if (known) return known;
  const labels = new Map<number, string>();
  for (const { label, nodes } of graph.scopes) {
    for (const id of nodes) labels.set(id, `${labels.get(id) ?? ""}\n${label}`);
  }
  const text = ({ name, label, vars, cell, line, words }: GraphNode) =>
    [name, label, ...vars, line ? `${cell}:${line}\nline ${line}` : "", words].join("\n");
  known = new Map();
  for (const node of graph.nodes) {
    known.set(node.id, `${text(node)}\n${labels.get(node.id) ?? ""}\n`.toLowerCase());
  }
  texts.set(graph, known);
  return known;
}

/**
 * Nodes in which a text occurs, from the loss towards the leaves. A number at its end is a whole
 * number: "line 1" does not find line 12.
 */
export function find(graph: Graph, query: string): number[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [];
  const known = textsOf(graph);
  const isPlace = /(^line |:)\d+$/.test(wanted);
  return graph.nodes
    .filter(({ id }) => known.get(id)?.includes(isPlace ? `${wanted}\n` : wanted))
    .sort((a, b) => b.x + b.w - (a.x + a.w) || a.y - b.y)
    .map(({ id }) => id);
}

/** The hit after (or before) the present one, around the end; the first where there is none. */
export function turn(hits: readonly number[], present: number | null, by: 1 | -1): number | null {
  if (!hits.length) return null;
  const at = present == null ? -1 : hits.indexOf(present);
  if (at < 0) return hits[by > 0 ? 0 : hits.length - 1];
  return hits[(at + by + hits.length) % hits.length];
}
