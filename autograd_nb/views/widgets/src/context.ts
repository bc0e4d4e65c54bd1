// What every part of the panel is given.
import { shownStep, type Scrub } from "./scrub";
import type { Kernel } from "./kernel";
import type { Graph, GraphIndex, PanelState, Pass, PassIndex, Step } from "./state";

export type Tab = "graph" | "gradients" | "hooks";

/** What the reader has chosen; it outlives one view, so that showing the cell again keeps it. */
export interface Choice {
  tab: Tab;
  scrub: Scrub;
  /** Steps a second, 0 for as many as suit the pass. */
  speed: number;
  selected: number | null;
  open: Set<string>;
  /** Scopes that are shown as one box. */
  closed: ReadonlySet<string>;
}

export interface Hover {
  node: number | null;
  line: string;
  leaf: number | null;
}

export interface Context {
  /** What the kernel sent, but the graph is as drawn: with the reader's scopes closed. */
  state: PanelState;
  /** The graph as it was sent, and as it is drawn. */
  sent: Graph;
  whole: GraphIndex;
  graph: GraphIndex;
  /** Nodes found by the search. */
  hits: ReadonlySet<number>;
  kernel: Kernel;
  root: HTMLElement;
  pass: Pass | null;
  reach: PassIndex;
  choice: Choice;
  hover: Hover;
  dark: boolean;
  /** Prefix of element ids, unique in the page. */
  uid: string;
  /** Aborted when the view is gone. */
  ended: AbortSignal;
  /** Ask for a drawing at the next frame. */
  redraw(): void;
  choose(change: Partial<Choice>): void;
  point(hover: Partial<Hover>): void;
  /** Scopes that are closed, here or by the kernel. */
  closed(): Set<string>;
  /** Close these scopes and open all others. */
  fold(closed: Iterable<string>): void;
  /** Close a scope, or open it. */
  toggle(scope: string): void;
  scrub(change: (scrub: Scrub, passes: Pass[]) => Scrub): void;
  /** Listen to keys without Ctrl, Meta or Alt; one that `act` makes use of goes no further. */
  keys(target: EventTarget, act: (event: KeyboardEvent) => boolean): void;
  /** Listen until the view is gone; an error is shown in the panel. */
  on(
    target: EventTarget,
    type: string,
    listener: (event: Event) => void,
    options?: AddEventListenerOptions,
  ): void;
}

export interface Part {
  el: HTMLElement;
  draw(): void;
}

export function stepNow(ctx: Context): Step | null {
  return shownStep(ctx.pass, ctx.choice.scrub, ctx.state.status.state === "running");
}
