// View box, zoom, pan and culling. Screen = (world - origin) * scale.

export interface View {
  x: number;
  y: number;
  k: number;
}

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface Size {
  w: number;
  h: number;
}

export const MIN_SCALE = 0.004;
export const MAX_SCALE = 4;
/** The smallest scale at which the words in a box can be read. */
export const READABLE = 0.85;

const clamp = (value: number, lo: number, hi: number) => Math.max(lo, Math.min(hi, value));

/** The view that centres a box in a window. */
export function fit(box: Box, size: Size, pad = 16, maxScale = 1.15): View {
  const w = Math.max(1, box.x1 - box.x0);
  const h = Math.max(1, box.y1 - box.y0);
  const room = Math.min((size.w - 2 * pad) / w, (size.h - 2 * pad) / h);
  const k = clamp(room, MIN_SCALE, maxScale);
  return {
    k,
    x: box.x0 + w / 2 - size.w / 2 / k,
    y: box.y0 + h / 2 - size.h / 2 / k,
  };
}

/**
 * The first view of a graph: all of it where its words stay readable, else its right end, where
 * backward begins.
 */
export function opening(box: Box, size: Size, focusY: number, pad = 16): View {
  const all = fit(box, size, pad);
  if (all.k >= READABLE) return all;
  const k = READABLE;
  const wide = (box.x1 - box.x0) * k > size.w - 2 * pad;
  const tall = (box.y1 - box.y0) * k > size.h - 2 * pad;
  return {
    k,
    x: wide ? box.x1 + pad / k - size.w / k : (box.x0 + box.x1) / 2 - size.w / 2 / k,
    y: tall ? focusY - size.h / 2 / k : (box.y0 + box.y1) / 2 - size.h / 2 / k,
  };
}

/** Zoom by a factor, keeping the world point under a screen point in place. */
export function zoomAt(view: View, px: number, py: number, factor: number): View {
  const k = clamp(view.k * factor, MIN_SCALE, MAX_SCALE);
  return { k, x: view.x + px / view.k - px / k, y: view.y + py / view.k - py / k };
}

/** Move by screen distances. */
export function pan(view: View, dx: number, dy: number): View {
  return { k: view.k, x: view.x - dx / view.k, y: view.y - dy / view.k };
}

export function visible(view: View, size: Size, margin = 0): Box {
  const m = margin / view.k;
  return {
    x0: view.x - m,
    y0: view.y - m,
    x1: view.x + size.w / view.k + m,
    y1: view.y + size.h / view.k + m,
  };
}

/** Does a box hold another, but for a margin? */
export function holds(outer: Box, inner: Box, slack = 0): boolean {
  return (
    outer.x0 <= inner.x0 + slack &&
    outer.y0 <= inner.y0 + slack &&
    outer.x1 >= inner.x1 - slack &&
    outer.y1 >= inner.y1 - slack
  );
}

/** Move as little as needed to bring a box into the window. */
export function reveal(view: View, size: Size, box: Box, pad = 40): View {
  const shift = (lo: number, hi: number, from: number, to: number) => {
    const p = Math.min(pad / view.k, Math.max(0, (to - from - (hi - lo)) / 2));
    if (lo - p < from) return lo - p - from;
    return hi + p > to ? hi + p - to : 0;
  };
  const seen = visible(view, size);
  const dx = shift(box.x0, box.x1, seen.x0, seen.x1);
  const dy = shift(box.y0, box.y1, seen.y0, seen.y1);
  return dx || dy ? { k: view.k, x: view.x + dx, y: view.y + dy } : view;
}

/** Keep part of the graph in the window, so that it cannot be lost by dragging. */
export function confine(view: View, size: Size, box: Box): View {
  const x = clamp(view.x, box.x0 - (0.7 * size.w) / view.k, box.x1 - (0.3 * size.w) / view.k);
  const y = clamp(view.y, box.y0 - (0.7 * size.h) / view.k, box.y1 - (0.3 * size.h) / view.k);
  return x === view.x && y === view.y ? view : { k: view.k, x, y };
}

/** What touches a box. Every one is looked at: a hundred thousand take less than a millisecond. */
export function touching<T>(things: readonly (readonly [Box, T])[], box: Box): T[] {
  const found: T[] = [];
  for (const [{ x0, y0, x1, y1 }, thing] of things) {
    if (x0 <= box.x1 && x1 >= box.x0 && y0 <= box.y1 && y1 >= box.y0) found.push(thing);
  }
  return found;
}

export type Point = readonly [number, number];

export function boundsOf(points: readonly Point[]): Box {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const [x, y] of points) {
    box.x0 = Math.min(box.x0, x);
    box.x1 = Math.max(box.x1, x);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y);
  }
  return box;
}

const short = (value: number) => String(Math.round(value * 10) / 10);

/** A line through all points that leaves and arrives level, as the data flows. */
export function pathOf(points: readonly Point[]): string {
  if (points.length < 2) return "";
  let d = `M${short(points[0][0])} ${short(points[0][1])}`;
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1];
    const [x1, y1] = points[i];
    const mid = short((x0 + x1) / 2);
    if (Math.abs(y1 - y0) < 0.5) d += `L${short(x1)} ${short(y1)}`;
    else d += `C${mid} ${short(y0)} ${mid} ${short(y1)} ${short(x1)} ${short(y1)}`;
  }
  return d;
}

/** The middle of the longest level stretch, where a label disturbs least. */
export function labelAt(points: readonly Point[]): {
  x: number;
  y: number;
  room: number;
  rise: number;
} {
  let best = { x: 0, y: 0, room: -1, rise: 0 };
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1];
    const [x1, y1] = points[i];
    const room = Math.abs(x1 - x0);
    if (room > best.room) {
      best = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, room, rise: y1 - y0 };
    }
  }
  return best;
}

/** The nearest box in a direction, for arrow keys. */
export function neighbour(boxes: Map<number, Box>, from: number, dx: number, dy: number): number {
  const start = boxes.get(from);
  if (!start) return from;
  const cx = (start.x0 + start.x1) / 2;
  const cy = (start.y0 + start.y1) / 2;
  let best = from;
  let least = Infinity;
  for (const [id, box] of boxes) {
    const ax = (box.x0 + box.x1) / 2 - cx;
    const ay = (box.y0 + box.y1) / 2 - cy;
    const along = ax * dx + ay * dy;
    const across = Math.abs(ax * dy) + Math.abs(ay * dx);
    const cost = along + 2.5 * across;
    if (id !== from && along > 1 && cost < least) {
      least = cost;
      best = id;
    }
  }
  return best;
}
