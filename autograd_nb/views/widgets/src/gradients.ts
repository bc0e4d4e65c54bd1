// Each leaf: its gradient, how its norm went, and the ledger of who added what.
import { stepNow, type Context, type Part } from "./context";
import { assign, code, div, h, keyed, para, single, span, td } from "./dom";
import { count, flaws, num, shape, site } from "./format";
import { heatMap, histogram, spark, statChip } from "./pictures";
import { toNumber, type Curve, type Leaf, type LedgerRow, type Num } from "./state";

const LEDGER_SHOWN = 60;

const between = (lo: Num, hi: Num) => `${num(lo)} \u2026 ${num(hi)}`;

export function gradientsView(ctx: Context): Part {
  const none = para("none", "No leaf has been seen yet.");
  const list = h("ul", { class: "leaves", "aria-label": "gradients of the leaves" });
  const loss = div("");
  const el = div("gradients", loss, none, list);

  ctx.on(list, "pointerover", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-leaf]");
    ctx.point({ leaf: row ? Number(row.dataset.leaf) : null });
  });
  ctx.on(list, "pointerleave", () => ctx.point({ leaf: null }));

  function isOpen(leaf: Leaf): boolean {
    const key = `leaf${leaf.id}`;
    const few = ctx.state.leaves.length <= 4;
    return few ? !ctx.choice.open.has(`-${key}`) : ctx.choice.open.has(key);
  }
  function setOpen(leaf: Leaf, open: boolean): void {
    const key = `leaf${leaf.id}`;
    ctx.choice.open[open ? "add" : "delete"](key);
    ctx.choice.open[open ? "delete" : "add"](`-${key}`);
    ctx.redraw();
  }

  function draw(): void {
    none.hidden = ctx.state.leaves.length > 0;
    single(loss, ctx.state.loss, curve);
    keyed(
      list,
      ctx.state.leaves,
      (leaf) => String(leaf.id),
      (leaf) => JSON.stringify([leaf, ctx.dark, isOpen(leaf)]),
      row,
    );
    const step = stepNow(ctx);
    for (const item of list.children) {
      const now = step?.accumulate?.leaf === Number((item as HTMLElement).dataset.leaf);
      assign(item, { "data-now": now });
    }
  }

  function curve({ name, points }: Curve): HTMLElement {
    const steps = points.map(([step]) => step);
    const values = points.map(([, value]) => value);
    const finite = values.map(toNumber).filter(isFinite);
    const last = values.length - 1;
    return h(
      "figure",
      "flow",
      h("figcaption", "figure", code(name), h("b", "", num(values[last]))),
      spark(values, 420, 72, false, steps),
      div("figure what",
        span("", `steps ${between(steps[0], steps[last])}`),
        finite.length > 1 ? span("", between(Math.min(...finite), Math.max(...finite))) : null,
      ),
    );
  }

  function row(leaf: Leaf): HTMLElement {
    const { grad } = leaf;
    const open = isOpen(leaf);
    const id = `${ctx.uid}-ledger-${leaf.id}`;
    const button = h(
      "button",
      { type: "button", class: "toggle", "aria-expanded": String(open), "aria-controls": id },
      span("name", leaf.name || "unnamed"),
      span("dims", shape(leaf.shape)),
    );
    button.addEventListener("click", () => setOpen(leaf, !isOpen(leaf)));
    const head = div("leafhead",
      button,
      div("figure", span("what", "norm"), h("b", "", grad ? num(grad.norm) : "None")),
    );
    if (grad || !leaf.note) {
      head.append(
        div("figure range",
          span("what", "min \u2026 max"),
          span("", grad ? between(grad.min, grad.max) : "\u2013"),
        ),
        div({ class: "figure", title: "size of the last update against the size of the parameter" },
          span("what", "update : size"),
          span("", num(leaf.ratio, 2)),
        ),
        flagsOf(leaf),
        picture(leaf),
        leaf.norms.length > 1 ? spark(leaf.norms, 96, 30) : span("nospark"),
        span("uses", count(leaf.contributions, "contribution")),
      );
    }
    if (leaf.note) head.append(span("note", leaf.note));
    const item = h("li", { "data-leaf": leaf.id }, head);
    if (open) item.append(div({ class: "scroll", id }, ledger(leaf)));
    return item;
  }

  /** What is wrong with a gradient, in words. */
  function flagsOf({ flags = [], grad }: Leaf): HTMLElement {
    const flaw = flaws(grad);
    const words = flaw ? [flaw, ...flags.filter((flag) => flag !== "nan")] : flags;
    const badges = words.map((word) => span("badge", word));
    return badges.length ? span("", ...badges) : span("fine", grad ? "all finite" : "");
  }

  function picture(leaf: Leaf): Element {
    if (!leaf.grad) return span("nopicture");
    if (leaf.grad.values.length > 1) {
      const box = div("mini", heatMap(leaf.grad, ctx.dark, 44, 28));
      const hist = histogram(leaf.grad, 60, 28);
      if (hist) box.append(hist);
      return box;
    }
    return div("mini", heatMap(leaf.grad, ctx.dark, 44, 18));
  }

  function ledger(leaf: Leaf): HTMLElement {
    if (!leaf.ledger.length) return para("none inset", leaf.note || "Nothing has reached .grad yet.");
    const body = h("tbody", "");
    const shown = leaf.ledger.slice(-LEDGER_SHOWN);
    for (const entry of shown) body.append(ledgerRow(entry));
    const head = h("tr", "");
    for (const title of ["what", "where", "added", "norm after"]) {
      head.append(h("th", { scope: "col" }, title));
    }
    const table = h("table", { class: "ledger", "aria-label": `what happened to ${leaf.name}.grad` }, h("thead", "", head), body);
    const told = ({ kind, passes }: LedgerRow) => passes ?? Number(kind === "backward");
    const rest = shown.reduce((left, entry) => left - told(entry), leaf.contributions);
    if (rest > 0) table.append(h("caption", "", `${count(rest, "earlier contribution")} not listed`));
    return table;
  }

  function ledgerRow(entry: LedgerRow): HTMLElement {
    const what: Record<string, string> = {
      backward: `pass ${entry.pass}`,
      zeroed: "\u2205 set to zero",
      cleared: "\u2205 set to None",
      renewed: "\u2205 a new tensor",
      passes: `passes ${entry.pass} \u2026 ${entry.last}`,
    };
    // Of a long loop not every pass is looked at.
    const cleared = entry.clearings ? `, cleared ${entry.clearings}\u00d7` : "";
    const came = entry.incoming ? statChip(entry.incoming, ctx.dark) : span("what", `not measured${cleared}`);
    const row = h(
      "tr",
      { "data-kind": entry.kind, "data-line": entry.line ? `${entry.cell}:${entry.line}` : null },
      td("", what[entry.kind] ?? entry.kind),
      td("where", site(entry.cell, entry.line)),
      td("", entry.pass != null && came),
      td("number", entry.norm_after == null ? "\u2013" : num(entry.norm_after)),
    );
    return row;
  }
  return { el, draw };
}
