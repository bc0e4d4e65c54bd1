// Where the reader stands in the recording. Pure functions on a small value.
import type { Pass, Step } from "./state";

export interface Scrub {
  /** Pass shown, null while there is none. */
  pass: number | null;
  /** Steps that have run; the step shown is `at - 1`, and 0 is before the first. */
  at: number;
  /** Stay at the end of the latest pass as the recording grows. */
  follow: boolean;
  playing: boolean;
}

export const START: Scrub = { pass: null, at: 0, follow: true, playing: false };

export const SPEEDS = [1, 2, 5, 20, 100];

/** Steps a second at which a pass of so many is watched in half a minute, where one can be. */
export function paceFor(steps: number): number {
  return SPEEDS.find((speed) => speed > 1 && steps <= 30 * speed) ?? 100;
}

/**
 * The step shown. A recording that has ended and was not touched is shown as a whole, no step of
 * it; but where it broke off in a node, that node is.
 */
export function shownStep(pass: Pass | null, scrub: Scrub, running: boolean): Step | null {
  const step = pass?.steps[scrub.at - 1] ?? null;
  const brokeOff = pass?.error && !step?.sent.length && !step?.accumulate;
  return running || !scrub.follow || brokeOff ? step : null;
}

export function passOf(passes: Pass[], scrub: Scrub): Pass | null {
  return passes.find((pass) => pass.id === scrub.pass) ?? null;
}

/** Fit the position to a recording that has grown or has dropped its oldest passes. */
export function settle(scrub: Scrub, passes: Pass[]): Scrub {
  const last = passes[passes.length - 1];
  if (!last) return scrub.pass === null && scrub.at === 0 ? scrub : { ...START };
  if (scrub.follow || scrub.pass === null) {
    if (scrub.pass === last.id && scrub.at === last.steps.length) return scrub;
    return { ...scrub, pass: last.id, at: last.steps.length };
  }
  const shown = passOf(passes, scrub);
  if (!shown) return { ...scrub, pass: passes[0].id, at: 0, playing: false };
  return scrub.at > shown.steps.length ? { ...scrub, at: shown.steps.length } : scrub;
}

/** Go to a position and stay there. */
export function goTo(scrub: Scrub, passes: Pass[], at: number): Scrub {
  const pass = passOf(passes, scrub);
  if (!pass) return scrub;
  const to = Math.max(0, Math.min(pass.steps.length, Math.round(at)));
  return { ...scrub, at: to, follow: false };
}

export function step(scrub: Scrub, passes: Pass[], by: number): Scrub {
  return { ...goTo(scrub, passes, scrub.at + by), playing: false };
}

/** Show another pass, at its end. */
export function choosePass(scrub: Scrub, passes: Pass[], id: number): Scrub {
  const pass = passes.find((candidate) => candidate.id === id);
  if (!pass) return scrub;
  const follow = pass === passes[passes.length - 1];
  return { pass: id, at: pass.steps.length, follow, playing: false };
}

/** Start or stop playing; at the end, playing starts over. */
export function togglePlay(scrub: Scrub, passes: Pass[]): Scrub {
  const pass = passOf(passes, scrub);
  if (!pass || scrub.playing) return { ...scrub, playing: false };
  const at = scrub.at >= pass.steps.length ? 0 : scrub.at;
  return { ...scrub, at, playing: true, follow: false };
}

/** One tick of playing. */
export function tick(scrub: Scrub, passes: Pass[], steps: number): Scrub {
  if (!scrub.playing) return scrub;
  const next = goTo(scrub, passes, scrub.at + steps);
  const end = passOf(passes, next)?.steps.length ?? 0;
  return { ...next, playing: next.at < end };
}

/** To the end of the pass shown; of the latest pass, that is to follow it. */
export function toEnd(scrub: Scrub, passes: Pass[]): Scrub {
  const pass = passOf(passes, scrub);
  return pass ? choosePass(scrub, passes, pass.id) : scrub;
}

export function toLatest(scrub: Scrub, passes: Pass[]): Scrub {
  return settle({ ...scrub, follow: true, playing: false }, passes);
}
