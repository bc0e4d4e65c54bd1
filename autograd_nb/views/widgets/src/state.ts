// What the kernel sends (the panel protocol) and what follows from it. No DOM here.

export type Num = number | string | null;

export interface Stat {
  shape: number[];
  dtype: string;
  norm: Num;
  min: Num;
  max: Num;
  mean: Num;
  nan: number;
  inf: number;
  values: Num[];
  rows: number;
  cols: number;
  hist: { lo: Num; hi: Num; counts: number[] } | null;
  sampled?: number;
}

export interface Saved {
  name: string;
  shape: number[];
  dtype: string;
  state: string;
  note: string;
}

export interface Site {
  cell: string | null;
  line: number | null;
  source: string | null;
}

export interface GraphNode extends Site {
  id: number;
  kind: string;
  name: string;
  label: string;
  vars: string[];
  shape: number[] | null;
  dtype: string;
  formula: string;
  saved: Saved[];
  hooks: number;
  leaf: number | null;
  /** Of kind "scope": which one stands here in one box, and for how many nodes. */
  scope?: string;
  count?: number;
  /** What can be found inside, one word a line. */
  words?: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface GraphEdge {
  id: number;
  src: number;
  dst: number;
  nr: number;
  shape: number[] | null;
  points: [number, number][];
  /** Edges that this line stands for, where the box at an end stands for several nodes. */
  merged?: number[];
}

/** A part of the graph that can be shown as one box: a module, a repeated block, a line. */
export interface Scope {
  id: string;
  kind: string;
  label: string;
  /** How often the block is repeated. */
  times: number;
  /** Every node inside, those of inner scopes too. */
  nodes: number[];
  parent: string | null;
}

export interface Graph {
  key: number;
  width: number;
  height: number;
  hidden: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
  scopes: Scope[];
  /** Scopes that the kernel has laid out as closed, inner ones of closed ones too. */
  collapsed: string[];
  /** In a saved page: the graph with every scope open. */
  opened?: Graph;
}

export interface HookEvent extends Partial<Site> {
  kind: string;
  target: string;
  fn: string;
  before: Stat | null;
  after: Stat | null;
  effect: string;
}

export interface Step {
  node: number;
  name?: string;
  label?: string;
  received: (Stat | null)[];
  sent: { edge: number | null; stat: Stat | null }[];
  hooks: HookEvent[];
  accumulate: { leaf: number; incoming: Stat | null; grad: Stat | null } | null;
}

export interface Pass extends Site {
  id: number;
  steps: Step[];
  error: string | null;
  /** Nodes that ran and are not in the drawn graph. */
  left_out?: number;
}

export interface LedgerRow {
  kind: string;
  pass: number | null;
  cell: string | null;
  line: number | null;
  incoming: Stat | null;
  norm_after: Num;
  /** Of several passes in one row: the last, how many, and how often it was cleared. */
  last?: number;
  passes?: number;
  clearings?: number;
}

export interface Leaf {
  id: number;
  name: string;
  shape: number[];
  dtype: string;
  grad: Stat | null;
  norms: Num[];
  ledger: LedgerRow[];
  contributions: number;
  /** Size of the last update against the size of the parameter. */
  ratio?: Num;
  flags?: string[];
  /** Why it has no gradient. */
  note?: string;
}

export interface HookRow extends Site {
  id: number;
  kind: string;
  target: string;
  fn: string;
  fired: number;
  order: number | null;
  before: Stat | null;
  after: Stat | null;
  effect: string;
  duplicate: boolean;
  removed: boolean;
  /** Of a pair of saved-tensor hooks. */
  packs: number;
  unpacks: number;
}

/** A scalar that the cell follows, such as its loss. */
export interface Curve {
  name: string;
  points: [Num, Num][];
}

/** A backward that is run step by step. */
export interface Stepper {
  state: string;
  node: number | null;
  done: number[];
  message: string;
}

export interface PanelState {
  status: {
    state: string;
    elapsed: number;
    ops: number;
    passes: number;
    message: string;
    cell: string;
    /** Where the first number that is not finite was met. */
    not_finite?: { what: string; pass: number; line: number | null } | null;
    /** A number that the cell asked to follow, such as its loss. */
    tracked?: { name: string; values: Num[] } | null;
  };
  source: { cell: string; lines: string[] };
  graph: Graph;
  tape: { passes: Pass[]; dropped: number };
  leaves: Leaf[];
  hooks: HookRow[];
  loss: Curve | null;
  stepper: Stepper | null;
}

export const TRAITS = [
  "status", "source", "graph", "tape", "leaves", "hooks", "loss", "stepper",
] as const;
export type Trait = (typeof TRAITS)[number];

const EMPTY: PanelState = {
  status: { state: "waiting", elapsed: 0, ops: 0, passes: 0, message: "", cell: "" },
  source: { cell: "", lines: [] },
  graph: { key: 0, width: 0, height: 0, hidden: 0, nodes: [], edges: [], scopes: [], collapsed: [] },
  tape: { passes: [], dropped: 0 },
  leaves: [],
  hooks: [],
  loss: null,
  stepper: null,
};

/**
 * Read one trait: the kernel sends JSON text, a saved page has the value. A view may open before
 * the kernel has sent everything.
 */
export function readTrait<K extends Trait>(key: K, sent: unknown): PanelState[K] {
  const value: unknown = typeof sent === "string" ? JSON.parse(sent) : sent;
  const empty = EMPTY[key];
  // A trait that is nothing until it is something: the kernel's empty dict says the same.
  if (!empty) return (value && Object.keys(value).length ? value : empty) as PanelState[K];
  if (Array.isArray(empty)) return (Array.isArray(value) ? value : empty) as PanelState[K];
  return { ...empty, ...(value as object | null | undefined) } as PanelState[K];
}

export function readState(get: (key: Trait) => unknown): PanelState {
  const state = {} as Record<Trait, unknown>;
  for (const key of TRAITS) state[key] = readTrait(key, get(key));
  return state as unknown as PanelState;
}

/** Look-ups into one graph. */
export interface GraphIndex {
  nodes: Map<number, GraphNode>;
  edges: Map<number, GraphEdge>;
  /** Edges by their end nearer the leaves: the ways in which that node receives gradients. */
  receives: Map<number, GraphEdge[]>;
  byLeaf: Map<number, number[]>;
  byLine: Map<string, number[]>;
  /** The box that stands for a node which is not drawn itself. */
  inside: Map<number, GraphNode>;
  members: Map<string, number[]>;
}

/** Add to the list under a key. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

export function siteKey(cell: string | null | undefined, line: number | null | undefined): string {
  return cell && line ? `${cell}:${line}` : "";
}

export function indexGraph(graph: Graph): GraphIndex {
  const index: GraphIndex = {
    nodes: new Map(),
    edges: new Map(),
    receives: new Map(),
    byLeaf: new Map(),
    byLine: new Map(),
    inside: new Map(),
    members: new Map(graph.scopes.map((scope) => [scope.id, scope.nodes])),
  };
  for (const node of graph.nodes) {
    index.nodes.set(node.id, node);
    for (const id of index.members.get(node.scope ?? "") ?? []) index.inside.set(id, node);
    if (node.leaf != null) push(index.byLeaf, node.leaf, node.id);
    const key = siteKey(node.cell, node.line);
    if (key) push(index.byLine, key, node.id);
  }
  for (const edge of graph.edges) {
    for (const id of edge.merged ?? [edge.id]) index.edges.set(id, edge);
    push(index.receives, edge.src, edge);
  }
  return index;
}

/** A node of which only the name is known. */
export function unseen(id: number, name: string): GraphNode {
  const place = { cell: null, line: null, source: null, x: 0, y: 0, w: 0, h: 0 };
  const more = { shape: null, dtype: "", formula: "", saved: [], hooks: 0, leaf: null };
  return { id, kind: "op", name, label: name, vars: [], ...more, ...place };
}

/** The box in which a node is drawn: its own, or that of a closed scope. */
export function drawn(index: GraphIndex, id: number | null | undefined): GraphNode | undefined {
  return id == null ? undefined : (index.nodes.get(id) ?? index.inside.get(id));
}

/** Nodes that belong together: all uses of one leaf, a box and what is in it, or a node alone. */
export function together(index: GraphIndex, id: number | null): number[] {
  if (id == null) return [];
  const { leaf, scope } = index.nodes.get(id) ?? {};
  if (scope != null) return [id, ...(index.members.get(scope) ?? [])];
  return (leaf != null && index.byLeaf.get(leaf)) || [id];
}

/** A number, where the protocol's text stands for one that is not finite. */
export function toNumber(value: Num | undefined): number {
  if (typeof value === "number") return value;
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return NaN;
}

export function isBroken(stat: Stat | null | undefined): boolean {
  return !!stat && (stat.nan > 0 || stat.inf > 0);
}

/** At most so many of a list, evenly spread, the last one always among them. */
export function thin<T>(list: readonly T[], most: number): T[] {
  const step = Math.ceil(list.length / most);
  return list.filter((_, i) => (list.length - 1 - i) % step === 0);
}

/**
 * When, in one pass, each edge and node was reached: position p shows what is <= p. A box that
 * stands for several nodes is reached with the first of them.
 */
export interface PassIndex {
  edgeAt: Map<number, number>;
  edgeStat: Map<number, Stat | null>;
  nodeAt: Map<number, number>;
  leafAt: Map<number, number>;
  /** Smallest and largest finite positive norm that travelled, as powers of ten. */
  lo: number;
  hi: number;
}

export function indexPass(pass: Pass | null, graph?: GraphIndex): PassIndex {
  const index: PassIndex = {
    edgeAt: new Map(),
    edgeStat: new Map(),
    nodeAt: new Map(),
    leafAt: new Map(),
    lo: Infinity,
    hi: -Infinity,
  };
  const size = (stat: Stat | null) => {
    const norm = stat ? toNumber(stat.norm) : NaN;
    if (!(norm > 0) || !isFinite(norm)) return;
    const power = Math.log10(norm);
    index.lo = Math.min(index.lo, power);
    index.hi = Math.max(index.hi, power);
  };
  pass?.steps.forEach((step, i) => {
    index.nodeAt.set(step.node, i + 1);
    const box = graph?.inside.get(step.node);
    if (box && !index.nodeAt.has(box.id)) index.nodeAt.set(box.id, i + 1);
    step.received.forEach(size);
    for (const { edge, stat } of step.sent) {
      size(stat);
      if (edge == null) continue;
      index.edgeAt.set(edge, i + 1);
      index.edgeStat.set(edge, stat);
    }
    if (step.accumulate) index.leafAt.set(step.accumulate.leaf, i + 1);
  });
  if (index.lo > index.hi) index.lo = index.hi = 0;
  return index;
}

/** What has travelled along a line at a position: the size of all of it, null before any has. */
export function travelled(
  edge: GraphEdge,
  pass: PassIndex,
  at: number,
): { norm: number; broken: boolean } | null {
  let sum = 0;
  let broken = false;
  let sent = false;
  for (const id of edge.merged ?? [edge.id]) {
    if ((pass.edgeAt.get(id) ?? Infinity) > at) continue;
    const stat = pass.edgeStat.get(id);
    sent = true;
    if (isBroken(stat)) broken = true;
    else if (stat) sum += toNumber(stat.norm) ** 2;
  }
  return sent ? { norm: Math.sqrt(sum), broken } : null;
}

/** How full a leaf is at a position: the share of its uses that have sent, 1 once accumulated. */
export function leafFill(graph: GraphIndex, pass: PassIndex, leaf: number, at: number): number {
  const done = pass.leafAt.get(leaf);
  if (done !== undefined && done <= at) return 1;
  let uses = 0;
  let arrived = 0;
  for (const id of graph.byLeaf.get(leaf) ?? []) {
    for (const edge of graph.receives.get(id) ?? []) {
      uses += 1;
      if (travelled(edge, pass, at)) arrived += 1;
    }
  }
  return uses ? (0.8 * arrived) / uses : 0;
}
