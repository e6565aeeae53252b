// How the reader wants times and numbers: in the zone and with the separators of his settings, which the page
// names on <html>. The server writes the same text for everybody, UTC and 1,234.56; so does a page without script.

const { zone: chosen, numbers } = document.documentElement.dataset;
const SEPARATORS = { comma: { ",": ".", ".": "," }, space: { ",": "\u00a0", ".": "," } }[numbers];
const BETWEEN_DIGITS = /(?<=\d)[.,](?=\d)/g;
const READ_BETWEEN_DIGITS = /(?<=\d)[.,\u00a0](?=\d)/g;
const DAY_TICKS = 3; // lightweight-charts: year, month and day are 0 to 2, a time with seconds is 4
const SECOND_TICKS = 4;

export const zone = isKnown(chosen) ? chosen : "UTC";
const parts = new Intl.DateTimeFormat("en-US", {
  timeZone: zone, hourCycle: "h23", year: "numeric", month: "short", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "shortOffset",
});

/** A browser may know fewer zones than the server. */
function isKnown(name) {
  try {
    return Boolean(name && new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

const at = (ms) => Object.fromEntries(parts.formatToParts(ms).map(({ type, value }) => [type, value]));

/** `13:03:15` */
export function clockText(ms) {
  const { hour, minute, second } = at(ms);
  return `${hour}:${minute}:${second}`;
}

/** `13:03:15 GMT+1`, or `12:03:15 UTC`; a dash for no time. */
export function momentText(ms) {
  return ms === null ? "—" : `${clockText(ms)} ${zone === "UTC" ? "UTC" : at(ms).timeZoneName}`;
}

/** `25 Nov 13:00` */
export function hourText(ms) {
  const { day, month, hour, minute } = at(ms);
  return `${day} ${month} ${hour}:${minute}`;
}

/** Labels of a chart's axis. Bars of days are days of UTC, whatever the zone; `isOfDays()` tells. */
export function chartTimes(isOfDays = () => false) {
  if (zone === "UTC") return {};
  const dated = (s) => new Date(s * 1000).toLocaleDateString("en-GB", { timeZone: "UTC", dateStyle: "medium" });
  const tick = (s, type) => {
    if (isOfDays()) return null; // as the chart does by itself
    const { day, hour, minute } = at(s * 1000);
    if (type === SECOND_TICKS) return clockText(s * 1000);
    return type < DAY_TICKS ? `${day} ${hour}:${minute}` : `${hour}:${minute}`; // a day of UTC begins at 01:00, say
  };
  return {
    timeScale: { tickMarkFormatter: tick },
    localization: { timeFormatter: (s) => (isOfDays() ? dated(s) : hourText(s * 1000)) },
  };
}

/** A text's numbers as the reader writes them. */
export const figure = SEPARATORS ? (text) => text.replace(BETWEEN_DIGITS, (mark) => SEPARATORS[mark]) : (text) => text;

/** A text that the reader reads, with its numbers as the server writes them. */
export const plain = SEPARATORS ? (text) => text.replace(READ_BETWEEN_DIGITS, (mark) => (mark === SEPARATORS["."] ? "." : ",")) : (text) => text;

/** What the server wrote inside `root`, for this reader. */
export function readOut(root) {
  if (SEPARATORS) {
    for (const cell of root.querySelectorAll(".num, [data-stream], [data-field], [data-figures]")) rewrite(cell);
  }
  if (zone === "UTC") return;
  for (const cell of root.querySelectorAll("[data-clock]")) cell.textContent = clockText(Number(cell.dataset.clock));
  for (const cell of root.querySelectorAll("[data-hour]")) cell.textContent = hourText(Number(cell.dataset.hour));
  for (const name of root.querySelectorAll("[data-zone-name]")) name.textContent = zone;
}

function rewrite(cell) {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = figure(texts.currentNode.nodeValue);
    if (text !== texts.currentNode.nodeValue) texts.currentNode.nodeValue = text;
  }
}
