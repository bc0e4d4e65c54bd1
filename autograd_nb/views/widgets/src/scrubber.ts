// The recording's controls, and in words what happens at the step shown.
import { stepNow, type Context, type Part } from "./context";
import { assign, code, div, h, iconButton, keyed, para, push, setIcon, setText, single, span } from "./dom";
import { count, norm, site } from "./format";
import { statChip } from "./pictures";
import { choosePass, goTo, paceFor, SPEEDS, step as stepBy } from "./scrub";
import { tick, toEnd, toLatest, togglePlay } from "./scrub";
import { drawn, type GraphNode, type Pass, type Step } from "./state";

const FIRST = "M4 3.5v9M12.5 3.5L6 8l6.5 4.5z";
const PREVIOUS = "M11.5 3.5L5 8l6.5 4.5z";
const NEXT = "M4.5 3.5L11 8l-6.5 4.5z";
const LAST = "M12 3.5v9M3.5 3.5L10 8l-6.5 4.5z";
const PLAY = "M4.5 2.5L13 8l-8.5 5.5z";
const PAUSE = "M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z";

export function scrubber(ctx: Context): Part {
  const first = iconButton("to the start (Home)", FIRST);
  const previous = iconButton("one step back (left arrow)", PREVIOUS);
  const play = iconButton("play (space)", PLAY, "icon play");
  const next = iconButton("one step on (right arrow)", NEXT);
  const last = iconButton("to the end (End)", LAST);
  const slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "step of the backward pass" });
  const place = span("count");
  const passes = h("select", { "aria-label": "backward pass", class: "passes" });
  const speed = h("select", { "aria-label": "playing speed", title: "playing speed" });
  for (const value of SPEEDS) {
    speed.append(h("option", { value }, value === 1 ? "1 step/s" : `${value} steps/s`));
  }
  const live = push({ class: "live" }, "Latest");
  const buttons = div({ class: "buttons" }, first, previous, play, next, last);
  const bar = div("bar", buttons, slider, place, passes, speed, live);
  const words = div({ class: "now" });
  const el = div({ class: "scrubber", role: "group", "aria-label": "backward, step by step" }, bar, words);
  let timer: ReturnType<typeof setInterval> | null = null;
  let pace = 0;

  ctx.on(first, "click", () => ctx.scrub((s, all) => stepBy(s, all, -s.at)));
  ctx.on(previous, "click", () => ctx.scrub((s, all) => stepBy(s, all, -1)));
  ctx.on(play, "click", () => ctx.scrub(togglePlay));
  ctx.on(next, "click", () => ctx.scrub((s, all) => stepBy(s, all, 1)));
  ctx.on(last, "click", () => ctx.scrub(toEnd));
  ctx.on(slider, "input", () =>
    ctx.scrub((s, all) => ({ ...goTo(s, all, Number(slider.value)), playing: false })),
  );
  ctx.on(passes, "change", () => ctx.scrub((s, all) => choosePass(s, all, Number(passes.value))));
  ctx.on(speed, "change", () => ctx.choose({ speed: Number(speed.value) }));
  ctx.on(live, "click", () => ctx.scrub(toLatest));
  ctx.keys(el, (event) => {
    const target = event.target as Element;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => ctx.scrub((s, all) => stepBy(s, all, -1)),
      ArrowRight: () => ctx.scrub((s, all) => stepBy(s, all, 1)),
      Home: () => ctx.scrub((s, all) => stepBy(s, all, -s.at)),
      End: () => ctx.scrub(toEnd),
      " ": () => ctx.scrub(togglePlay),
    };
    const move = moves[event.key];
    // Space on a button is that button's own press.
    if (!move || target.matches("select") || (event.key === " " && target.matches("button"))) {
      return false;
    }
    move();
    return true;
  });
  ctx.on(ctx.ended, "abort", stop);

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
  }
  const speedNow = () => ctx.choice.speed || paceFor(ctx.pass?.steps.length ?? 0);
  function keepTime(): void {
    const { scrub } = ctx.choice;
    const wanted = speedNow();
    if (timer !== null && (!scrub.playing || pace !== wanted)) stop();
    if (!scrub.playing || timer !== null) return;
    pace = wanted;
    const steps = Math.max(1, Math.round(wanted / 25));
    timer = setInterval(() => ctx.scrub((s, all) => tick(s, all, steps)), (1000 * steps) / wanted);
  }

  function draw(): void {
    const all = ctx.state.tape.passes;
    el.hidden = all.length === 0;
    keepTime();
    if (el.hidden) return;
    const { scrub } = ctx.choice;
    const total = ctx.pass?.steps.length ?? 0;
    assign(slider, { max: total, "aria-valuetext": spoken() });
    if (Number(slider.value) !== scrub.at) slider.value = String(scrub.at);
    setText(place, `${scrub.at} / ${total}`);
    first.disabled = previous.disabled = scrub.at === 0;
    next.disabled = scrub.at >= total;
    last.disabled = next.disabled && scrub.follow;
    // Read out what one step does, but not what flies by.
    assign(words, { "aria-live": scrub.playing || scrub.follow ? "off" : "polite" });
    setIcon(play, scrub.playing ? PAUSE : PLAY);
    const name = scrub.playing ? "pause (space)" : "play (space)";
    assign(play, { title: name, "aria-label": name });
    if (!passes.matches(":focus")) offer(all); // A list that is open is left alone.
    passes.hidden = all.length < 2;
    if (scrub.pass !== null && passes.value !== String(scrub.pass)) passes.value = String(scrub.pass);
    if (speed.value !== String(speedNow())) speed.value = String(speedNow());
    const isLast = scrub.pass === all[all.length - 1].id;
    live.hidden = scrub.follow || (isLast && ctx.state.status.state !== "running");
    const step = stepNow(ctx);
    const shown = [step, scrub.at, ctx.dark, ctx.state.graph.key, ctx.pass?.error, total];
    single(words, shown, () => (step ? sentence(step) : scrub.at ? whole(total) : before()));
  }

  function offer(all: Pass[]): void {
    keyed(
      passes,
      all,
      (pass) => String(pass.id),
      (pass) => `${pass.line}`,
      ({ id, line }) => h("option", { value: id }, `pass ${id}${line ? `, line ${line}` : ""}`),
    );
  }
  function spoken(): string {
    const step = stepNow(ctx);
    return step ? `step ${ctx.choice.scrub.at}, ${nameOf(step)}` : "before the first step";
  }
  /** The node itself where it was sent, else the box around it. */
  function nodeOf(id: number): GraphNode | undefined {
    return ctx.whole.nodes.get(id) ?? drawn(ctx.graph, id);
  }
  function nameOf(step: Step): string {
    return step.name ?? nodeOf(step.node)?.name ?? "a node not drawn";
  }
  const call = () => code(ctx.pass?.source || "backward");
  const mute = (words: string) => span("verb", words);
  function before(): HTMLElement {
    return para("", mute("before the first node of"), call());
  }
  function whole(total: number): HTMLElement {
    const leaves = count(ctx.reach.leafAt.size, "leaf");
    const line = para("", call(), mute(`ran ${count(total, "step")} and reached ${leaves}`));
    const out = ctx.pass?.left_out;
    if (out) line.append(mute(`${count(out, "step")} outside the picture`));
    line.append(ctx.pass?.error ? stopped(ctx.pass.error) : mute("press play to watch it"));
    return line;
  }
  const stopped = (error: string) => span("error", `stopped: ${error}`);

  function sentence(step: Step): HTMLElement {
    const node = nodeOf(step.node);
    const line = para("");
    const leaf = ctx.state.leaves.find((one) => one.id === step.accumulate?.leaf);
    line.append(h("b", "", nameOf(step)));
    const names = step.accumulate ? (leaf?.name ?? node?.vars[0]) : node?.vars[0];
    if (names) line.append(span("var", names));
    if (node?.line) line.append(span("site", site(node.cell, node.line)));
    if (step.received.length) {
      line.append(span("verb", "received"));
      for (const stat of step.received) line.append(statChip(stat, ctx.dark));
    }
    for (const event of step.hooks) {
      line.append(
        span({ class: "hook", title: `${event.kind} hook on ${event.target}` },
          span("verb", "hook"),
          code(event.fn),
          event.effect === "replaced" ? `${norm(event.before)} \u2192 ${norm(event.after)}` : "kept",
        ),
      );
    }
    const sent = step.sent.filter((one) => one.stat);
    if (sent.length) line.append(span("verb", "sent"));
    for (const { edge, stat } of sent) {
      const to = ctx.graph.nodes.get(ctx.graph.edges.get(edge ?? -1)?.src ?? -1);
      line.append(
        span("flow", statChip(stat, ctx.dark), to ? span("to", `\u2192 ${to.vars[0] ?? to.label}`) : null),
      );
    }
    if (step.accumulate) {
      const { grad } = step.accumulate;
      line.append(span("verb", "added to .grad, now"), statChip(grad, ctx.dark));
    }
    if (ctx.pass?.error && ctx.choice.scrub.at === ctx.pass.steps.length) {
      line.append(stopped(ctx.pass.error));
    }
    return line;
  }
  return { el, draw };
}
