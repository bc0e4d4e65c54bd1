// The graph from afar, on canvas: many nodes at once, and the small map in the corner.
import { sizeColor, sizeOf } from "./color";
import { stepNow, type Context } from "./context";
import type { Box, Size, View } from "./geometry";
import { toNumber } from "./state";

const SHADES = 8;

interface Layers {
  stamp: unknown[];
  idleEdges: Path2D;
  edges: Path2D[];
  idleNodes: Path2D;
  ranNodes: Path2D;
  leaves: Path2D;
}

/** Paths in graph units, one per colour, kept while what they show stays the same. */
export class Overview {
  private layers: Layers | null = null;

  constructor(private readonly ctx: Context) {}

  /** Draw everything into a canvas of a size in CSS pixels. */
  paint(canvas: HTMLCanvasElement, size: Size, view: View): void {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const w = Math.max(1, Math.round(size.w * ratio));
    const h = Math.max(1, Math.round(size.h * ratio));
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const layers = this.fresh();
    const style = getComputedStyle(canvas);
    const color = (name: string) => style.getPropertyValue(name).trim() || "gray";
    const k = view.k * ratio;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, w, h);
    pen.setTransform(k, 0, 0, k, -view.x * k, -view.y * k);
    pen.lineWidth = Math.max(1, 1 / view.k);
    pen.strokeStyle = color("--agnb-edge");
    pen.stroke(layers.idleEdges);
    layers.edges.forEach((path, i) => {
      pen.strokeStyle = sizeColor(i / (SHADES - 1), this.ctx.dark);
      pen.lineWidth = Math.max(1 + (2.5 * i) / SHADES, 1.1 / view.k);
      pen.stroke(path);
    });
    pen.fillStyle = color("--agnb-far");
    pen.fill(layers.idleNodes);
    pen.fillStyle = color("--agnb-ran");
    pen.fill(layers.ranNodes);
    pen.fillStyle = color("--agnb-leaf");
    pen.fill(layers.leaves);
    this.mark(pen, color("--agnb-now"), view);
  }

  /** Show the running and the chosen node, however small they are. */
  private mark(pen: CanvasRenderingContext2D, now: string, view: View): void {
    const { ctx } = this;
    const running = stepNow(ctx)?.node;
    const least = 7 / view.k;
    for (const id of [running, ctx.choice.selected, ctx.hover.node]) {
      const node = id == null ? undefined : ctx.graph.nodes.get(id);
      if (!node) continue;
      const w = Math.max(node.w, least);
      const h = Math.max(node.h, least);
      pen.fillStyle = now;
      pen.fillRect(node.x + node.w / 2 - w / 2, node.y + node.h / 2 - h / 2, w, h);
    }
  }

  private fresh(): Layers {
    const { ctx } = this;
    const stamp = [ctx.graph, ctx.reach, ctx.choice.scrub.at, ctx.dark];
    if (this.layers?.stamp.every((part, i) => part === stamp[i])) return this.layers;
    const layers: Layers = {
      stamp,
      idleEdges: new Path2D(),
      edges: Array.from({ length: SHADES }, () => new Path2D()),
      idleNodes: new Path2D(),
      ranNodes: new Path2D(),
      leaves: new Path2D(),
    };
    const { reach } = ctx;
    const at = ctx.choice.scrub.at;
    for (const edge of ctx.state.graph.edges) {
      let path = layers.idleEdges;
      if ((reach.edgeAt.get(edge.id) ?? Infinity) <= at) {
        const norm = toNumber(reach.edgeStat.get(edge.id)?.norm);
        path = layers.edges[Math.round(sizeOf(norm, reach.lo, reach.hi) * (SHADES - 1))];
      }
      edge.points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
    }
    for (const node of ctx.state.graph.nodes) {
      const ran = (reach.nodeAt.get(node.id) ?? Infinity) <= at;
      const path =
        node.kind === "leaf" ? layers.leaves : ran ? layers.ranNodes : layers.idleNodes;
      path.rect(node.x, node.y, node.w, node.h);
    }
    this.layers = layers;
    return layers;
  }
}

/** Where the window stands in the map. */
export function windowInMap(seen: Box, view: View): { x: number; y: number; w: number; h: number } {
  return {
    x: (seen.x0 - view.x) * view.k,
    y: (seen.y0 - view.y) * view.k,
    w: (seen.x1 - seen.x0) * view.k,
    h: (seen.y1 - seen.y0) * view.k,
  };
}
