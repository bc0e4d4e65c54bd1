import { describe, expect, it } from "vitest";
import { choosePass, goTo, paceFor, settle, shownStep, START, step } from "./scrub";
import { tick, toEnd, togglePlay, toLatest } from "./scrub";
import type { Pass } from "./state";

const pass = (id: number, steps: number): Pass => ({
  id,
  cell: null,
  line: null,
  source: null,
  error: null,
  steps: Array.from({ length: steps }, (_, node) => ({ node, received: [], sent: [], hooks: [], accumulate: null })),
});

describe("scrub", () => {
  it("follows the end of the latest pass", () => {
    const one = settle(START, [pass(1, 4)]);
    expect(one).toMatchObject({ pass: 1, at: 4, follow: true });
    expect(settle(one, [pass(1, 4), pass(2, 6)])).toMatchObject({ pass: 2, at: 6 });
  });
  it("stays where the reader went while the recording grows", () => {
    const passes = [pass(1, 4)];
    const here = step(settle(START, passes), passes, -2);
    expect(here).toMatchObject({ at: 2, follow: false });
    expect(settle(here, [...passes, pass(2, 6)])).toBe(here);
    expect(toLatest(here, [...passes, pass(2, 6)])).toMatchObject({ pass: 2, at: 6, follow: true });
  });
  it("moves to the oldest pass when the one shown was dropped", () => {
    const here = goTo(settle(START, [pass(1, 4)]), [pass(1, 4)], 2);
    expect(settle(here, [pass(5, 3), pass(6, 3)])).toMatchObject({ pass: 5, at: 0 });
    expect(settle(here, [])).toEqual(START);
  });
  it("keeps within the pass", () => {
    const passes = [pass(1, 4)];
    const end = settle(START, passes);
    expect(step(end, passes, 99).at).toBe(4);
    expect(step(end, passes, -99).at).toBe(0);
    expect(goTo(START, [], 3)).toBe(START);
    expect(settle({ ...end, at: 4, follow: false }, [pass(1, 2)]).at).toBe(2);
  });
  it("plays to the end and stops there; from the end it starts over", () => {
    const passes = [pass(1, 3)];
    let here = togglePlay(settle(START, passes), passes);
    expect(here).toMatchObject({ at: 0, playing: true, follow: false });
    here = tick(here, passes, 2);
    expect(here).toMatchObject({ at: 2, playing: true });
    here = tick(here, passes, 2);
    expect(here).toMatchObject({ at: 3, playing: false });
    expect(tick(here, passes, 1)).toBe(here);
    expect(togglePlay(START, [])).toMatchObject({ playing: false });
  });
  it("shows a chosen pass at its end, and follows only the latest", () => {
    const passes = [pass(1, 3), pass(2, 5)];
    const here = choosePass(settle(START, passes), passes, 1);
    expect(here).toMatchObject({ pass: 1, at: 3, follow: false });
    expect(choosePass(here, passes, 2)).toMatchObject({ pass: 2, at: 5, follow: true });
    expect(choosePass(here, passes, 9)).toBe(here);
    expect(toEnd(goTo(here, passes, 1), passes)).toMatchObject({ pass: 1, at: 3, follow: false });
  });
});

describe("the step shown", () => {
  const passes = [pass(1, 4)];
  const end = settle(START, passes);
  it("is none of an ended recording, until the reader moves", () => {
    expect(shownStep(passes[0], end, false)).toBeNull();
    expect(shownStep(passes[0], end, true)?.node).toBe(3);
    expect(shownStep(passes[0], step(end, passes, -1), false)?.node).toBe(2);
  });
  it("is the node in which a pass broke off", () => {
    const broken = { ...pass(1, 2), error: "RuntimeError: no" };
    expect(shownStep(broken, settle(START, [broken]), false)?.node).toBe(1);
    // What has sent did its work: a hook raised after it.
    broken.steps[1].sent.push({ edge: 0, stat: null });
    expect(shownStep(broken, settle(START, [broken]), false)).toBeNull();
  });
});

it("a pass plays in about half a minute", () => {
  expect([5, 60, 61, 2252, 5001].map(paceFor)).toEqual([2, 2, 5, 100, 100]);
});
