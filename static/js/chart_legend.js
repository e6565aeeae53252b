// The figures of one bar over the chart: the bar under the pointer, else the newest.

import { put } from "./page.js";
import { figure } from "./reader.js";
import { setTone } from "./tone.js";

const formats = new Map(); // by decimals: to make one is much slower than to use it, and a scale has many labels

/** `84,158.0`, as the rest of the page writes prices. */
export function grouped(value, decimals) {
  if (!formats.has(decimals)) formats.set(decimals, new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  return figure(formats.get(decimals).format(value));
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 });

/** Goes on with what the server wrote, which is the first paint. Returns what writes the legend anew; `bars()` gives the bars by their time in ms, `decimals()` those of prices. */
export function startLegend(chart, place, bars, decimals) {
  while (place.children.length < 3) place.append(document.createElement("span"));
  const [figures, move, traded] = place.children;
  let pointed = null;

  function show() {
    const bar = bars().get(pointed) ?? bars().get(Math.max(...bars().keys()));
    if (!bar) return place.toggleAttribute("hidden", true);
    const [, open, high, low, close, volume] = bar;
    place.hidden = false;
    const [o, h, l, c] = [open, high, low, close].map((price) => grouped(price, decimals()));
    put(figures, `O ${o}  H ${h}  L ${l}  C ${c}`);
    put(traded, `V ${compact.format(volume)}`);
    const change = open ? (close / open - 1) * 100 : 0;
    const text = `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(2)}%`;
    put(move, text);
    return setTone(move, text);
  }

  chart.subscribeCrosshairMove(({ time }) => {
    pointed = time === undefined ? null : time * 1000;
    show();
  });
  return show;
}
