// A backward that waits in the kernel: its buttons, and what they did.
import type { Context, Part } from "./context";
import { assign, div, h, para, push, setText } from "./dom";
import type { Ask } from "./kernel";

type Do = Extract<Ask, { type: "step" }>["do"];

const BUTTONS: [Do, string, string][] = [
  ["next", "Next", "n"],
  ["to", "Run to selected node", ""],
  ["end", "Run to end", "e"],
  ["abort", "Abort", "a"],
];

export function stepperBar(ctx: Context): Part {
  const words = para({ role: "status" });
  const buttons = BUTTONS.map(([name, text, key]) => {
    const button = push({ "aria-keyshortcuts": key || null }, text, key && h("kbd", "", key));
    ctx.on(button, "click", () => step(name));
    return { name, button };
  });
  const row = div("buttons", ...buttons.map(({ button }) => button));
  const el = div({ class: "stepper", role: "group", "aria-label": "a real backward, paused" }, row, words);

  /** Why a button does nothing now, "" where it works. */
  function refusal(name: Do): string {
    if (ctx.state.stepper?.state !== "paused") return "The backward is not paused";
    const node = ctx.graph.nodes.get(ctx.choice.selected ?? -1);
    if (name === "to" && (!node || node.scope != null)) return "Choose a node in the graph first";
    return ctx.kernel.refusal("step");
  }
  function step(name: Do): void {
    if (refusal(name)) return;
    const node = ctx.choice.selected ?? 0;
    ctx.kernel.ask(name === "to" ? { type: "step", do: name, node } : { type: "step", do: name });
  }

  function draw(): void {
    const { stepper } = ctx.state;
    el.hidden = !stepper;
    if (!stepper) return;
    assign(el, { "data-state": stepper.state });
    for (const { name, button } of buttons) {
      const why = refusal(name);
      // Not `disabled`: the focus would be lost with every step, and the reason never heard.
      assign(button, { "aria-disabled": why ? "true" : null, title: why || null });
    }
    const lost = ctx.kernel.state === "gone" && /paused|running/.test(stepper.state);
    const message = stepper.message || stepper.state;
    setText(words, lost ? `lost with the kernel \u00b7 ${message}` : message);
  }

  ctx.keys(ctx.root, (event) => {
    const typing = (event.target as Element).matches("input:not([type=range]), select");
    const found = BUTTONS.find(([, , key]) => key === event.key);
    if (!found || typing || !ctx.state.stepper) return false;
    step(found[0]);
    return true;
  });
  return { el, draw };
}
