import { describe, expect, it } from "vitest";
import * as geo from "./geometry";

const size = { w: 600, h: 300 };

describe("geometry", () => {
  it("fits a box into the window, centred", () => {
    const view = geo.fit({ x0: 0, y0: 0, x1: 1136, y1: 100 }, size);
    expect(view.k).toBeCloseTo(0.5);
    expect((568 - view.x) * view.k).toBeCloseTo(300);
    expect((50 - view.y) * view.k).toBeCloseTo(150);
  });
  it("opens a wide graph at its right end, at a scale that can be read", () => {
    const box = { x0: 0, y0: 0, x1: 9000, y1: 100 };
    const view = geo.opening(box, size, 50);
    expect(view.k).toBe(geo.READABLE);
    expect((9000 - view.x) * view.k).toBeCloseTo(600 - 16);
    expect(geo.opening({ x0: 0, y0: 0, x1: 300, y1: 100 }, size, 50).k).toBe(1.15);
  });
  it("zooms about a point", () => {
    const before = { x: 10, y: 20, k: 1 };
    const after = geo.zoomAt(before, 100, 50, 2);
    expect(after.x + 100 / after.k).toBeCloseTo(before.x + 100);
    expect(after.y + 50 / after.k).toBeCloseTo(before.y + 50);
    expect(geo.zoomAt(before, 0, 0, 1e9).k).toBe(geo.MAX_SCALE);
  });
  it("pans by screen distances", () => {
    expect(geo.pan({ x: 0, y: 0, k: 2 }, 10, -4)).toEqual({ x: -5, y: 2, k: 2 });
  });
  it("reveals with the least move", () => {
    const view = { x: 0, y: 0, k: 1 };
    expect(geo.reveal(view, size, { x0: 100, y0: 100, x1: 140, y1: 130 })).toBe(view);
    const moved = geo.reveal(view, size, { x0: 900, y0: 100, x1: 940, y1: 130 });
    expect(moved).toEqual({ x: 380, y: 0, k: 1 });
    const left = geo.reveal(view, size, { x0: -300, y0: 100, x1: -260, y1: 130 });
    expect(left.x).toBe(-340);
  });
  it("does not let the graph be lost", () => {
    const box = { x0: 0, y0: 0, x1: 100, y1: 100 };
    const view = geo.confine({ x: 1e6, y: -1e6, k: 1 }, size, box);
    const seen = geo.visible(view, size);
    expect(seen.x0 < box.x1 && seen.x1 > box.x0).toBe(true);
    expect(seen.y0 < box.y1 && seen.y1 > box.y0).toBe(true);
  });
  it("finds what touches a window, its edge included", () => {
    const at = (x0: number, y0: number): geo.Box => ({ x0, y0, x1: x0 + 10, y1: y0 + 10 });
    const things: [geo.Box, string][] = [
      [at(0, 0), "corner"],
      [at(40, 20), "inside"],
      [at(40, 200), "below"],
      [{ x0: -900, y0: 30, x1: 900, y1: 31 }, "across"],
    ];
    expect(geo.touching(things, { x0: 10, y0: 10, x1: 100, y1: 100 })).toEqual([
      "corner",
      "inside",
      "across",
    ]);
  });
  it("knows when a box holds another, but for a margin", () => {
    const outer = { x0: 0, y0: 0, x1: 10, y1: 10 };
    expect(geo.holds(outer, { x0: 0, y0: 2, x1: 9, y1: 10 })).toBe(true);
    expect(geo.holds(outer, { x0: -1, y0: 2, x1: 9, y1: 10 })).toBe(false);
    expect(geo.holds(outer, { x0: -1, y0: 2, x1: 9, y1: 10 }, 1)).toBe(true);
  });
  it("draws a level path, curved only where it climbs", () => {
    expect(geo.pathOf([[0, 5], [10, 5], [30, 25]])).toBe("M0 5L10 5C20 5 20 25 30 25");
    expect(geo.pathOf([[0, 5]])).toBe("");
  });
  it("labels the longest stretch", () => {
    expect(geo.labelAt([[0, 0], [10, 0], [60, 20]])).toEqual({ x: 35, y: 10, room: 50, rise: 20 });
  });
  it("finds the neighbour in a direction", () => {
    const at = (x: number, y: number) => ({ x0: x, y0: y, x1: x + 10, y1: y + 10 });
    const boxes = new Map([[1, at(0, 0)], [2, at(100, 0)], [3, at(50, 80)], [4, at(100, 90)]]);
    expect(geo.neighbour(boxes, 1, 1, 0)).toBe(2);
    expect(geo.neighbour(boxes, 2, 0, 1)).toBe(4);
    expect(geo.neighbour(boxes, 1, -1, 0)).toBe(1);
    expect(geo.neighbour(boxes, 9, 1, 0)).toBe(9);
  });
});
