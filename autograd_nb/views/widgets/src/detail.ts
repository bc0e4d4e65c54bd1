// One node, in words and pictures: the chosen one, or the one that is running.
import { stepNow, type Context, type Part } from "./context";
import { code, div, h, iconButton, para, push, single, span } from "./dom";
import { shape, site } from "./format";
import { statBlock, statChip } from "./pictures";
import { amount, holding } from "./scopes";
import { drawn, unseen, type GraphNode, type Pass, type Saved, type Stat, type Step } from "./state";

const HINT = "Choose a node to see its derivative, what it saved and its gradients.";
const CLOSE = "M4.5 4.5l7 7M11.5 4.5l-7 7";
const STATES: Record<string, string> = {
  live: "\u25cf live",
  freed: "\u25cb freed",
  overwritten: "\u26a0 overwritten",
};

interface Around {
  id: string;
  isOpen: boolean;
  words: string;
  label: string;
  why: string;
}

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
    // The node that runs is told of even where its box is closed or was never drawn.
    const name = step?.name ?? "a node not drawn";
    const seen = step ? ctx.whole.nodes.get(step.node) : drawn(ctx.graph, id);
    const node = seen ?? (step ? unseen(step.node, name) : undefined);
    const found = node ? stepOf(ctx.pass, scrub.at, node) : null;
    const content = node
      ? { node, found, pinned: selected != null, dark: ctx.dark, pass: ctx.pass?.id, path: pathOf(node) }
      : null;
    single(el, content ?? (ctx.graph.nodes.size ? HINT : ""), (item) =>
      typeof item === "string"
        ? para("none", item)
        : card(item.node, item.found, item.pinned, item.path),
    );
  }

  function card(
    node: GraphNode,
    found: [number, Step] | null,
    pinned: boolean,
    path: Around[],
  ): HTMLElement {
    const name = node.kind === "leaf" ? (node.vars[0] ?? node.label) : node.name;
    const title = h("h3", "", code(name));
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
    const own = ctx.state.graph.scopes.find(({ id }) => id === node.scope);
    if (own) facts.push(own.kind, amount(own, node.count));
    const card = div("", head, para("facts1", facts.join(" \u00b7 ")));
    if (path.length) card.append(scopesOf(path));
    if (node.scope != null) return card;
    if (node.formula) {
      card.append(section("Derivative", h("pre", "formula", node.formula)));
    }
    if (node.saved.length) card.append(section("Saved for backward", savedList(node.saved)));
    if (found) card.append(...gradients(node, found));
    else if (ctx.pass) card.append(para("none", "It has not run at this step."));
    return card;
  }

  /** The scopes around a node, the outermost first. */
  function pathOf(node: GraphNode): Around[] {
    const closed = ctx.closed();
    return holding(ctx.sent, node).reverse().map(({ id, kind, label }) => {
      const isOpen = !closed.has(id);
      // A page whose kernel is gone does not have the nodes of what the kernel has closed.
      const gone = !isOpen && !ctx.sent.opened && ctx.sent.nodes.some((one) => one.scope === id);
      return { id, isOpen, words: `${kind} ${label}`, label, why: gone ? ctx.kernel.refusal("scopes") : "" };
    });
  }
  function scopesOf(path: Around[]): HTMLElement {
    const row = para({ class: "scopes", role: "group", "aria-label": "parts around this node" });
    for (const { id, isOpen, words, label, why } of path) {
      const title = why || `${isOpen ? "collapse" : "expand"} ${words}`;
      const more = { title, "aria-expanded": String(isOpen), disabled: !!why };
      const button = push({ class: "toggle", ...more }, label);
      button.addEventListener("click", () => ctx.toggle(id));
      row.append(button);
    }
    return row;
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
            code(event.fn),
            span("kind", event.kind.replaceAll("_", " ")),
            span("flow", statChip(event.before, ctx.dark), "\u2192", statChip(event.after, ctx.dark)),
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
        code(item.name),
        span("dims", dims.replace("torch.", "")),
        span("state", STATES[item.state] ?? item.state),
        item.note ? span("note", item.note) : null,
      ),
    );
  }
  return list;
}
