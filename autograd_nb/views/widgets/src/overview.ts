// The graph from afar, on canvas: many nodes at once, and the small map in the corner.
import { sizeColor, sizeOf } from "./color";
import { stepNow, type Context } from "./context";
import type { Size, View } from "./geometry";
import { drawn, travelled } from "./state";

const SHADES = 8;

interface Layers {
  stamp: unknown[];
  idleEdges: Path2D;
  edges: Path2D[];
  broken: Path2D;
  idleNodes: Path2D;
  ranNodes: Path2D;
  leaves: Path2D;
}

/** Draws everything into a canvas of a size in CSS pixels. */
export type Overview = (canvas: HTMLCanvasElement, size: Size, view: View) => void;

/** Paths in graph units, one per colour, are kept while what they show stays the same. */
export function overviewOf(ctx: Context): Overview {
  let kept: Layers | null = null;
  const colors = new Map<string, string>();

  function fresh(): Layers {
    const { reach, dark } = ctx;
    const at = ctx.choice.scrub.at;
    const stamp = [ctx.graph, reach, at, dark];
    if (kept?.stamp.every((part, i) => part === stamp[i])) return kept;
    kept = {
      stamp,
      idleEdges: new Path2D(),
      edges: Array.from({ length: SHADES }, () => new Path2D()),
      broken: new Path2D(),
      idleNodes: new Path2D(),
      ranNodes: new Path2D(),
      leaves: new Path2D(),
    };
    for (const edge of ctx.state.graph.edges) {
      const went = travelled(edge, reach, at);
      const shade = went && Math.round(sizeOf(went.norm, reach.lo, reach.hi) * (SHADES - 1));
      const whole = shade === null ? kept.idleEdges : kept.edges[shade];
      const path = went?.broken ? kept.broken : whole;
      edge.points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
    }
    for (const { id, kind, x, y, w, h } of ctx.state.graph.nodes) {
      const ran = (reach.nodeAt.get(id) ?? Infinity) <= at;
      (kind === "leaf" ? kept.leaves : ran ? kept.ranNodes : kept.idleNodes).rect(x, y, w, h);
    }
    return kept;
  }

  return (canvas, size, view) => {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const w = Math.max(1, Math.round(size.w * ratio));
    const h = Math.max(1, Math.round(size.h * ratio));
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = `${size.w}px`;
      canvas.style.height = `${size.h}px`;
    }
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const layers = fresh();
    // Asking for a style makes the page bring its styles up to date: once for each theme.
    const color = (name: string) => {
      const key = name + ctx.dark;
      const known = colors.get(key) ?? getComputedStyle(canvas).getPropertyValue(name).trim();
      colors.set(key, known);
      return known || "gray";
    };
    const k = view.k * ratio;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, w, h);
    pen.setTransform(k, 0, 0, k, -view.x * k, -view.y * k);
    pen.lineWidth = Math.max(1, 1 / view.k);
    pen.strokeStyle = color("--edge");
    pen.stroke(layers.idleEdges);
    layers.edges.forEach((path, i) => {
      pen.strokeStyle = sizeColor(i / (SHADES - 1), ctx.dark);
      pen.lineWidth = Math.max(1 + (2.5 * i) / SHADES, 1.1 / view.k);
      pen.stroke(path);
    });
    pen.strokeStyle = color("--flaw");
    pen.lineWidth = Math.max(3, 1.5 / view.k);
    pen.stroke(layers.broken);
    const fill = (name: string, path: Path2D) => {
      pen.fillStyle = color(name);
      pen.fill(path);
    };
    fill("--far", layers.idleNodes);
    fill("--ran", layers.ranNodes);
    fill("--leaf", layers.leaves);
    // What runs, is chosen or was found is seen however small it is.
    const marks = new Path2D();
    const least = 7 / view.k;
    for (const id of [...ctx.hits, stepNow(ctx)?.node, ctx.choice.selected, ctx.hover.node]) {
      const node = drawn(ctx.graph, id);
      if (!node) continue;
      const wide = Math.max(node.w, least);
      const tall = Math.max(node.h, least);
      marks.rect(node.x + node.w / 2 - wide / 2, node.y + node.h / 2 - tall / 2, wide, tall);
    }
    fill("--now", marks);
  };
}
