import { describe, expect, it } from "vitest";
import { amount, around, byId, contract, holding } from "./scopes";
import { drawn, indexGraph, indexPass, together, travelled, unseen } from "./state";
import type { Graph, Pass, Scope, Stat } from "./state";

const scope = (id: string, nodes: number[], parent: string | null = null, times = 1): Scope => ({
  id,
  kind: "module",
  label: id,
  times,
  nodes,
  parent,
});
const edge = (id: number, src: number, dst: number) => ({
  id,
  src,
  dst,
  nr: 0,
  shape: [2],
  points: [[0, 0], [1, 1]] as [number, number][],
});
const at = (id: number, x: number) => ({ ...unseen(id, `n${id}`), x, y: 10, w: 20, h: 20 });

/** 1 -> 2 -> 3 -> 4, and 1 -> 3; net holds 2 and 3, net.inner holds 2. */
const graph: Graph = {
  key: 1,
  width: 400,
  height: 40,
  hidden: 0,
  nodes: [at(1, 0), at(2, 100), at(3, 200), at(4, 300)],
  edges: [edge(10, 1, 2), edge(11, 2, 3), edge(12, 3, 4), edge(13, 1, 3)],
  scopes: [scope("net", [2, 3]), scope("net.inner", [2], "net", 12)],
  collapsed: [],
};
const stat = (norm: number | string) => ({ norm, nan: norm === "nan" ? 1 : 0, inf: 0 }) as Stat;

describe("scopes", () => {
  it("are walked from the inside out, and a ring ends", () => {
    expect(around(byId(graph), "net.inner").map(({ id }) => id)).toEqual(["net.inner", "net"]);
    const ring = { ...graph, scopes: [scope("a", [1], "b"), scope("b", [1], "a")] };
    expect(around(byId(ring), "a").map(({ id }) => id)).toEqual(["a", "b"]);
    expect(around(byId(graph), null)).toEqual([]);
  });
  it("are found around a node, the innermost first", () => {
    expect(holding(graph, graph.nodes[1]).map(({ id }) => id)).toEqual(["net.inner", "net"]);
    expect(holding(graph, graph.nodes[0])).toEqual([]);
  });
  it("say how much they hold", () => {
    expect(amount(graph.scopes[1], 3)).toBe("\u00d712");
    expect(amount(graph.scopes[0], 3)).toBe("3 nodes");
  });
  it("leave the graph alone while all are open", () => {
    expect(contract(graph, new Set())).toBe(graph);
    expect(contract(graph, new Set(["unknown"]))).toBe(graph);
  });
  it("close into one box in the middle, with edges merged and inner ones gone", () => {
    const small = contract(graph, new Set(["net"]));
    expect(small.nodes.map(({ id }) => id)).toEqual([1, 4, -2]);
    const box = small.nodes[2];
    expect([box.kind, box.scope, box.label, box.count]).toEqual(["scope", "net", "net", 2]);
    // In the middle of what it replaces, at 160 before the empty stretches were closed.
    expect(box.x).toBe(20 + 46);
    expect(small.nodes[1].x).toBeCloseTo(box.x + box.w + 46);
    expect(small.edges.map(({ src, dst, merged }) => [src, dst, merged])).toEqual([
      [1, -2, [10, 13]],
      [-2, 4, [12]],
    ]);
    expect(small.edges[0].points).toEqual([[20, 20], [box.x, box.y + box.h / 2]]);
  });
  it("count once: the outermost closed one", () => {
    const small = contract(graph, new Set(["net", "net.inner"]));
    expect(small.nodes.flatMap(({ scope }) => scope ?? [])).toEqual(["net"]);
    const inner = contract(graph, new Set(["net.inner"]));
    expect(inner.nodes.map(({ id }) => id)).toEqual([1, 3, 4, -3]);
  });
  it("swallow a box that the kernel closed, and leave one that it closed itself", () => {
    const byKernel = contract(graph, new Set(["net.inner"]));
    const outer = contract(byKernel, new Set(["net", "net.inner"]));
    expect(outer.nodes.map(({ id }) => id)).toEqual([1, 4, -2]);
    expect(outer.nodes[2].count).toBe(2);
    expect(outer.edges[0].merged).toEqual([10, 13]);
    expect(contract(byKernel, new Set(["net.inner"]))).toBe(byKernel);
  });
  it("come back as they were", () => {
    expect(contract(graph, new Set(["net"]))).not.toBe(graph);
    expect(contract(graph, new Set())).toEqual(graph);
    expect(graph.edges[0]).not.toHaveProperty("merged");
  });
  it("stand for what is in them", () => {
    const index = indexGraph(contract(graph, new Set(["net"])));
    expect(drawn(index, 3)?.id).toBe(-2);
    expect(drawn(index, 4)?.id).toBe(4);
    expect(drawn(index, 99)).toBeUndefined();
    expect(together(index, -2)).toEqual([-2, 2, 3]);
    expect(index.edges.get(13)).toBe(index.edges.get(10));
  });
  it("keep the size of what travelled over their edges", () => {
    const small = contract(graph, new Set(["net"]));
    const index = indexGraph(small);
    const step = (node: number, sent: [number, Stat][]) => ({
      node,
      received: [],
      sent: sent.map(([edge, stat]) => ({ edge, stat })),
      hooks: [],
      accumulate: null,
    });
    const steps = [
      step(4, [[12, stat(1)]]),
      step(3, [[11, stat(5)], [13, stat(3)]]),
      step(2, [[10, stat(4)]]),
    ];
    const reach = indexPass({ steps } as unknown as Pass, index);
    expect(reach.nodeAt.get(-2)).toBe(2);
    expect(travelled(small.edges[0], reach, 1)).toBeNull();
    expect(travelled(small.edges[0], reach, 2)).toEqual({ norm: 3, broken: false });
    expect(travelled(small.edges[0], reach, 3)).toEqual({ norm: 5, broken: false });
    const bad = indexPass({ steps: [step(2, [[10, stat("nan")]])] } as unknown as Pass, index);
    expect(travelled(small.edges[0], bad, 1)?.broken).toBe(true);
  });
});
