// Moving the window over the graph: mouse, wheel, touch.
import type { Context } from "./context";
import * as geo from "./geometry";

export interface Viewport {
  view: geo.View;
  size: geo.Size;
  /** The reader has chosen a place: do not move it for them. */
  moved: boolean;
  /** The last press moved the graph, so it was no click. */
  dragged?: boolean;
  readonly bounds: geo.Box;
  /** Show another place, because the reader asks for it. */
  go(view: geo.View): void;
}

const SLOP = 4;

export function navigate(ctx: Context, port: Viewport, stage: HTMLElement): void {
  const fingers = new Map<number, { x: number; y: number }>();
  let start = { x: 0, y: 0 };

  const at = (event: PointerEvent | WheelEvent) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { gap: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };

  ctx.on(stage, "pointerdown", (raw) => {
    const event = raw as PointerEvent;
    if (event.button !== 0) return;
    if (fingers.size === 0) port.dragged = false;
    start = at(event);
    fingers.set(event.pointerId, start);
  });
  ctx.on(stage, "pointermove", (raw) => {
    const event = raw as PointerEvent;
    const old = fingers.get(event.pointerId);
    if (!old) return;
    const now = at(event);
    if (fingers.size === 2) {
      const before = spread();
      fingers.set(event.pointerId, now);
      const after = spread();
      const zoomed = geo.zoomAt(port.view, after.x, after.y, after.gap / Math.max(1, before.gap));
      port.dragged = true;
      port.go(geo.pan(zoomed, after.x - before.x, after.y - before.y));
    } else {
      if (!port.dragged && Math.hypot(now.x - start.x, now.y - start.y) < SLOP) return;
      // Capture only once it is a drag: a captured press would take the click from its node.
      if (!port.dragged) stage.setPointerCapture(event.pointerId);
      port.dragged = true;
      fingers.set(event.pointerId, now);
      port.go(geo.pan(port.view, now.x - old.x, now.y - old.y));
    }
    stage.classList.add("dragging");
  });
  const lift = (raw: Event) => {
    fingers.delete((raw as PointerEvent).pointerId);
    if (fingers.size === 0) stage.classList.remove("dragging");
  };
  ctx.on(stage, "pointerup", lift);
  ctx.on(stage, "pointercancel", lift);
  ctx.on(stage, "lostpointercapture", lift);
  ctx.on(stage, "pointerleave", (raw) => {
    if (!stage.hasPointerCapture((raw as PointerEvent).pointerId)) lift(raw);
  });

  ctx.on(
    stage,
    "wheel",
    (raw) => {
      const event = raw as WheelEvent;
      // A page scrolled across the panel goes on scrolling; a graph in use zooms.
      const inUse = stage.matches(":focus") || event.ctrlKey || event.metaKey;
      if (!inUse) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? 300 : 1;
      const turn = Math.max(-240, Math.min(240, event.deltaY * unit));
      const { x, y } = at(event);
      const speed = event.ctrlKey ? 0.008 : 0.0018;
      port.go(geo.zoomAt(port.view, x, y, Math.exp(-turn * speed)));
    },
    { passive: false },
  );
}
