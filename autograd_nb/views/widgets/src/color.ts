// Colours that carry meaning. Sizes run along viridis, which keeps its order for all kinds of
// colour vision and in grey; signs run from blue to orange.

type Rgb = readonly [number, number, number];

const VIRIDIS: readonly Rgb[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

const BLUE: Rgb = [33, 102, 172];
const ORANGE: Rgb = [217, 119, 6];

/** As a browser writes it back, so that an unchanged colour is seen to be unchanged. */
const css = (c: Rgb) => `rgb(${c.map((part) => Math.round(part)).join(", ")})`;

function mix(a: Rgb, b: Rgb, t: number): Rgb {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

function ramp(t: number): Rgb {
  const at = Math.max(0, Math.min(1, t)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
  return mix(VIRIDIS[i], VIRIDIS[i + 1], at - i);
}

/** Colour of a size in 0..1. The large end stands out from the page in both themes. */
export function sizeColor(t: number, dark: boolean): string {
  return css(dark ? ramp(0.28 + 0.72 * t) : ramp(0.8 * (1 - t)));
}

/** Where a norm stands between the smallest and the largest of a pass, on a log scale. */
export function sizeOf(norm: number, lo: number, hi: number): number {
  if (!(norm > 0)) return 0;
  if (hi - lo < 1e-9) return 0.75;
  return Math.max(0, Math.min(1, (Math.log10(norm) - lo) / (hi - lo)));
}

/** Width of an edge, in graph units. */
export function sizeWidth(t: number): number {
  return Math.round(17.5 + 37.5 * t) / 10;
}

/** Colour of a signed value, `scale` being the largest magnitude shown. */
export function signColor(value: number, scale: number, dark: boolean): string {
  const none: Rgb = dark ? [44, 46, 50] : [244, 244, 242];
  if (!(scale > 0)) return css(none);
  const t = Math.max(-1, Math.min(1, value / scale));
  const [blue, orange]: [Rgb, Rgb] = dark ? [[96, 165, 250], [251, 170, 60]] : [BLUE, ORANGE];
  // The square root lets small values be seen beside one that is large.
  return css(mix(none, t < 0 ? blue : orange, Math.sqrt(Math.abs(t))));
}
