// Alerts on the candle chart: a button on the scale, at the pointer's price, makes one; a line of one is dragged to
// change it. Nothing is kept before the form that opens then is sent.

import { grouped } from "./chart_legend.js";
import { onThemeChange, token } from "./chart_theme.js";

const NEAR_PX = 5;
const MOVED_PX = 3;

/** `decimals()` are those of prices, `last()` the newest close. */
export function startChartAlerts(market, place, chart, price, decimals, last) {
  const { coin, alerts: address, alertNew, alertLines } = market.dataset;
  const button = place.appendChild(document.createElement("a"));
  let lines = [];
  let dragged = null;
  button.className = "button alert-at";
  button.href = `${alertNew}?${new URLSearchParams({ coin })}`; // a link from the start: `offer` tells it the level
  button.hidden = true;

  function offer({ point }) {
    if (!point || dragged) return void (button.hidden = !button.matches(":hover"));
    const level = price.coordinateToPrice(point.y);
    if (level === null || level <= 0 || !last()) return;
    const side = level >= last() ? "above" : "below";
    const threshold = level.toFixed(decimals());
    button.href = `${alertNew}?${new URLSearchParams({ coin, metric: "mark", side, threshold })}`;
    button.textContent = `+ ${grouped(Number(threshold), decimals())}`;
    button.ariaLabel = button.title = `Alert at ${grouped(Number(threshold), decimals())}`;
    button.style.top = `${point.y}px`;
    button.hidden = false;
  }

  function title(line) {
    return `${line.metric.replace(" price", "")} ${line.above ? "≥" : "≤"}`;
  }

  async function load() {
    const reply = await fetch(`${alertLines}?${new URLSearchParams({ coin })}`).catch(() => null);
    if (!reply?.ok) return; // without lines the chart is as it was
    lines = (await reply.json()).alerts.map((line) => ({ ...line, drawn: price.createPriceLine({ price: Number(line.level), lineWidth: 1, lineStyle: 2, title: title(line), color: token("--warn") }) }));
    market.dataset.alertsShown = String(lines.length);
  }

  const yOf = (event) => event.clientY - place.getBoundingClientRect().top;
  const near = (event) => lines.find((line) => Math.abs(price.priceToCoordinate(line.drawn.options().price) - yOf(event)) <= NEAR_PX);

  function take(event) {
    if (event.target === button || event.button !== 0) return;
    const line = near(event);
    if (!line) return;
    dragged = { line, from: yOf(event), isMoved: false };
    button.hidden = true;
    place.setPointerCapture(event.pointerId);
    event.stopPropagation();
  }

  function move(event) {
    if (!dragged) return void place.classList.toggle("on-line", Boolean(near(event)));
    const y = yOf(event);
    dragged.isMoved ||= Math.abs(y - dragged.from) > MOVED_PX;
    const level = price.coordinateToPrice(y);
    if (!dragged.isMoved || level === null || level <= 0) return;
    dragged.level = level.toFixed(decimals());
    dragged.line.drawn.applyOptions({ price: Number(dragged.level) });
  }

  /** A line that was moved opens its form with the new level; one that was only clicked, its page. */
  function drop() {
    if (!dragged) return;
    const { line, level, isMoved } = dragged;
    dragged = null;
    location.assign(isMoved && level ? `${address}${line.id}/edit/?threshold=${level}` : `${address}${line.id}/`);
  }

  function cancel() {
    dragged?.line.drawn.applyOptions({ price: Number(dragged.line.level) });
    dragged = null;
  }

  chart.subscribeCrosshairMove(offer);
  place.addEventListener("pointerdown", take, { capture: true });
  place.addEventListener("pointermove", move);
  place.addEventListener("pointerup", drop);
  place.addEventListener("pointercancel", cancel);
  place.addEventListener("pointerleave", () => (button.hidden = true));
  for (const name of ["mousedown", "touchstart"]) {
    place.addEventListener(name, (event) => dragged && event.stopPropagation(), { capture: true }); // the chart does not pan
  }
  onThemeChange(() => lines.forEach((line) => line.drawn.applyOptions({ color: token("--warn") })));
  if ("signedIn" in market.dataset) load();
}
