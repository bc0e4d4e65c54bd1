// The graph: what is near is SVG, culled to the window; what is far is canvas (overview.ts).
import { sizeColor, sizeOf, sizeWidth } from "./color";
import { stepNow, type Context, type Part } from "./context";
import { assign, h, iconButton, setText, svg } from "./dom";
import { clip, dims, num, shape, site } from "./format";
import * as geo from "./geometry";
import { navigate, type Viewport } from "./navigate";
import { Overview, windowInMap } from "./overview";
import { isBroken, leafFill, siteKey, toNumber, together } from "./state";
import type { Graph, GraphEdge, GraphIndex, GraphNode } from "./state";

/** More nodes in the window than this are drawn on canvas. */
const NEAR_LIMIT = 420;
const MARGIN = 240;
const CHAR = 7.2;
const MAP_WIDTH = 148;

interface NodeEl {
  g: SVGGElement;
  body: SVGRectElement;
  fill: SVGRectElement | null;
  stamp: string;
}
interface EdgeEl {
  path: SVGPathElement;
  label: SVGTextElement | null;
  stamp: string;
}

export function graphView(ctx: Context): Part {
  const edgeLayer = svg("g", { class: "edges" });
  const labelLayer = svg("g", { class: "labels", "aria-hidden": "true" });
  const nodeLayer = svg("g", { class: "nodes" });
  const world = svg("g", {}, edgeLayer, labelLayer, nodeLayer);
  const picture = svg("svg", { class: "near", "aria-hidden": "true" }, world);
  const far = h("canvas", { class: "far", "aria-hidden": "true" });
  const map = h("canvas", { class: "map", title: "overview: click or drag to move" });
  const mapWindow = h("div", { class: "mapwindow" });
  const mapBox = h("div", { class: "mapbox", "aria-hidden": "true" }, map, mapWindow);
  const zoomIn = iconButton("zoom in (+)", "M8 3.5v9M3.5 8h9");
  const zoomOut = iconButton("zoom out (-)", "M3.5 8h9");
  const fitAll = iconButton("fit all (0)", "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3");
  const tools = h("div", "tools", zoomIn, zoomOut, fitAll);
  const ramp = h("span", "ramp");
  const low = h("span", "");
  const high = h("span", "");
  const legend = h("div", "legend", h("span", "what", "\u2016gradient\u2016"), low, ramp, high);
  const empty = h("p", "empty", "");
  const hidden = h("p", "hiddencount", "");
  const stage = h(
    "div",
    {
      class: "stage",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "graph",
      "aria-label": "graph of the backward pass. Arrow keys choose a node, Enter pins its detail",
    },
    far,
    picture,
    empty,
  );
  const said = h("div", { class: "sr", "aria-live": "polite" });
  const el = h("div", "graph", stage, tools, mapBox, legend, hidden, said);

  const overview = new Overview(ctx);
  const nodes = new Map<number, NodeEl>();
  const edges = new Map<number, EdgeEl>();
  let drawn: Graph | null = null;
  let index: GraphIndex | null = null;
  let nodeGrid = new geo.Grid();
  let edgeGrid = new geo.Grid();
  let bounds: geo.Box = { x0: 0, y0: 0, x1: 1, y1: 1 };
  let covered: geo.Box | null = null;
  let near: { nodes: number[]; edges: number[] } = { nodes: [], edges: [] };
  let isFar = false;
  let shownStep = "";
  let spoken = "";
  let mapStamp: unknown[] = [];
  let mapSize: geo.Size = { w: MAP_WIDTH, h: 1 };
  let mapView: geo.View = { x: 0, y: 0, k: 1 };

  const port: Viewport = {
    view: { x: 0, y: 0, k: 1 },
    size: { w: 0, h: 0 },
    moved: false,
    get bounds() {
      return bounds;
    },
    changed: () => ctx.redraw(),
  };
  navigate(ctx, port, stage);
  ctx.on(zoomIn, "click", () => zoom(1.4));
  ctx.on(zoomOut, "click", () => zoom(1 / 1.4));
  ctx.on(fitAll, "click", fitNow);
  const observer = new ResizeObserver(() => ctx.redraw());
  observer.observe(stage);
  ctx.on(ctx.ended, "abort", () => observer.disconnect());

  const nodeOf = (event: Event) => {
    const id = (event.target as Element).closest<SVGElement>("[data-node]")?.dataset.node;
    if (id != null) return Number(id);
    if (!isFar || event.target !== far) return null;
    const { clientX, clientY } = event as PointerEvent;
    const box = stage.getBoundingClientRect();
    const x = port.view.x + (clientX - box.left) / port.view.k;
    const y = port.view.y + (clientY - box.top) / port.view.k;
    const slack = 4 / port.view.k;
    const around = { x0: x - slack, y0: y - slack, x1: x + slack, y1: y + slack };
    const hit = nodeGrid.query(around)[0];
    return hit === undefined ? null : ctx.state.graph.nodes[hit].id;
  };
  ctx.on(stage, "pointermove", (event) => {
    if ((event as PointerEvent).pointerType !== "touch") ctx.point({ node: nodeOf(event) });
  });
  ctx.on(stage, "pointerleave", () => ctx.point({ node: null }));
  ctx.on(stage, "click", (event) => {
    if (port.dragged) return;
    const id = nodeOf(event);
    ctx.choose({ selected: id === ctx.choice.selected ? null : id });
  });
  ctx.on(stage, "keydown", (event) => keyboard(event as KeyboardEvent));
  const moveByMap = (event: Event) => {
    const { clientX, clientY, buttons, type } = event as PointerEvent;
    if (type === "pointermove" && !buttons) return;
    const box = map.getBoundingClientRect();
    const { w, h: tall } = port.size;
    const x = mapView.x + (clientX - box.left) / mapView.k - w / 2 / port.view.k;
    const y = mapView.y + (clientY - box.top) / mapView.k - tall / 2 / port.view.k;
    port.view = { k: port.view.k, x, y };
    port.moved = true;
    ctx.redraw();
  };
  ctx.on(mapBox, "pointerdown", moveByMap);
  ctx.on(mapBox, "pointermove", moveByMap);

  function zoom(factor: number): void {
    port.view = geo.zoomAt(port.view, port.size.w / 2, port.size.h / 2, factor);
    port.moved = true;
    ctx.redraw();
  }
  function fitNow(): void {
    port.view = geo.fit(bounds, port.size);
    port.moved = true;
    ctx.redraw();
  }
  function choose(id: number | null): void {
    ctx.choose({ selected: id });
    const node = id == null ? undefined : ctx.graph.nodes.get(id);
    if (node) port.view = geo.reveal(port.view, port.size, boxOf(node));
  }
  function keyboard(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) {
      port.view = geo.pan(port.view, -60 * arrow[0], -60 * arrow[1]);
      port.moved = true;
      ctx.redraw();
    } else if (arrow) {
      const boxes = new Map(ctx.state.graph.nodes.map((node) => [node.id, boxOf(node)]));
      const from = ctx.choice.selected;
      if (from != null && boxes.has(from)) choose(geo.neighbour(boxes, from, ...arrow));
      else choose(rightmost(ctx.state.graph)?.id ?? null);
    } else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-" || event.key === "_") zoom(1 / 1.4);
    else if (event.key === "0") fitNow();
    else if (event.key === "Escape") choose(null);
    else if (event.key === "Enter") choose(ctx.choice.selected ?? stepNow(ctx)?.node ?? null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Take in a graph; elements of what has not changed are kept. */
  function adopt(graph: Graph): void {
    const isOther = !drawn || drawn.key !== graph.key || drawn.nodes.length === 0;
    drawn = graph;
    index = ctx.graph;
    nodeGrid = new geo.Grid();
    edgeGrid = new geo.Grid();
    for (const node of graph.nodes) nodeGrid.add(boxOf(node));
    for (const edge of graph.edges) edgeGrid.add(geo.boundsOf(edge.points));
    const corners = graph.nodes.flatMap((node): geo.Point[] => [
      [node.x, node.y],
      [node.x + node.w, node.y + node.h],
    ]);
    bounds = corners.length ? geo.boundsOf(corners) : { x0: 0, y0: 0, x1: 1, y1: 1 };
    covered = null;
    for (const [id, entry] of nodes) if (!index.nodes.has(id)) drop(nodes, id, entry.g);
    for (const [id, entry] of edges) {
      if (!index.edges.has(id)) drop(edges, id, entry.path, entry.label);
    }
    if (isOther && !port.moved) open();
  }
  function open(): void {
    const root = rightmost(ctx.state.graph);
    port.view = geo.opening(bounds, port.size, root ? root.y + root.h / 2 : 0);
    covered = null;
  }
  /** As high as the graph needs at the scale it opens with; never lower than it was. */
  function measure(): void {
    const w = stage.clientWidth;
    if (!w) return; // Hidden, by a tab or for a moment: drawn for the size that it had.
    const tall = bounds.y1 - bounds.y0;
    const k = Math.max(geo.READABLE, Math.min(1.15, (w - 32) / (bounds.x1 - bounds.x0 || 1)));
    // Beside the cell's lines there is room to fill; above them there is not.
    const least = w < (el.parentElement?.clientWidth ?? w) - 40 ? 340 : 210;
    const want = Math.round(Math.max(least, Math.min(460, tall * k + 72)));
    const have = parseFloat(stage.style.height) || 0;
    if (drawn?.nodes.length && want > have) stage.style.height = `${want}px`;
    const size = { w, h: stage.clientHeight };
    if (size.w === port.size.w && size.h === port.size.h) return;
    port.size = size;
    covered = null;
    if (!port.moved) open();
  }

  function draw(): void {
    const { graph, status } = ctx.state;
    if (graph !== drawn) adopt(graph);
    measure();
    const waiting = status.state === "running" || status.state === "waiting";
    setText(empty, waiting ? "Waiting for the first operation" : "No graph was recorded");
    empty.hidden = graph.nodes.length > 0;
    const left = graph.hidden;
    setText(hidden, left > 0 ? `${left.toLocaleString("en-US")} more nodes not drawn` : "");
    if (left < 0) setText(hidden, "more nodes not drawn");
    hidden.hidden = !left;
    if (!port.size.w) return;
    follow();
    port.view = geo.confine(port.view, port.size, bounds);
    cull();
    stage.classList.toggle("isfar", isFar);
    if (isFar) overview.paint(far, port.size, port.view);
    paintNear();
    drawMap();
    drawLegend();
    speak();
  }

  /** Bring the running node into the window while the reader steps. */
  function follow(): void {
    const { scrub } = ctx.choice;
    const step = stepNow(ctx);
    const stamp = `${scrub.pass}/${scrub.at}`;
    if (stamp === shownStep) return;
    shownStep = stamp;
    const node = step && !scrub.follow ? ctx.graph.nodes.get(step.node) : undefined;
    if (node) port.view = geo.reveal(port.view, port.size, boxOf(node));
  }

  function cull(): void {
    const seen = geo.visible(port.view, port.size);
    const inside =
      covered &&
      seen.x0 >= covered.x0 &&
      seen.x1 <= covered.x1 &&
      seen.y0 >= covered.y0 &&
      seen.y1 <= covered.y1 &&
      // Zooming in leaves more in the margin than is worth keeping.
      covered.x1 - covered.x0 < 4 * (seen.x1 - seen.x0);
    if (inside) return;
    covered = geo.visible(port.view, port.size, MARGIN);
    const seenNodes = nodeGrid.query(covered);
    isFar = seenNodes.length > NEAR_LIMIT || port.view.k < 0.12;
    near = isFar ? { nodes: [], edges: [] } : { nodes: seenNodes, edges: edgeGrid.query(covered) };
  }

  function paintNear(): void {
    const { view } = port;
    assign(world, {
      transform: `matrix(${view.k} 0 0 ${view.k} ${-view.x * view.k} ${-view.y * view.k})`,
    });
    picture.classList.toggle("small", view.k < 0.5);
    const wantNodes = new Set<number>();
    const wantEdges = new Set<number>();
    const hot = hotNodes(ctx);
    const step = stepNow(ctx);
    const flowing = new Set(step?.sent.map((sent) => sent.edge));
    for (const i of near.edges) {
      const edge = ctx.state.graph.edges[i];
      wantEdges.add(edge.id);
      paintEdge(edge, hot, flowing.has(edge.id));
    }
    for (const i of near.nodes) {
      const node = ctx.state.graph.nodes[i];
      wantNodes.add(node.id);
      paintNode(node, hot, step?.node === node.id || isSameLeaf(node, step?.accumulate?.leaf));
    }
    for (const [id, entry] of nodes) if (!wantNodes.has(id)) drop(nodes, id, entry.g);
    for (const [id, entry] of edges) {
      if (!wantEdges.has(id)) drop(edges, id, entry.path, entry.label);
    }
  }

  function paintNode(node: GraphNode, hot: Set<number>, isNow: boolean): void {
    const stamp = JSON.stringify([
      [node.kind, node.label, node.vars, node.w, node.h, node.hooks],
      [node.shape, node.dtype, node.cell, node.line],
    ]);
    let entry = nodes.get(node.id);
    if (entry && entry.stamp !== stamp) {
      drop(nodes, node.id, entry.g);
      entry = undefined;
    }
    if (!entry) {
      entry = makeNode(node, stamp);
      nodes.set(node.id, entry);
      nodeLayer.append(entry.g);
    }
    const { reach } = ctx;
    const at = ctx.choice.scrub.at;
    const ranAt = reach.nodeAt.get(node.id) ?? reach.leafAt.get(node.leaf ?? -1) ?? Infinity;
    const ran = ranAt <= at;
    const got = ran ? ctx.pass?.steps[ranAt - 1]?.received : undefined;
    const norm = got ? Math.max(0, ...got.map((stat) => toNumber(stat?.norm) || 0)) : 0;
    const tint = ran ? sizeColor(sizeOf(norm, reach.lo, reach.hi), ctx.dark) : "";
    assign(entry.g, {
      transform: `translate(${node.x} ${node.y})`,
      "data-hot": hot.has(node.id),
      "data-sel": ctx.choice.selected === node.id,
      "data-now": isNow,
      "data-ran": ran,
      "data-broken": !!got?.some(isBroken),
    });
    if (entry.g.style.getPropertyValue("--tint") !== tint) {
      entry.g.style.setProperty("--tint", tint);
    }
    if (entry.fill && node.leaf != null) {
      const part = leafFill(ctx.graph, reach, node.leaf, at);
      assign(entry.fill, { width: (node.w * part).toFixed(1) });
    }
  }

  function paintEdge(edge: GraphEdge, hot: Set<number>, isFlowing: boolean): void {
    const d = geo.pathOf(edge.points);
    let entry = edges.get(edge.id);
    if (!entry || entry.stamp !== d) {
      if (entry) drop(edges, edge.id, entry.path, entry.label);
      entry = makeEdge(edge, d);
      edges.set(edge.id, entry);
      edgeLayer.append(entry.path);
      if (entry.label) labelLayer.append(entry.label);
    }
    const { reach } = ctx;
    const sent = (reach.edgeAt.get(edge.id) ?? Infinity) <= ctx.choice.scrub.at;
    const stat = sent ? reach.edgeStat.get(edge.id) : undefined;
    const norm = toNumber(stat?.norm);
    const size = sizeOf(norm, reach.lo, reach.hi);
    const kind = !sent ? "idle" : !stat || norm === 0 ? "zero" : isBroken(stat) ? "broken" : "sent";
    assign(entry.path, {
      "data-state": kind,
      "data-flow": isFlowing,
      "data-hot": hot.has(edge.src) && hot.size < 40 ? true : hot.has(edge.dst) && hot.size < 40,
    });
    const stroke = kind === "sent" ? sizeColor(size, ctx.dark) : "";
    const width = kind === "sent" ? String(sizeWidth(size)) : "";
    if (entry.path.style.stroke !== stroke) entry.path.style.stroke = stroke;
    if (entry.path.style.strokeWidth !== width) entry.path.style.strokeWidth = width;
  }

  function drawMap(): void {
    const seen = geo.visible(port.view, port.size);
    const all =
      seen.x0 <= bounds.x0 + 1 &&
      seen.y0 <= bounds.y0 + 1 &&
      seen.x1 >= bounds.x1 - 1 &&
      seen.y1 >= bounds.y1 - 1;
    mapBox.hidden = all || ctx.state.graph.nodes.length < 2;
    if (mapBox.hidden) return;
    const stamp = [ctx.graph, ctx.reach, ctx.choice.scrub.at, ctx.dark, ctx.choice.selected];
    if (!stamp.every((part, i) => part === mapStamp[i])) {
      mapStamp = stamp;
      const shape = (bounds.y1 - bounds.y0) / Math.max(1, bounds.x1 - bounds.x0);
      const tall = Math.round(Math.max(26, Math.min(84, MAP_WIDTH * shape + 10)));
      map.style.height = `${tall}px`;
      mapSize = { w: MAP_WIDTH, h: tall };
      mapView = geo.fit(bounds, mapSize, 5, 1);
      overview.paint(map, mapSize, mapView);
    }
    const box = windowInMap(seen, mapView);
    const x0 = Math.max(0, box.x);
    const y0 = Math.max(0, box.y);
    mapWindow.style.left = `${x0}px`;
    mapWindow.style.top = `${y0}px`;
    mapWindow.style.width = `${Math.max(3, Math.min(mapSize.w, box.x + box.w) - x0)}px`;
    mapWindow.style.height = `${Math.max(3, Math.min(mapSize.h, box.y + box.h) - y0)}px`;
  }

  function drawLegend(): void {
    const { lo, hi, edgeAt } = ctx.reach;
    legend.hidden = edgeAt.size === 0;
    if (legend.hidden) return;
    const stops = [0, 0.25, 0.5, 0.75, 1].map((t) => sizeColor(t, ctx.dark));
    const one = hi - lo < 1e-9;
    const back = one ? sizeColor(0.75, ctx.dark) : `linear-gradient(90deg,${stops.join(",")})`;
    if (ramp.dataset.back !== back) {
      ramp.dataset.back = back;
      ramp.style.background = back;
    }
    setText(low, one ? "" : num(10 ** lo));
    setText(high, num(10 ** hi));
  }

  function speak(): void {
    const node = ctx.graph.nodes.get(ctx.choice.selected ?? -1);
    const words = node ? nameOf(node) : "";
    if (words !== spoken) setText(said, words);
    spoken = words;
  }
  return { el, draw };
}

const boxOf = (node: GraphNode): geo.Box => ({
  x0: node.x,
  y0: node.y,
  x1: node.x + node.w,
  y1: node.y + node.h,
});

function rightmost(graph: Graph): GraphNode | undefined {
  return graph.nodes.reduce<GraphNode | undefined>(
    (best, node) => (!best || node.x + node.w > best.x + best.w ? node : best),
    undefined,
  );
}

const isSameLeaf = (node: GraphNode, leaf: number | undefined) =>
  leaf !== undefined && node.leaf === leaf;

function hotNodes(ctx: Context): Set<number> {
  const hot = new Set(together(ctx.graph, ctx.hover.node));
  for (const id of ctx.graph.byLine.get(ctx.hover.line) ?? []) hot.add(id);
  for (const id of ctx.graph.byLeaf.get(ctx.hover.leaf ?? -1) ?? []) hot.add(id);
  return hot;
}

function drop<E>(pool: Map<number, E>, id: number, ...els: (Element | null)[]): void {
  for (const el of els) el?.remove();
  pool.delete(id);
}

function nameOf(node: GraphNode): string {
  const names = node.vars.length ? `, ${node.vars.join(", ")}` : "";
  const where = siteKey(node.cell, node.line) ? `, ${site(node.cell, node.line)}` : "";
  const size = node.shape ? `, ${shape(node.shape)} ${node.dtype}` : "";
  return `${node.name}${names}${size}${where}`;
}

function makeNode(node: GraphNode, stamp: string): NodeEl {
  const isLeaf = node.kind === "leaf";
  const radius = isLeaf ? node.h / 2 : 6;
  const box = { width: node.w, height: node.h, rx: radius };
  const body = svg("rect", { class: "body", ...box });
  const g = svg("g", { class: `node ${isLeaf ? "leaf" : "op"}`, "data-node": node.id }, body);
  let fill: SVGRectElement | null = null;
  if (isLeaf) {
    fill = svg("rect", { class: "fill", ...box, width: 0 });
    g.append(fill);
  }
  const text = (className: string, y: number, words: string, char: number) => {
    const room = Math.max(2, Math.floor((node.w - 8) / char));
    return svg("text", { class: className, x: node.w / 2, y }, clip(words, room));
  };
  const names = isLeaf ? "" : node.vars.join(", ");
  const label = isLeaf ? node.vars[0] || node.label : node.label;
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
  return { g, body, fill, stamp };
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

function makeEdge(edge: GraphEdge, d: string): EdgeEl {
  const path = svg("path", { class: "edge", d });
  const text = dims(edge.shape);
  if (!text) return { path, label: null, stamp: d };
  const { x, y, room, rise } = geo.labelAt(edge.points);
  if (text.length * 5.5 > room + 6) return { path, label: null, stamp: d };
  // On a steep line, to the side where the line is not.
  const aside = Math.abs(rise) > 12 ? 9 * Math.sign(rise) : 0;
  return { path, label: svg("text", { class: "dims", x: x + aside, y: y - 7 }, text), stamp: d };
}
