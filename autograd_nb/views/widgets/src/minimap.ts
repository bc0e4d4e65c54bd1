// The whole graph in the corner, and where in it the window stands.
import type { Context, Part } from "./context";
import { div, h } from "./dom";
import * as geo from "./geometry";
import type { Viewport } from "./navigate";
import type { Overview } from "./overview";

const WIDTH = 148;

export function minimap(ctx: Context, port: Viewport, overview: Overview): Part {
  const map = h("canvas", { class: "map", title: "overview: click or drag to move" });
  const frame = div("mapwindow");
  const el = div({ class: "mapbox", "aria-hidden": "true" }, map, frame);
  let drawnFor: unknown[] = [];
  let size: geo.Size = { w: WIDTH, h: 1 };
  let view: geo.View = { x: 0, y: 0, k: 1 };

  const move = (event: Event) => {
    const { clientX, clientY, buttons, type } = event as PointerEvent;
    if (type === "pointermove" && !buttons) return;
    const box = map.getBoundingClientRect();
    const { k } = port.view;
    const x = view.x + (clientX - box.left) / view.k - port.size.w / 2 / k;
    const y = view.y + (clientY - box.top) / view.k - port.size.h / 2 / k;
    port.go({ k, x, y });
  };
  ctx.on(el, "pointerdown", move);
  ctx.on(el, "pointermove", move);

  /** Shown only where the window does not show everything. */
  function draw(): void {
    const { bounds } = port;
    const seen = geo.visible(port.view, port.size);
    el.hidden = geo.holds(seen, bounds, 1) || ctx.state.graph.nodes.length < 2;
    if (el.hidden) return;
    const { scrub, selected } = ctx.choice;
    const now = [ctx.graph, ctx.reach, scrub.at, ctx.dark, selected, ctx.hits];
    if (!now.every((part, i) => part === drawnFor[i])) {
      drawnFor = now;
      const shape = (bounds.y1 - bounds.y0) / Math.max(1, bounds.x1 - bounds.x0);
      size.h = Math.round(Math.max(26, Math.min(84, WIDTH * shape + 10)));
      view = geo.fit(bounds, size, 5, 1);
      overview(map, size, view);
    }
    const span = (lo: number, hi: number, from: number, most: number) => {
      const start = Math.max(0, (lo - from) * view.k);
      return [start, Math.max(3, Math.min(most, (hi - from) * view.k) - start)];
    };
    const [left, width] = span(seen.x0, seen.x1, view.x, size.w);
    const [top, height] = span(seen.y0, seen.y1, view.y, size.h);
    for (const [name, value] of Object.entries({ left, width, top, height })) {
      frame.style.setProperty(name, `${value}px`);
    }
  }
  return { el, draw };
}
