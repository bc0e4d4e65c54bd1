import { describe, expect, it } from "vitest";
import { find, turn } from "./search";
import { unseen, type Graph, type GraphNode } from "./state";

const node = (id: number, name: string, more: Partial<GraphNode>): GraphNode => ({
  ...unseen(id, name),
  ...more,
});
const graph: Graph = {
  key: 1,
  width: 0,
  height: 0,
  hidden: 0,
  nodes: [
    node(1, "AddmmBackward0", { vars: ["h"], cell: "In[3]", line: 1, x: 0 }),
    node(2, "TanhBackward0", { vars: ["y"], cell: "In[3]", line: 12, x: 100 }),
    node(3, "MulBackward0", { vars: ["loss"], cell: "In[4]", line: 1, x: 200 }),
  ],
  edges: [],
  scopes: [{ id: "a", kind: "module", label: "net.layer1", times: 1, nodes: [1], parent: null }],
  collapsed: [],
};

describe("search", () => {
  it("finds by name, variable and module, from the loss on, in any case", () => {
    expect(find(graph, "backward")).toEqual([3, 2, 1]);
    expect(find(graph, " LOSS ")).toEqual([3]);
    expect(find(graph, "layer1")).toEqual([1]);
    expect(find(graph, "nothing like it")).toEqual([]);
    expect(find(graph, "  ")).toEqual([]);
  });
  it("takes a line as a whole number", () => {
    expect(find(graph, "line 1")).toEqual([3, 1]);
    expect(find(graph, "In[3]:1")).toEqual([1]);
    expect(find(graph, ":12")).toEqual([2]);
    expect(find(graph, "in[3]:")).toEqual([2, 1]);
  });
  it("finds what a closed part hides in its box", () => {
    const words = "SigmoidBackward0\ngate\nIn[3]:12\nline 12";
    const box = node(-2, "net", { kind: "scope", scope: "net", words });
    const shut: Graph = { ...graph, nodes: [box, ...graph.nodes] };
    expect(find(shut, "gate")).toEqual([-2]);
    expect(find(shut, "sigm")).toEqual([-2]);
    expect(find(shut, "line 12")).toEqual([2, -2]);
    expect(find(shut, "line 1")).toEqual([3, 1]);
  });
  it("goes round through the hits", () => {
    expect(turn([], 1, 1)).toBeNull();
    expect(turn([3, 2, 1], null, 1)).toBe(3);
    expect(turn([3, 2, 1], null, -1)).toBe(1);
    expect(turn([3, 2, 1], 3, 1)).toBe(2);
    expect(turn([3, 2, 1], 1, 1)).toBe(3);
    expect(turn([3, 2, 1], 3, -1)).toBe(1);
    expect(turn([3, 2, 1], 77, 1)).toBe(3);
  });
});
