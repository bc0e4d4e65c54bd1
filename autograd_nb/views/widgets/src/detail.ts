// One node, in words and pictures: the chosen one, or the one that is running.
import { stepNow, type Context, type Part } from "./context";
import { h, iconButton, keyed } from "./dom";
import { shape, site } from "./format";
import { statBlock, statChip } from "./pictures";
import type { GraphNode, Pass, Saved, Stat, Step } from "./state";

const CLOSE = "M4.5 4.5l7 7M11.5 4.5l-7 7";
const STATES: Record<string, string> = {
  live: "\u25cf live",
  freed: "\u25cb freed",
  overwritten: "\u26a0 overwritten",
};

/** The step in which a node ran, if it has run at the position shown. */
function stepOf(pass: Pass | null, at: number, node: GraphNode): [number, Step] | null {
  const steps = pass?.steps ?? [];
  for (let i = Math.min(at, steps.length) - 1; i >= 0; i--) {
    const step = steps[i];
    if (step.node === node.id) return [i + 1, step];
    if (node.leaf != null && step.accumulate?.leaf === node.leaf) return [i + 1, step];
  }
  return null;
}

export function detailView(ctx: Context): Part {
  const el = h("section", { class: "detail", "aria-label": "node" });

  function draw(): void {
    const { selected, scrub } = ctx.choice;
    const id = selected ?? stepNow(ctx)?.node ?? null;
    const step = selected == null ? stepNow(ctx) : null;
    const drawn = id == null ? undefined : ctx.graph.nodes.get(id);
    const node = drawn ?? (step ? unseen(step) : undefined);
    const found = node ? stepOf(ctx.pass, scrub.at, node) : null;
    const content = node
      ? { node, found, pinned: selected != null, dark: ctx.dark, pass: ctx.pass?.id ?? null }
      : null;
    keyed(
      el,
      [content],
      () => "it",
      (item) => JSON.stringify(item),
      (item) => (item ? card(item.node, item.found, item.pinned) : hint()),
    );
  }

  function hint(): HTMLElement {
    const text = ctx.state.graph.nodes.length
      ? "Choose a node to see its derivative, what it saved and its gradients."
      : "";
    return h("p", "none", text);
  }

  function card(node: GraphNode, found: [number, Step] | null, pinned: boolean): HTMLElement {
    const name = node.kind === "leaf" ? (node.vars[0] ?? node.label) : node.name;
    const title = h("h3", "", h("code", "", name));
    const head = h("header", "", title);
    if (pinned) {
      const close = iconButton("unpin", CLOSE, "icon small");
      close.addEventListener("click", () => ctx.choose({ selected: null }));
      head.append(close);
    }
    const facts: string[] = [];
    if (node.kind === "leaf") facts.push("leaf");
    else if (node.vars.length) facts.push(node.vars.join(", "));
    if (node.shape) facts.push(shape(node.shape));
    if (node.dtype) facts.push(node.dtype.replace("torch.", ""));
    if (node.line) facts.push(site(node.cell, node.line));
    const card = h("div", "card", head, h("p", "facts1", facts.join(" \u00b7 ")));
    if (node.formula) {
      card.append(section("Derivative", h("pre", "formula", node.formula)));
    }
    if (node.saved.length) card.append(section("Saved for backward", savedList(node.saved)));
    if (found) card.append(...gradients(node, found));
    else if (ctx.pass) card.append(h("p", "none", "It has not run at this step."));
    return card;
  }

  function gradients(node: GraphNode, [at, step]: [number, Step]): HTMLElement[] {
    const out: HTMLElement[] = [];
    step.received.forEach((stat, i) => {
      const name = step.received.length > 1 ? `grad_output ${i}` : "grad_output";
      out.push(section(`${name}, received at step ${at}`, block(stat, `${node.id}r${i}`)));
    });
    step.sent.forEach(({ edge, stat }, i) => {
      const target = edge == null ? undefined : ctx.graph.edges.get(edge);
      const to = target ? ctx.graph.nodes.get(target.src) : undefined;
      if (!stat && !to) return;
      const name = to ? (to.vars[0] ?? to.label) : "";
      const title = `grad_input ${i}${name ? ` \u2192 ${name}` : ""}`;
      out.push(section(title, block(stat, `${node.id}s${i}`)));
    });
    if (step.hooks.length) {
      const list = h("ol", "fired");
      for (const event of step.hooks) {
        list.append(
          h(
            "li",
            "",
            h("code", "", event.fn),
            h("span", "kind", event.kind.replaceAll("_", " ")),
            h("span", "flow", statChip(event.before, ctx.dark), "\u2192", statChip(event.after, ctx.dark)),
          ),
        );
      }
      out.push(section("Hooks that fired", list));
    }
    if (step.accumulate) {
      out.push(section(".grad afterwards", block(step.accumulate.grad, `${node.id}g`)));
    }
    return out;
  }
  const block = (stat: Stat | null, key: string) => statBlock(stat, ctx.dark, ctx.choice.open, key);
  return { el, draw };
}

/** A node that ran in a graph that is no longer drawn: its step is all that is known. */
function unseen(step: Step): GraphNode {
  const place = { cell: null, line: null, source: null, x: 0, y: 0, w: 0, h: 0 };
  const name = step.name ?? "a node not drawn";
  const more = { shape: null, dtype: "", formula: "", saved: [], hooks: 0, leaf: null };
  return { id: step.node, kind: "op", name, label: name, vars: [], ...more, ...place };
}

function section(title: string, body: HTMLElement): HTMLElement {
  return h("section", "", h("h4", "", title), body);
}

function savedList(saved: Saved[]): HTMLElement {
  const list = h("ul", "saved");
  for (const item of saved) {
    const dims = item.shape.length || item.dtype ? `${shape(item.shape)} ${item.dtype}` : "";
    list.append(
      h(
        "li",
        { "data-state": item.state },
        h("code", "", item.name),
        h("span", "dims", dims.replace("torch.", "")),
        h("span", "state", STATES[item.state] ?? item.state),
        item.note ? h("span", "note", item.note) : null,
      ),
    );
  }
  return list;
}
