import { describe, expect, it } from "vitest";
import { indexGraph, indexPass, isBroken, leafFill, readState, thin, together, toNumber } from "./state";
import type { Graph, GraphNode, Pass, Stat } from "./state";

const node = (id: number, more: Partial<GraphNode> = {}): GraphNode => ({
  id,
  kind: "op",
  name: "MulBackward0",
  label: "mul",
  vars: [],
  shape: null,
  dtype: "",
  cell: "In[1]",
  line: 2,
  source: null,
  formula: "",
  saved: [],
  hooks: 0,
  leaf: null,
  x: 0,
  y: 0,
  w: 40,
  h: 28,
  ...more,
});
const stat = (norm: number | string): Stat => ({
  shape: [],
  dtype: "float32",
  norm,
  min: 0,
  max: 0,
  mean: 0,
  nan: norm === "nan" ? 1 : 0,
  inf: 0,
  values: [],
  rows: 0,
  cols: 0,
  hist: null,
});
const edge = (id: number, src: number, dst: number) => ({ id, src, dst, nr: 0, shape: null, points: [] });
const graph: Graph = {
  key: 1,
  width: 1,
  height: 1,
  hidden: 0,
  scopes: [],
  collapsed: [],
  nodes: [node(1), node(2, { line: 3 }), node(3, { leaf: 7, kind: "leaf", cell: null }), node(4, { leaf: 7, kind: "leaf", cell: null })],
  edges: [edge(10, 3, 1), edge(11, 4, 2), edge(12, 1, 2)],
};
const pass: Pass = {
  id: 1,
  cell: null,
  line: null,
  source: null,
  error: null,
  steps: [
    { node: 2, received: [stat(1)], sent: [{ edge: 12, stat: stat(10) }, { edge: 11, stat: stat(0) }], hooks: [], accumulate: null },
    { node: 1, received: [stat(10)], sent: [{ edge: 10, stat: stat(1000) }, { edge: null, stat: null }], hooks: [], accumulate: null },
    { node: 3, received: [stat("nan")], sent: [], hooks: [], accumulate: { leaf: 7, incoming: null, grad: null } },
  ],
};

describe("state", () => {
  it("is complete before the kernel has sent anything", () => {
    const state = readState(() => undefined);
    expect(state.status.state).toBe("waiting");
    expect(state.graph.nodes).toEqual([]);
    expect(state.leaves).toEqual([]);
    expect(readState((key) => (key === "hooks" ? {} : null)).hooks).toEqual([]);
  });
  it("reads text as the kernel sends it", () => {
    expect(readState((key) => (key === "leaves" ? '[{"id":1}]' : null)).leaves).toEqual([{ id: 1 }]);
  });
  it("does not share its empty form between panels", () => {
    readState(() => undefined).status.state = "done";
    expect(readState(() => undefined).status.state).toBe("waiting");
  });
  it("finds nodes by line and all uses of a leaf", () => {
    const index = indexGraph(graph);
    expect(index.byLine.get("In[1]:3")).toEqual([2]);
    expect(together(index, 3)).toEqual([3, 4]);
    expect(together(index, 1)).toEqual([1]);
    expect(together(index, null)).toEqual([]);
  });
  it("knows when each edge was reached, and the range of norms", () => {
    const reach = indexPass(pass);
    expect(reach.edgeAt.get(12)).toBe(1);
    expect(reach.edgeAt.get(10)).toBe(2);
    expect(reach.nodeAt.get(1)).toBe(2);
    expect([reach.lo, reach.hi]).toEqual([0, 3]);
    expect(indexPass(null).hi).toBe(0);
  });
  it("fills a leaf by the uses that have sent, and wholly once accumulated", () => {
    const index = indexGraph(graph);
    const reach = indexPass(pass);
    expect([0, 1, 2, 3].map((at) => leafFill(index, reach, 7, at))).toEqual([0, 0.4, 0.8, 1]);
    expect(leafFill(index, reach, 99, 3)).toBe(0);
  });
  it("thins a list and keeps its last", () => {
    expect(thin([1, 2, 3], 5)).toEqual([1, 2, 3]);
    expect(thin([1, 2, 3, 4, 5], 2)).toEqual([2, 5]);
    expect(thin([], 3)).toEqual([]);
  });
  it("reads numbers that JSON does not have", () => {
    expect(toNumber("-inf")).toBe(-Infinity);
    expect(toNumber("nan")).toBeNaN();
    expect(toNumber(null)).toBeNaN();
    expect(isBroken(stat("nan"))).toBe(true);
    expect(isBroken(null)).toBe(false);
  });
});
