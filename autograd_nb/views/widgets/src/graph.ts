// The graph: what is near is SVG, culled to the window; what is far is canvas (overview.ts).
import { makeEdge, makeNode, nameOf, type EdgeEl, type NodeEl } from "./boxes";
import { sizeColor, sizeOf, sizeWidth } from "./color";
import { stepNow, type Context, type Part } from "./context";
import { assign, div, h, iconButton, para, setText, span, svg } from "./dom";
import { finder } from "./finder";
import { num } from "./format";
import * as geo from "./geometry";
import { minimap } from "./minimap";
import { navigate, type Viewport } from "./navigate";
import { overviewOf } from "./overview";
import { byId, holding } from "./scopes";
import { drawn, isBroken, leafFill, toNumber, together, travelled } from "./state";
import type { Graph, GraphEdge, GraphIndex, GraphNode } from "./state";

/** More nodes in the window than this are drawn on canvas. */
const NEAR_LIMIT = 420;
const MARGIN = 240;

/** What is drawn, of what part of the graph. From afar that is a picture, and no elements. */
interface Held {
  box: geo.Box;
  k: number;
  isFar: boolean;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export function graphView(ctx: Context): Part {
  const edgeLayer = svg("g", {});
  const labelLayer = svg("g", { "aria-hidden": "true" });
  const nodeLayer = svg("g", {});
  const world = svg("g", {}, edgeLayer, labelLayer, nodeLayer);
  const picture = svg("svg", { class: "near", "aria-hidden": "true" }, world);
  const far = h("canvas", { class: "far", "aria-hidden": "true" });
  const zoomIn = iconButton("zoom in (+)", "M8 3.5v9M3.5 8h9");
  const zoomOut = iconButton("zoom out (-)", "M3.5 8h9");
  const fitAll = iconButton("fit all (0)", "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3");
  const ramp = span("ramp");
  const low = span("");
  const high = span("");
  const legend = div("legend", span("what", "\u2016gradient\u2016"), low, ramp, high);
  const empty = para("empty", "");
  const hidden = para("hiddencount", "");
  const stage = div({
      class: "stage",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "graph",
      "aria-label":
        "graph of the backward pass. Arrow keys choose a node, Enter closes or opens the part " +
        "around it, slash searches, plus, minus and 0 zoom",
    },
    far,
    picture,
    empty,
  );
  const said = div({ class: "sr", "aria-live": "polite" });
  const overview = overviewOf(ctx);
  const nodes = new Map<number, NodeEl>();
  const edges = new Map<number, EdgeEl>();
  let taken: Graph | null = null;
  let index: GraphIndex | null = null;
  let nodeBoxes: [geo.Box, GraphNode][] = [];
  let edgeBoxes: [geo.Box, GraphEdge][] = [];
  let bounds: geo.Box = { x0: 0, y0: 0, x1: 1, y1: 1 };
  let held: Held | null = null;
  let shownStep = "";
  let least = 0;
  let spoken = "";
  let painted: unknown[] = [];
  let folded: Graph | null = null;

  const port: Viewport = {
    view: { x: 0, y: 0, k: 1 },
    size: { w: 0, h: 0 },
    moved: false,
    get bounds() {
      return bounds;
    },
    go: (view) => {
      port.view = view;
      port.moved = true;
      ctx.redraw();
    },
  };
  const find = finder(ctx, choose, () => {
    port.moved = false;
    folded = ctx.sent;
  });
  const map = minimap(ctx, port, overview);
  const tools = div("tools", find.el, zoomIn, zoomOut, fitAll);
  const el = div("graph", tools, div("frame", stage, map.el, legend, hidden), said);
  navigate(ctx, port, stage);
  ctx.on(zoomIn, "click", () => zoom(1.4));
  ctx.on(zoomOut, "click", () => zoom(1 / 1.4));
  ctx.on(fitAll, "click", fitNow);
  // Asking the page for sizes while it is being changed makes it lay everything out, each time.
  let given: geo.Size = { w: 0, h: 0 };
  const observer = new ResizeObserver(([{ contentRect: { width: w, height: h } }]) => {
    // Hidden, by a tab or for a moment: drawn for the size that it had.
    if (w) given = { w, h };
    ctx.redraw();
  });
  observer.observe(stage);
  ctx.on(ctx.ended, "abort", () => observer.disconnect());

  const nodeOf = (event: Event) => {
    const id = (event.target as Element).closest<SVGElement>("[data-node]")?.dataset.node;
    if (id != null) return Number(id);
    if (!held?.isFar || event.target !== far) return null;
    const { clientX, clientY } = event as PointerEvent;
    const box = stage.getBoundingClientRect();
    const x = port.view.x + (clientX - box.left) / port.view.k;
    const y = port.view.y + (clientY - box.top) / port.view.k;
    const slack = 4 / port.view.k;
    const around = { x0: x - slack, y0: y - slack, x1: x + slack, y1: y + slack };
    return geo.touching(nodeBoxes, around)[0]?.id ?? null;
  };
  ctx.on(stage, "pointermove", (event) => {
    if ((event as PointerEvent).pointerType !== "touch") ctx.point({ node: nodeOf(event) });
  });
  ctx.on(stage, "pointerleave", () => ctx.point({ node: null }));
  ctx.on(stage, "click", (event) => {
    if (port.dragged || (event as MouseEvent).detail > 1) return;
    const id = nodeOf(event);
    ctx.choose({ selected: id === ctx.choice.selected ? null : id });
  });
  ctx.on(stage, "dblclick", (event) => toggle(nodeOf(event)));
  ctx.keys(stage, keyboard);
  function zoom(factor: number): void {
    port.go(geo.zoomAt(port.view, port.size.w / 2, port.size.h / 2, factor));
  }
  function fitNow(): void {
    port.go(geo.fit(bounds, port.size));
  }
  function choose(id: number | null): void {
    ctx.choose({ selected: id });
    const node = id == null ? undefined : ctx.graph.nodes.get(id);
    if (node) port.view = geo.reveal(port.view, port.size, boxOf(node));
  }
  /** Open a closed scope; of an open one, close the part nearest around a node. */
  function toggle(id: number | null): void {
    const node = id == null ? undefined : ctx.graph.nodes.get(id);
    const scope = node && holding(ctx.state.graph, node)[0];
    if (!scope) return;
    ctx.choose({ selected: id });
    ctx.toggle(scope.id);
  }
  function keyboard(event: KeyboardEvent): boolean {
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) {
      port.go(geo.pan(port.view, -60 * arrow[0], -60 * arrow[1]));
    } else if (arrow) {
      const boxes = new Map(nodeBoxes.map(([box, { id }]) => [id, box]));
      const from = ctx.choice.selected;
      if (from != null && boxes.has(from)) choose(geo.neighbour(boxes, from, ...arrow));
      else choose(rightmost(ctx.state.graph)?.id ?? null);
    } else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-" || event.key === "_") zoom(1 / 1.4);
    else if (event.key === "0") fitNow();
    else if (event.key === "Escape") choose(null);
    else if (event.key === "/") find.focus();
    else if (event.key === "Enter" && ctx.choice.selected != null) toggle(ctx.choice.selected);
    else if (event.key === "Enter") choose(drawn(ctx.graph, stepNow(ctx)?.node)?.id ?? null);
    else return false;
    return true;
  }

  /** Take in a graph; elements of what has not changed are kept. */
  function adopt(graph: Graph): void {
    const isOther = !taken || taken.key !== graph.key || taken.nodes.length === 0;
    taken = graph;
    index = ctx.graph;
    nodeBoxes = graph.nodes.map((node) => [boxOf(node), node]);
    edgeBoxes = graph.edges.map((edge) => [geo.boundsOf(edge.points), edge]);
    const corners = nodeBoxes.flatMap(([box]): geo.Point[] => [
      [box.x0, box.y0],
      [box.x1, box.y1],
    ]);
    bounds = corners.length ? geo.boundsOf(corners) : { x0: 0, y0: 0, x1: 1, y1: 1 };
    held = null;
    for (const [id, entry] of nodes) if (!index.nodes.has(id)) drop(nodes, id, entry.g);
    for (const [id, entry] of edges) {
      if (!index.edges.has(id)) drop(edges, id, entry.path, entry.label);
    }
    const chosen = index.nodes.get(ctx.choice.selected ?? -1);
    // All closed or opened: first by the panel itself, then as the kernel draws it.
    const isFolded = folded !== null;
    if (folded !== ctx.sent) folded = null;
    if ((isOther || isFolded) && !port.moved) open();
    else if (chosen) port.view = geo.reveal(port.view, port.size, boxOf(chosen));
  }
  function open(): void {
    const root = rightmost(ctx.state.graph);
    port.view = geo.opening(bounds, port.size, root ? root.y + root.h / 2 : 0);
    held = null;
  }
  /** As high as the graph needs at the scale it opens with; never lower than it was. */
  function measure(): void {
    if (!given.w) given = { w: stage.clientWidth, h: stage.clientHeight };
    const { w } = given;
    if (!w) return;
    const tall = bounds.y1 - bounds.y0;
    const k = Math.max(geo.READABLE, Math.min(1.15, (w - 32) / (bounds.x1 - bounds.x0 || 1)));
    // A graph that is wider than the window has its small map below it.
    const room = (bounds.x1 - bounds.x0) * k > w ? 116 : 72;
    const want = Math.round(Math.min(460, tall * k + room));
    if (taken?.nodes.length && want > least) {
      least = want;
      stage.style.setProperty("--least", `${want}px`);
    }
    const h = Math.max(given.h, least);
    if (w === port.size.w && h === port.size.h) return;
    port.size = { w, h };
    held = null;
    if (!port.moved) open();
  }

  function draw(): void {
    const { graph, status } = ctx.state;
    if (graph !== taken) adopt(graph);
    find.draw();
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
    held = cull();
    paint(held);
    map.draw();
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
    const node = scrub.follow ? undefined : drawn(ctx.graph, step?.node);
    if (node) port.view = geo.reveal(port.view, port.size, boxOf(node));
  }

  /** What may be seen, with a margin, so that little moves of the window need no new look. */
  function cull(): Held {
    const { view, size } = port;
    const seen = geo.visible(view, size);
    const inside =
      held &&
      geo.holds(held.box, seen) &&
      // Zooming in leaves more in the margin than is worth keeping; a canvas has one scale.
      (held.isFar ? held.k === view.k : held.box.x1 - held.box.x0 < 4 * (seen.x1 - seen.x0));
    if (held && inside) return held;
    const box = geo.visible(view, size, MARGIN);
    const near = geo.touching(nodeBoxes, box);
    if (near.length > NEAR_LIMIT || view.k < 0.12) {
      return { box, k: view.k, isFar: true, nodes: [], edges: [] };
    }
    return { box, k: view.k, isFar: false, nodes: near, edges: geo.touching(edgeBoxes, box) };
  }

  function paint(near: Held): void {
    const { view, size } = port;
    const { x0, y0 } = near.box;
    stage.classList.toggle("isfar", near.isFar);
    assign(world, {
      transform: `matrix(${view.k} 0 0 ${view.k} ${-view.x * view.k} ${-view.y * view.k})`,
    });
    far.style.transform = `translate(${(x0 - view.x) * view.k}px,${(y0 - view.y) * view.k}px)`;
    picture.classList.toggle("small", view.k < 0.5);
    const { hover, choice, state } = ctx;
    const stamp = [
      near, ctx.graph, ctx.reach, ctx.dark, ctx.hits, state.stepper, stepNow(ctx),
      choice.scrub.at, choice.selected, hover.node, hover.line, hover.leaf,
    ];
    // Moving the window moves what is there.
    if (stamp.every((part, i) => part === painted[i])) return;
    if (near.isFar) {
      const whole = { w: size.w + 2 * MARGIN, h: size.h + 2 * MARGIN };
      overview(far, whole, { k: view.k, x: x0, y: y0 });
    }
    const wantNodes = new Set<number>();
    const wantEdges = new Set<number>();
    const hot = hotNodes(ctx);
    const step = stepNow(ctx);
    const now = drawn(ctx.graph, step?.node);
    const flowing = new Set(step?.sent.map(({ edge }) => ctx.graph.edges.get(edge ?? -1)));
    for (const edge of near.edges) {
      wantEdges.add(edge.id);
      paintEdge(edge, hot, flowing.has(edge));
    }
    for (const node of near.nodes) {
      wantNodes.add(node.id);
      paintNode(node, hot, node === now || isSameLeaf(node, step?.accumulate?.leaf));
    }
    for (const [id, entry] of nodes) if (!wantNodes.has(id)) drop(nodes, id, entry.g);
    for (const [id, entry] of edges) {
      if (!wantEdges.has(id)) drop(edges, id, entry.path, entry.label);
    }
    painted = stamp;
  }

  function paintNode(node: GraphNode, hot: Set<number>, isNow: boolean): void {
    const stamp = JSON.stringify([
      [node.kind, node.label, node.vars, node.w, node.h, node.hooks],
      [node.shape, node.dtype, node.cell, node.line, node.count],
    ]);
    let entry = nodes.get(node.id);
    if (entry && entry.stamp !== stamp) {
      drop(nodes, node.id, entry.g);
      entry = undefined;
    }
    if (!entry) {
      entry = makeNode(node, stamp, byId(ctx.state.graph).get(node.scope ?? ""));
      nodes.set(node.id, entry);
      nodeLayer.append(entry.g);
    }
    const { reach } = ctx;
    const { stepper } = ctx.state;
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
      "data-hit": ctx.hits.has(node.id),
      "data-next": !!stepper && drawn(ctx.graph, stepper.node) === node,
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
      const first = index?.receives.get(edge.src)?.find((one) => one.dst === edge.dst);
      entry = makeEdge(edge, d, first !== edge);
      edges.set(edge.id, entry);
      edgeLayer.append(entry.path);
      if (entry.label) labelLayer.append(entry.label);
    }
    const { reach } = ctx;
    const went = travelled(edge, reach, ctx.choice.scrub.at);
    const size = sizeOf(went?.norm ?? 0, reach.lo, reach.hi);
    const kind = !went ? "idle" : went.broken ? "broken" : went.norm === 0 ? "zero" : "sent";
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
  for (const id of ctx.whole.byLine.get(ctx.hover.line) ?? []) {
    hot.add(drawn(ctx.graph, id)?.id ?? id);
  }
  for (const id of ctx.graph.byLeaf.get(ctx.hover.leaf ?? -1) ?? []) hot.add(id);
  return hot;
}

function drop<E>(pool: Map<number, E>, id: number, ...els: (Element | null)[]): void {
  for (const el of els) el?.remove();
  pool.delete(id);
}

