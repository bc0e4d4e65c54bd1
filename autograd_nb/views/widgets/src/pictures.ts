// Small pictures of one gradient: heat map, histogram, line of norms, and the numbers.
import { signColor } from "./color";
import { div, h, para, span, svg, td } from "./dom";
import { flaws, norm, num, shape } from "./format";
import { thin, toNumber, type Num, type Stat } from "./state";

const NONE = "\u2013";

function frame(name: string, width: number, height: number, label: string): SVGSVGElement {
  const viewBox = `0 0 ${width} ${height}`;
  return svg("svg", { class: name, width, height, viewBox, role: "img", "aria-label": label });
}

/** The sample as coloured cells; a cell that is not finite is crossed. */
export function heatMap(stat: Stat, dark: boolean, width: number, height: number): SVGElement {
  const rows = Math.max(1, stat.rows);
  const cols = Math.max(1, stat.cols);
  // Square where there is room; a long row or column keeps cells that can be seen.
  const side = Math.min(width / cols, height / rows, 18);
  const cw = Math.min(width / cols, Math.max(side, 12));
  const ch = Math.min(height / rows, Math.max(side, 12));
  const w = cw * cols;
  const tall = ch * rows;
  const values = stat.values.map(toNumber);
  const scale = values.reduce((top, v) => (isFinite(v) ? Math.max(top, Math.abs(v)) : top), 0);
  const gapX = cw > 6 ? 1 : 0;
  const gapY = ch > 6 ? 1 : 0;
  const picture = frame("heat", w, tall, `heat map of ${shape(stat.shape)} values`);
  values.forEach((value, i) => {
    const x = (i % cols) * cw;
    const y = Math.floor(i / cols) * ch;
    const right = cw - gapX;
    const down = ch - gapY;
    const fill = isFinite(value) ? signColor(value, scale, dark) : "none";
    const title = svg("title", {}, num(stat.values[i]));
    picture.append(svg("rect", { x, y, width: right, height: down, fill }, title));
    if (!isFinite(value)) {
      const d = `M${x} ${y}l${right} ${down}m0 ${-down}l${-right} ${down}`;
      picture.append(svg("path", { d, class: "cross" }));
    }
  });
  return picture;
}

export function histogram(stat: Stat, width: number, height: number): SVGElement | null {
  const hist = stat.hist;
  if (!hist || hist.counts.length === 0) return null;
  const top = Math.max(1, ...hist.counts);
  const lo = toNumber(hist.lo);
  const hi = toNumber(hist.hi);
  const bar = Math.min(width / hist.counts.length, 14);
  const w = bar * hist.counts.length;
  const picture = frame("hist", w, height, `histogram from ${num(hist.lo)} to ${num(hist.hi)}`);
  hist.counts.forEach((n, i) => {
    const tall = n ? Math.max(1.5, (n / top) * (height - 2)) : 0;
    const from = lo + ((hi - lo) * i) / hist.counts.length;
    const to = lo + ((hi - lo) * (i + 1)) / hist.counts.length;
    const title = svg("title", {}, `${n} in ${num(from)} \u2026 ${num(to)}`);
    const x = i * bar;
    const inner = Math.max(1, bar - 1);
    picture.append(svg("rect", { x, y: height - tall, width: inner, height: tall }, title));
  });
  if (lo < 0 && hi > 0) {
    const x = (-lo / (hi - lo)) * w;
    picture.append(svg("path", { class: "zero", d: `M${x} 0V${height}` }));
  }
  return picture;
}

const logOf = (n: number) => (n > 0 ? Math.log10(n) : n === 0 ? -Infinity : NaN);

/** Numbers over time, norms on a log scale; a gap and a cross where one is not finite. */
export function spark(
  all: Num[],
  width: number,
  height: number,
  isLog = true,
  steps: Num[] = [...all.keys()],
): SVGElement {
  const norms = thin(all, 160);
  const times = thin(steps, 160).map(toNumber);
  const picture = frame("spark", width, height, `${all.length} values, the last ${num(all[all.length - 1])}`);
  const powers = norms.map((value) => {
    const n = toNumber(value);
    return !isFinite(n) ? NaN : isLog ? logOf(n) : n;
  });
  const finite = powers.filter((p) => isFinite(p));
  let lo = Math.min(...finite);
  let hi = Math.max(...finite);
  // Norms that hardly differ are level; other numbers have no such measure.
  if (!(hi - lo > (isLog ? 0.1 : 0))) [lo, hi] = [lo - 0.5, hi + 0.5];
  const length = times[times.length - 1] - times[0] || 1;
  const at = (p: number) => height - 3 - ((Math.max(p, lo) - lo) / (hi - lo)) * (height - 6);
  let d = "";
  let pen = false;
  let last: [number, number] | null = null;
  powers.forEach((p, i) => {
    const x = 3 + ((times[i] - times[0]) / length) * (width - 6);
    if (Number.isNaN(p)) {
      picture.append(svg("path", { class: "cross", d: `M${x - 2} 2l4 4m0-4l-4 4` }));
      pen = false;
      return;
    }
    const y = finite.length ? at(p) : height - 3;
    d += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
    last = [x, y];
  });
  picture.append(svg("path", { class: "line", d }));
  if (last) picture.append(svg("circle", { cx: last[0], cy: last[1], r: 2 }));
  return picture;
}

function pair(name: string, value: string, className = ""): HTMLElement {
  return div(className, h("dt", "", name), h("dd", "", value));
}

/** Heat map, histogram and numbers of one gradient. */
export function statBlock(stat: Stat | null, dark: boolean, open: Set<string>, key: string) {
  if (!stat) return para("none", "no gradient arrived here");
  const block = div("stat");
  if (stat.values.length) {
    const pictures = div("pictures", heatMap(stat, dark, 120, 72));
    const hist = stat.values.length > 1 ? histogram(stat, 110, 40) : null;
    if (hist && stat.hist) {
      const ends = div("ends", span("", num(stat.hist.lo)), span("", num(stat.hist.hi)));
      pictures.append(div("histbox", hist, ends));
    }
    block.append(pictures);
  }
  const flaw = flaws(stat);
  block.append(
    h(
      "dl",
      "facts",
      pair("shape", shape(stat.shape)),
      pair("dtype", stat.dtype),
      pair("norm", num(stat.norm)),
      pair("mean", num(stat.mean)),
      pair("min", num(stat.min)),
      pair("max", num(stat.max)),
      flaw ? pair("not finite", flaw, "flaw") : null,
      stat.sampled ? pair("read", `${stat.sampled.toLocaleString("en-US")} elements`) : null,
    ),
  );
  if (stat.values.length > 1) block.append(numbers(stat, open, key));
  return block;
}

function numbers(stat: Stat, open: Set<string>, key: string): HTMLElement {
  const body = h("tbody", "");
  for (let r = 0; r < stat.rows; r++) {
    const row = h("tr", "");
    for (const value of stat.values.slice(r * stat.cols, (r + 1) * stat.cols)) {
      row.append(td("", num(value)));
    }
    body.append(row);
  }
  const size = stat.shape.reduce((product, n) => product * n, 1);
  const part = stat.values.length < size ? ` (${stat.values.length} of ${size})` : "";
  const details = h(
    "details",
    "numbers",
    h("summary", "", `Numbers${part}`),
    div("scroll", h("table", "", body)),
  );
  details.open = open.has(key);
  details.addEventListener("toggle", () => {
    if (details.open) open.add(key);
    else open.delete(key);
  });
  return details;
}

/** One line: tiny picture and norm. */
export function statChip(stat: Stat | null | undefined, dark: boolean): HTMLElement {
  if (!stat) return span("chip none", NONE);
  const flaw = flaws(stat);
  const chip = span({ class: flaw ? "chip flaw" : "chip", title: describe(stat) });
  if (stat.values.length) chip.append(heatMap(stat, dark, 32, 16));
  chip.append(span("what", "\u2016g\u2016"), span("", norm(stat)));
  if (flaw) chip.append(span("badge", flaw));
  return chip;
}

export function describe(stat: Stat): string {
  const range = `${num(stat.min)} to ${num(stat.max)}, mean ${num(stat.mean)}`;
  return `${shape(stat.shape)} ${stat.dtype}, norm ${num(stat.norm)}, ${range}`;
}
