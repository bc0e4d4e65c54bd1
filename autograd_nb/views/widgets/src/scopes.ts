// Parts of the graph shown as one box. The kernel lays out what is closed; where there is none,
// as in a saved page, the box stands in the middle of what it replaces.
import { push, unseen, type Graph, type GraphEdge, type GraphNode, type Scope } from "./state";

const WIDTH = 7.2;
const TALL = 44;
/** Between columns, as in the kernel's layout. */
const GAP = 46;

type ById = Map<string, Scope>;

export const byId = (graph: Graph): ById => new Map(graph.scopes.map((scope) => [scope.id, scope]));

/** The scopes around a scope, the innermost first, itself among them; a ring ends the walk. */
export function around(scopes: ById, id: string | null | undefined): Scope[] {
  const path: Scope[] = [];
  for (let scope = scopes.get(id ?? ""); scope; scope = scopes.get(scope.parent ?? "")) {
    if (path.includes(scope)) break;
    path.push(scope);
  }
  return path;
}

/** The scopes that a node lies in, the innermost first. */
export function holding(graph: Graph, node: GraphNode): Scope[] {
  const scopes = byId(graph);
  if (node.scope != null) return around(scopes, node.scope);
  const depth = (scope: Scope) => around(scopes, scope.id).length;
  return graph.scopes
    .filter((scope) => scope.nodes.includes(node.id))
    .sort((a, b) => depth(b) - depth(a));
}

/** What a box says below its name. */
export function amount(scope: Scope | undefined, count = 0): string {
  return scope && scope.times > 1 ? `\u00d7${scope.times}` : count === 1 ? "1 node" : `${count} nodes`;
}

/**
 * The graph with some scopes closed. The outermost closed one counts; edges between the same two
 * boxes become one, which knows those that it stands for.
 */
export function contract(graph: Graph, closed: ReadonlySet<string>): Graph {
  const scopes = byId(graph);
  const outermost = (id: string) => around(scopes, id).findLast((scope) => closed.has(scope.id));
  const owner = new Map<number, Scope>();
  for (const scope of graph.scopes) {
    const outer = outermost(scope.id);
    for (const id of outer ? scope.nodes : []) if (!owner.has(id)) owner.set(id, outer as Scope);
  }
  const groups = new Map<Scope, GraphNode[]>();
  const home = new Map<number, number>();
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const scope = node.scope == null ? owner.get(node.id) : outermost(node.scope);
    if (!scope || scope.id === node.scope) {
      nodes.push(node);
      continue;
    }
    // Numbers of nodes are not negative.
    home.set(node.id, -2 - graph.scopes.indexOf(scope));
    push(groups, scope, node);
  }
  if (!groups.size) return graph;
  for (const [scope, group] of groups) nodes.push(box(scope, group, home.get(group[0].id) as number));
  const places = new Map(nodes.map((node) => [node.id, node]));
  const lines = new Map<string, GraphEdge>();
  for (const edge of graph.edges) {
    const src = home.get(edge.src) ?? edge.src;
    const dst = home.get(edge.dst) ?? edge.dst;
    const from = places.get(src);
    const to = places.get(dst);
    if (src === dst || !from || !to) continue;
    const moved = src !== edge.src || dst !== edge.dst;
    const key = moved ? `${src}>${dst}` : `${edge.id}`;
    const ids = edge.merged ?? [edge.id];
    const line = lines.get(key);
    if (line) line.merged = [...(line.merged ?? []), ...ids];
    else if (!moved) lines.set(key, edge);
    else {
      const points: [number, number][] = [
        [from.x + from.w, from.y + from.h / 2],
        [to.x, to.y + to.h / 2],
      ];
      lines.set(key, { ...edge, src, dst, shape: null, points, merged: ids });
    }
  }
  return compact({ ...graph, nodes, edges: [...lines.values()] });
}

/** Move what is right of an empty stretch to the left, until the stretch is a usual gap. */
function compact(graph: Graph): Graph {
  const cuts: [number, number][] = [];
  let right = NaN;
  for (const { x, w } of [...graph.nodes].sort((a, b) => a.x - b.x)) {
    if (x > right + GAP) cuts.push([right, x - right - GAP]);
    right = right > x + w ? right : x + w;
  }
  const moved = (x: number) =>
    cuts.reduce((at, [from, size]) => at - Math.max(0, Math.min(x - from, size)), x);
  const nodes = graph.nodes.map((node) => ({ ...node, x: moved(node.x) }));
  const edges = graph.edges.map((edge) => ({
    ...edge,
    points: edge.points.map(([x, y]): [number, number] => [moved(x), y]),
  }));
  return { ...graph, nodes, edges };
}

function box(scope: Scope, group: GraphNode[], id: number): GraphNode {
  const count = group.reduce((sum, node) => sum + (node.count ?? 1), 0);
  const w = Math.max(scope.label.length, amount(scope, count).length) * WIDTH + 22;
  const middle = (of: (node: GraphNode) => number) =>
    group.reduce((sum, node) => sum + of(node), 0) / group.length;
  return {
    ...unseen(id, scope.label),
    kind: "scope",
    scope: scope.id,
    count,
    hooks: group.reduce((sum, node) => sum + node.hooks, 0),
    x: middle((node) => node.x + node.w / 2) - w / 2,
    y: middle((node) => node.y + node.h / 2) - TALL / 2,
    w,
    h: TALL,
  };
}
