// The elements of one node and of one edge.
import { svg } from "./dom";
import { clip, dims, shape, site } from "./format";
import { labelAt } from "./geometry";
import { amount } from "./scopes";
import { siteKey, type GraphEdge, type GraphNode, type Scope } from "./state";

const CHAR = 7.2;

export interface NodeEl {
  g: SVGGElement;
  fill: SVGRectElement | null;
  stamp: string;
}
export interface EdgeEl {
  path: SVGPathElement;
  label: SVGTextElement | null;
  stamp: string;
}

export function nameOf(node: GraphNode): string {
  const names = node.vars.length ? `, ${node.vars.join(", ")}` : "";
  const more = node.count ? `, ${node.count} nodes in one box` : "";
  const where = siteKey(node.cell, node.line) ? `, ${site(node.cell, node.line)}` : "";
  const size = node.shape ? `, ${shape(node.shape)} ${node.dtype}` : "";
  return `${node.name}${names}${more}${size}${where}`;
}

export function makeNode(node: GraphNode, stamp: string, scope?: Scope): NodeEl {
  const isLeaf = node.kind === "leaf";
  const radius = isLeaf ? node.h / 2 : 6;
  const box = { width: node.w, height: node.h, rx: radius };
  const g = svg("g", { class: `node ${node.kind}`, "data-node": node.id });
  // A closed scope is a pile of boxes.
  if (node.kind === "scope") g.append(svg("rect", { class: "body", x: 4, y: 4, ...box }));
  g.append(svg("rect", { class: "body", ...box }));
  let fill: SVGRectElement | null = null;
  if (isLeaf) {
    fill = svg("rect", { class: "fill", ...box, width: 0 });
    g.append(fill);
  }
  const text = (className: string, y: number, words: string, char: number) => {
    const room = Math.max(2, Math.floor((node.w - 8) / char));
    return svg("text", { class: className, x: node.w / 2, y }, clip(words, room));
  };
  const names =
    node.kind === "scope" ? amount(scope, node.count) : isLeaf ? "" : node.vars.join(", ");
  // How often a scope repeats stands below.
  const label = (isLeaf && node.vars[0]) || (node.kind === "scope" ? node.name : node.label);
  g.append(text("label", names ? node.h / 2 - 9 : node.h / 2, label, CHAR));
  if (names) g.append(pill(node, clip(names, Math.max(2, Math.floor((node.w - 18) / 6.4)))));
  if (node.hooks) {
    g.append(
      svg(
        "g",
        { class: "hookmark", transform: `translate(2 ${node.h - 1})` },
        svg("circle", { r: 6.5 }),
        svg("text", {}, node.hooks > 9 ? "+" : node.hooks),
      ),
    );
  }
  g.append(svg("title", {}, nameOf(node)));
  return { g, fill, stamp };
}

/** The user's names for a result, in the lower half of the box. */
function pill(node: GraphNode, names: string): SVGGElement {
  const w = names.length * 6.4 + 12;
  return svg(
    "g",
    { class: "pill", transform: `translate(${node.w / 2 - w / 2} ${node.h / 2 + 1})` },
    svg("rect", { width: w, height: 16, rx: 8 }),
    svg("text", { x: w / 2, y: 8.5 }, names),
  );
}

/** The path of an edge, and its size; silent is one whose neighbour says the same. */
export function makeEdge(edge: GraphEdge, d: string, silent: boolean): EdgeEl {
  const path = svg("path", { class: "edge", d });
  const text = silent ? "" : dims(edge.shape);
  if (!text) return { path, label: null, stamp: d };
  const { x, y, room, rise } = labelAt(edge.points);
  if (text.length * 5.5 > room + 6) return { path, label: null, stamp: d };
  // On a steep line, to the side where the line is not.
  const aside = Math.abs(rise) > 12 ? 9 * Math.sign(rise) : 0;
  return { path, label: svg("text", { class: "size", x: x + aside, y: y - 7 }, text), stamp: d };
}
