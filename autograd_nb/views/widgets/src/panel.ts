// The entry: one panel for one model. anywidget calls render() for every view of it.
import type { Render } from "@anywidget/types";
import type { Choice, Context, Hover, Part, Tab } from "./context";
import { detailView } from "./detail";
import { assign, code, div, h, para, push, setText, single, span } from "./dom";
import { count, num, seconds } from "./format";
import { gradientsView } from "./gradients";
import { graphView } from "./graph";
import { hooksView } from "./hooks";
import { spark } from "./pictures";
import { reach } from "./kernel";
import { contract } from "./scopes";
import { choosePass, passOf, settle, START } from "./scrub";
import { scrubber } from "./scrubber";
import { sourceView } from "./source";
import { drawn, indexGraph, indexPass, readState, readTrait, TRAITS } from "./state";
import type { Graph, Trait } from "./state";
import { stepperBar } from "./stepper";
import { isDark, watchTheme } from "./theme";

type Model = Parameters<Render<Record<Trait, unknown>>>[0]["model"];

let views = 0;

const TABS: [Tab, string][] = [
  ["graph", "Graph"],
  ["gradients", "Gradients"],
  ["hooks", "Hooks"],
];
const GONE = "The kernel that made this is gone. What it recorded can still be read.";

/** What the reader chose in the latest view of a model; the next view begins with it. */
interface Memory {
  choice: Choice | null;
}

function beginWith(memory: Memory): Choice {
  const old = memory.choice;
  const choice: Choice = old
    ? { ...old, scrub: { ...old.scrub, playing: false }, open: new Set(old.open) }
    : { tab: "graph", scrub: START, speed: 0, selected: null, open: new Set(), closed: new Set() };
  memory.choice = choice;
  return choice;
}

function render(model: Model, el: HTMLElement, memory: Memory): () => void {
  const ended = new AbortController();
  const fault = para({ class: "fault", role: "alert", hidden: true });
  const root = div("agnb");
  // Front ends bind keys such as Enter, arrows and letters: none of them are meant for a panel in
  // use. Only what an element says of itself is sure to be heeded.
  root.addEventListener("focusin", ({ target }) =>
    assign(target as Element, { "data-lm-suppress-shortcuts": true }),
  );
  let frame = 0;
  let isDrawing = false;
  let failed = false;
  let drawWhole: (() => void) | null = null;

  function guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      fault.textContent = `The panel could not be drawn: ${text}`;
      fault.hidden = false;
      failed = true;
    }
  }
  function redraw(): void {
    if (frame || isDrawing || ended.signal.aborted) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      isDrawing = true;
      failed = false;
      guard(() => drawWhole?.());
      fault.hidden = !failed;
      isDrawing = false;
    });
  }

  guard(() => {
    drawWhole = build(model, beginWith(memory), root, ended, guard, redraw);
    for (const key of TRAITS) model.on(`change:${key}`, redraw);
  });
  root.prepend(fault);
  el.append(root);
  redraw();
  return () => {
    ended.abort();
    cancelAnimationFrame(frame);
    for (const key of TRAITS) model.off(`change:${key}`, redraw);
    root.remove();
  };
}

/** Make the parts and give back the function that draws them. */
function build(
  model: Model,
  choice: Choice,
  root: HTMLElement,
  ended: AbortController,
  guard: (action: () => void) => void,
  redraw: () => void,
): () => void {
  const hover: Hover = { node: null, line: "", leaf: null };
  let saved: Graph | null = null;
  const state = readState((key) => model.get(key));
  const ctx: Context = {
    state,
    sent: state.graph,
    whole: indexGraph(state.graph),
    graph: indexGraph(state.graph),
    hits: new Set(),
    kernel: reach(model, redraw, ended.signal),
    root,
    pass: null,
    reach: indexPass(null),
    choice,
    hover,
    dark: isDark(),
    uid: `agnb-${(views += 1)}`,
    ended: ended.signal,
    redraw,
    choose: (change) => {
      Object.assign(choice, change);
      redraw();
    },
    point: (change) => {
      const keys = Object.keys(change) as (keyof Hover)[];
      if (keys.every((key) => hover[key] === change[key])) return;
      Object.assign(hover, change);
      redraw();
    },
    closed: () => new Set([...choice.closed, ...ctx.sent.collapsed]),
    fold: (wanted) => {
      const closed = new Set(wanted);
      ctx.choose({ closed });
      if (!ctx.kernel.refusal("scopes")) ctx.kernel.ask({ type: "scopes", collapsed: [...closed] });
      else if (saved?.collapsed.length === closed.size) model.set("graph", saved);
      else if (ctx.sent.collapsed.some((id) => !closed.has(id))) {
        saved = ctx.sent;
        if (saved.opened) model.set("graph", saved.opened);
        else ctx.kernel.say("Boxes that the kernel closed can be opened only there.");
      }
    },
    toggle: (scope) => {
      const closed = ctx.closed();
      if (!closed.delete(scope)) closed.add(scope);
      else choice.selected = ctx.whole.members.get(scope)?.[0] ?? null;
      ctx.fold(closed);
    },
    scrub: (change) => {
      choice.scrub = change(choice.scrub, ctx.state.tape.passes);
      redraw();
    },
    keys: (target, act) =>
      ctx.on(target, "keydown", (raw) => {
        const event = raw as KeyboardEvent;
        if (event.ctrlKey || event.metaKey || event.altKey || !act(event)) return;
        event.preventDefault();
        event.stopPropagation();
      }),
    on: (target, type, listener, options) =>
      target.addEventListener(type, (event) => guard(() => listener(event)), {
        ...options,
        signal: type === "abort" ? undefined : ended.signal,
      }),
  };

  const header = headerView(ctx);
  const source = sourceView(ctx);
  const detail = detailView(ctx);
  const scrub = scrubber(ctx);
  const stepper = stepperBar(ctx);
  const graph = graphView(ctx);
  const side = div("side", source.el, detail.el);
  const pages: Record<Tab, { el: HTMLElement; parts: Part[] }> = {
    // The graph last: it asks for sizes and styles, which the other parts would change again.
    graph: { el: div("page columns", graph.el, side), parts: [source, detail, graph] },
    gradients: page(gradientsView(ctx)),
    hooks: page(hooksView(ctx)),
  };
  for (const [tab] of TABS) {
    assign(pages[tab].el, {
      role: "tabpanel",
      id: `${ctx.uid}-${tab}`,
      "aria-labelledby": `${ctx.uid}-tab-${tab}`,
    });
  }
  assign(root, { role: "region", "aria-label": "autograd panel" });
  root.append(header.el, stepper.el, ...TABS.map(([tab]) => pages[tab].el), scrub.el);
  watchTheme(redraw, ended.signal);

  const seen: Partial<Record<Trait, unknown>> = {};
  let passSeen: unknown = null;
  let closedSeen: unknown = null;
  let boxChosen: string | undefined;
  return () => {
    const changed = new Set<Trait>();
    for (const key of TRAITS) {
      const value = model.get(key);
      if (value === seen[key] && key in seen) continue;
      seen[key] = value;
      changed.add(key);
      (ctx.state as unknown as Record<Trait, unknown>)[key] = readTrait(key, value);
    }
    if (changed.has("graph")) {
      ctx.sent = ctx.state.graph;
      ctx.whole = indexGraph(ctx.sent);
    }
    const regrouped = changed.has("graph") || choice.closed !== closedSeen;
    closedSeen = choice.closed;
    if (regrouped) {
      ctx.state.graph = contract(ctx.sent, choice.closed);
      ctx.graph = ctx.state.graph === ctx.sent ? ctx.whole : indexGraph(ctx.state.graph);
    }
    choice.scrub = settle(choice.scrub, ctx.state.tape.passes);
    ctx.pass = passOf(ctx.state.tape.passes, choice.scrub);
    if (regrouped || ctx.pass !== passSeen) ctx.reach = indexPass(ctx.pass, ctx.graph);
    passSeen = ctx.pass;
    // Of a box that was opened, its first node stays chosen; of a node that went into one, the box.
    const opened = ctx.sent.scopes.find(({ id }) => id === boxChosen)?.nodes ?? [];
    const candidates = choice.selected == null ? [] : [choice.selected, ...opened];
    const chosen = candidates.map((id) => drawn(ctx.graph, id)).find(Boolean);
    choice.selected = chosen?.id ?? null;
    boxChosen = chosen?.scope;
    ctx.dark = isDark();
    root.dataset.theme = ctx.dark ? "dark" : "light";
    for (const [tab] of TABS) pages[tab].el.hidden = tab !== choice.tab;
    // A part that cannot be drawn leaves the others as they are.
    for (const part of [header, stepper, scrub, ...pages[choice.tab].parts]) guard(() => part.draw());
  };
}

function page(part: Part): { el: HTMLElement; parts: Part[] } {
  return { el: div("page", part.el), parts: [part] };
}

function headerView(ctx: Context): Part {
  const dot = span({ class: "dot", "aria-hidden": "true" });
  const word = span({ class: "word", role: "status" });
  const cell = span("cell");
  const facts = span("counts");
  const tracked = span("tracked");
  const message = para({ class: "message" });
  const notice = para({ class: "message notice", role: "status" });
  const broken = push({ class: "badge" });
  ctx.on(broken, "click", () =>
    ctx.scrub((scrub, all) => choosePass(scrub, all, ctx.state.status.not_finite?.pass ?? 0)),
  );
  const tabs = div({ class: "tabs", role: "tablist", "aria-label": "views" });
  const buttons = TABS.map(([tab, name]) => {
    const number = span("number");
    const button = h(
      "button",
      { type: "button", role: "tab", id: `${ctx.uid}-tab-${tab}`, "aria-controls": `${ctx.uid}-${tab}` },
      `${name} `,
      number,
    );
    ctx.on(button, "click", () => ctx.choose({ tab }));
    tabs.append(button);
    return { tab, button, number };
  });
  ctx.keys(tabs, ({ key }) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!by) return false;
    const at = buttons.findIndex(({ tab }) => tab === ctx.choice.tab);
    const next = buttons[(at + by + buttons.length) % buttons.length];
    ctx.choose({ tab: next.tab });
    next.button.focus();
    return true;
  });
  const line = div("status", dot, word, cell, facts, broken, tracked);
  const el = h("header", "head", line, tabs, message, notice);

  function draw(): void {
    const { status, leaves, hooks, tape, stepper } = ctx.state;
    const gone = ctx.kernel.state === "gone";
    // Nobody is left to say how a cell ended that was running when its kernel went.
    const ended = gone && status.state === "running" ? "interrupted" : status.state;
    assign(el, { "data-state": ended });
    setText(word, ended);
    setText(notice, gone ? GONE : ctx.kernel.notice);
    notice.hidden = !notice.textContent;
    setText(cell, status.cell);
    const kept = tape.dropped ? `, ${tape.passes.length} of them recorded` : "";
    const passes = count(status.passes, "pass") + kept;
    const parts = [count(status.ops, "op"), passes, seconds(status.elapsed)];
    setText(facts, status.cell || status.ops ? parts.join(" \u00b7 ") : "");
    const bad = status.not_finite;
    const at = bad?.line == null ? "" : `, line ${bad.line}`;
    setText(broken, bad ? `first not finite: ${bad.what} of pass ${bad.pass}${at}` : "");
    broken.hidden = !bad;
    const follow = status.tracked?.values.length ? status.tracked : null;
    single(tracked, follow, ({ name, values }) =>
      span("flow",
        code(name),
        h("b", "", num(values[values.length - 1])),
        values.length > 1 ? spark(values, 90, 24, false) : null,
      ),
    );
    // The bar of a paused backward says it below.
    setText(message, status.message === stepper?.message ? "" : status.message);
    message.hidden = !message.textContent;
    const numbers: Record<Tab, number> = { graph: 0, gradients: leaves.length, hooks: hooks.length };
    for (const { tab, button, number } of buttons) {
      const on = tab === ctx.choice.tab;
      assign(button, { "aria-selected": String(on), tabindex: on ? 0 : -1 });
      setText(number, numbers[tab] ? String(numbers[tab]) : "");
    }
  }
  return { el, draw };
}

/** Called once for a model; what it closes over is shared by the views of that model. */
export default function panel(): { render: Render<Record<Trait, unknown>> } {
  const memory: Memory = { choice: null };
  return { render: ({ model, el }) => render(model, el, memory) };
}
