// The colours of charts, from the same tokens as the page, and the times of their axes.

import { chartTimes } from "./reader.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const probe = document.createElement("span");
const known = new Map(); // token → colour, in the theme of now

probe.hidden = true;
document.body.append(probe);
addEventListener("themechange", () => known.clear()); // before any chart hears of it

/** A token's colour as a canvas understands it: `light-dark()` is resolved by a real element, which stays. */
export function token(name) {
  if (!known.has(name)) {
    probe.style.color = `var(${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}

export function chartOptions(isOfDays) {
  root.toggleAttribute("data-drawn-dark", root.dataset.theme ? root.dataset.theme === "dark" : system.matches); // css/print.css
  const line = token("--line");
  const times = chartTimes(isOfDays);
  return {
    autoSize: true,
    layout: {
      background: { type: "solid", color: "transparent" },
      textColor: token("--muted"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      attributionLogo: true,
    },
    grid: { vertLines: { color: line }, horzLines: { color: line } },
    rightPriceScale: { borderColor: line, minimumWidth: 72 },
    timeScale: { borderColor: line, timeVisible: true, secondsVisible: false, ...times.timeScale },
    crosshair: { mode: 0 },
    localization: { locale: "en-GB", ...times.localization },
  };
}

export function onThemeChange(redraw) {
  addEventListener("themechange", redraw);
}
