// When a chart is drawn anew for a value that moves: if it can be seen. Drawing is the longest work of a page.

const PIXEL = 1;
const AFTER_MS = 2_000; // by then also what moved by less: it is written on the scale

/** `pairs`: [series, value that is drawn, value of now]; `drawnAt`: when, by `performance.now()`. */
export function isDue(pairs, drawnAt) {
  const isSeen = ([series, before, now]) => Math.abs(series.priceToCoordinate(now) - series.priceToCoordinate(before)) >= PIXEL;
  const isOther = ([, before, now]) => before !== now;
  return pairs.some(isSeen) || (pairs.some(isOther) && performance.now() - drawnAt >= AFTER_MS);
}
