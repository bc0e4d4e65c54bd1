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
}

export interface Graph {
  key: number;
  width: number;
  height: number;
  hidden: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
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
}

export interface PanelState {
  status: {
    state: string;
    elapsed: number;
    ops: number;
    passes: number;
    message: string;
    cell: string;
    /** A number that the cell asked to follow, such as its loss. */
    tracked?: { name: string; values: Num[] } | null;
  };
  source: { cell: string; lines: string[] };
  graph: Graph;
  tape: { passes: Pass[]; dropped: number };
  leaves: Leaf[];
  hooks: HookRow[];
}

export const TRAITS = ["status", "source", "graph", "tape", "leaves", "hooks"] as const;
export type Trait = (typeof TRAITS)[number];

const EMPTY: PanelState = {
  status: { state: "waiting", elapsed: 0, ops: 0, passes: 0, message: "", cell: "" },
  source: { cell: "", lines: [] },
  graph: { key: 0, width: 0, height: 0, hidden: 0, nodes: [], edges: [] },
  tape: { passes: [], dropped: 0 },
  leaves: [],
  hooks: [],
};

/**
 * Read one trait: the kernel sends JSON text, a saved page has the value. A view may open before
 * the kernel has sent everything.
 */
export function readTrait<K extends Trait>(key: K, sent: unknown): PanelState[K] {
  const value: unknown = typeof sent === "string" ? JSON.parse(sent) : sent;
  const empty = EMPTY[key];
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
  /** Edges by their end nearer the loss: the ways in which that node sends gradients. */
  sends: Map<number, GraphEdge[]>;
  /** Edges by their end nearer the leaves: the ways in which that node receives gradients. */
  receives: Map<number, GraphEdge[]>;
  byLeaf: Map<number, number[]>;
  byLine: Map<string, number[]>;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
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
    sends: new Map(),
    receives: new Map(),
    byLeaf: new Map(),
    byLine: new Map(),
  };
  for (const node of graph.nodes) {
    index.nodes.set(node.id, node);
    if (node.leaf != null) push(index.byLeaf, node.leaf, node.id);
    const key = siteKey(node.cell, node.line);
    if (key) push(index.byLine, key, node.id);
  }
  for (const edge of graph.edges) {
    index.edges.set(edge.id, edge);
    push(index.sends, edge.dst, edge);
    push(index.receives, edge.src, edge);
  }
  return index;
}

/** Nodes that belong together: all uses of one leaf, or the node alone. */
export function together(index: GraphIndex, id: number | null): number[] {
  if (id == null) return [];
  const leaf = index.nodes.get(id)?.leaf;
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

/** When, in one pass, each edge and node was reached: position p shows what is <= p. */
export interface PassIndex {
  edgeAt: Map<number, number>;
  edgeStat: Map<number, Stat | null>;
  nodeAt: Map<number, number>;
  leafAt: Map<number, number>;
  /** Smallest and largest finite positive norm that travelled, as powers of ten. */
  lo: number;
  hi: number;
}

export function indexPass(pass: Pass | null): PassIndex {
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

/** How full a leaf is at a position: the share of its uses that have sent, 1 once accumulated. */
export function leafFill(graph: GraphIndex, pass: PassIndex, leaf: number, at: number): number {
  const done = pass.leafAt.get(leaf);
  if (done !== undefined && done <= at) return 1;
  let uses = 0;
  let arrived = 0;
  for (const id of graph.byLeaf.get(leaf) ?? []) {
    for (const edge of graph.receives.get(id) ?? []) {
      uses += 1;
      if ((pass.edgeAt.get(edge.id) ?? Infinity) <= at) arrived += 1;
    }
  }
  return uses ? (0.8 * arrived) / uses : 0;
}
