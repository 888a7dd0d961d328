// How long requests took, as a plot.

import { drawn, show } from "./elements.js";

export const MOST_TIMES = 120;
const WIDTH = 600, HEIGHT = 170, LEFT = 46, BOTTOM = 22, TOP = 10;

// times: {milliseconds, status, deployment} of each request. colour: a class for a deployment.
export function draw(plot, told, times, colour) {
  const known = times.filter((each) => each.milliseconds !== null);
  const sorted = known.map((each) => each.milliseconds).sort((a, b) => a - b);
  const most = rounded(sorted.at(-1) ?? 10);
  const y = (ms) => HEIGHT - BOTTOM - (ms / most) * (HEIGHT - BOTTOM - TOP);
  const x = (nth) => LEFT + 8 + (nth / (MOST_TIMES - 1)) * (WIDTH - LEFT - 70);
  const grid = [0, most / 2, most].flatMap((ms) => [
    drawn("line", { x1: LEFT, x2: WIDTH, y1: y(ms), y2: y(ms) }),
    drawn("text", { x: LEFT - 6, y: y(ms) + 4, "text-anchor": "end" }, `${ms} ms`)]);
  const dots = known.map((each, nth) => {
    const bad = each.status === null || each.status >= 300;
    const at = { cx: x(nth), cy: y(each.milliseconds), r: 3.5, class: bad ? "bad" : colour(each.deployment) };
    return drawn("circle", at, drawn("title", {}, `${each.milliseconds} ms, ${each.status}, ${each.deployment}`));
  });
  const lines = sorted.length < 2 ? [] : [50, 95].flatMap((percent) => quantileLine(percent, quantile(sorted, percent), y));
  const axis = drawn("text", { x: LEFT, y: HEIGHT - 4 }, `the last ${MOST_TIMES} requests, in their order`);
  plot.replaceChildren(...grid, ...dots, ...lines, axis);
  const failed = times.filter((each) => each.status === null || each.status >= 300).length;
  const figures = sorted.length
    ? `${times.length} requests · p50 ${quantile(sorted, 50)} ms · p95 ${quantile(sorted, 95)} ms · ${failed} failed`
    : "Of the requests that this page sends.";
  show(told, figures);
  plot.setAttribute("aria-label", figures);
}

function quantileLine(percent, ms, y) {
  return [drawn("line", { class: "quantile", x1: LEFT, x2: WIDTH - 34, y1: y(ms), y2: y(ms) }),
    drawn("text", { class: "quantile-name", x: WIDTH - 4, y: y(ms) + 4, "text-anchor": "end" }, `p${percent}`)];
}

const quantile = (sorted, percent) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];

function rounded(most) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 4, 6, 8, 10].map((each) => each * unit).find((each) => each >= most);
}
