import { describe, expect, it } from "vitest";
import { signColor, sizeColor, sizeOf, sizeWidth } from "./color";

const light = (css: string) => {
  const [r, g, b] = css.match(/\d+/g)!.map(Number);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe("color", () => {
  it("goes steadily away from the page as sizes grow, in both themes", () => {
    const steps = [0, 0.2, 0.4, 0.6, 0.8, 1];
    const onWhite = steps.map((t) => light(sizeColor(t, false)));
    const onBlack = steps.map((t) => light(sizeColor(t, true)));
    expect([...onWhite].sort((a, b) => b - a)).toEqual(onWhite);
    expect([...onBlack].sort((a, b) => a - b)).toEqual(onBlack);
  });
  it("places norms on a log scale", () => {
    expect(sizeOf(10, 0, 2)).toBeCloseTo(0.5);
    expect(sizeOf(0, 0, 2)).toBe(0);
    expect(sizeOf(NaN, 0, 2)).toBe(0);
    expect(sizeOf(1e9, 0, 2)).toBe(1);
    expect(sizeOf(5, 1, 1)).toBe(0.75);
    expect(sizeWidth(1)).toBeGreaterThan(sizeWidth(0));
  });
  it("shows signs as blue and orange around nothing", () => {
    expect(signColor(-1, 1, false)).toBe("rgb(33, 102, 172)");
    expect(signColor(1, 1, false)).toBe("rgb(217, 119, 6)");
    expect(signColor(0, 1, false)).toBe(signColor(3, 0, false));
  });
});
