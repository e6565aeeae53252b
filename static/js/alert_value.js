// The figure of an alert out of rows, and how far it is from the level: as dashboard/pages/alerts/live.py, which a
// test compares with this.

/** Text and number of the figure, from `joined`: topic → its rows; a dash and null while one part is not known. */
export function valueOf(live, joined) {
  const found = [];
  for (const topic of live.topics) {
    const rows = joined.get(topic);
    if (!rows || (topic.startsWith("account:") && !rows.get("summary")?.positions_at)) return ["—", null];
    let chosen = choose(live, rows);
    if (!chosen.length && live.flat) chosen = [["no position", live.flat === "safe" ? Infinity : 0]];
    if (!chosen.length || chosen.some(([, number]) => number === null)) return ["—", null];
    found.push(...chosen);
  }
  const better = live.most ? (a, b) => b[1] > a[1] : (a, b) => b[1] < a[1];
  return found.length ? found.reduce((best, one) => (better(best, one) ? one : best)) : ["—", null];
}

function choose(live, rows) {
  if (!live.key) {
    const newest = [...rows.values()].reduce((last, row) => (!last || row.time > last.time ? row : last), null);
    return newest ? [read(live, newest)] : [];
  }
  if (live.key === "position:") return [...rows].filter(([key]) => key.startsWith(live.key)).map(([, row]) => read(live, row));
  return rows.has(live.key) ? [read(live, rows.get(live.key))] : [];
}

function read(live, row) {
  const raw = row[live.number];
  let text = row[live.text] ?? "—";
  if (raw === null || raw === undefined) return live.flat === "safe" ? ["none", Infinity] : ["—", null];
  let number = typeof raw === "number" ? raw * live.times : parsed(raw);
  if (number === null) return ["—", null];
  if (live.how === "n_equity") {
    if (row.n_equity === null || row.n_equity === undefined) return ["—", null];
    number = row.n_equity > 0 ? number / row.n_equity : number ? Infinity : 0;
    text = number < Infinity ? `${number.toFixed(2)}×` : "no equity";
  }
  if (live.how === "size") number = Math.abs(number);
  if (live.how === "sign") number = Math.sign(number);
  return [text, number];
}

function parsed(text) {
  const found = /[+-]?[\d,]*\.?\d+/.exec(text.replace("−", "-"));
  return found ? Number(found[0].replaceAll(",", "")) : null;
}

/** Words, and whether the condition holds. */
export function distance(metricUnit, side, threshold, value) {
  if (value === null) return ["", false];
  const holds = side > 0 ? value >= threshold : value <= threshold;
  if (metricUnit === "sign") return [holds ? "so now" : "not so now", holds];
  let gap = Math.abs(threshold - value);
  const unit = { percent: " points", times: "×" }[metricUnit] ?? "%";
  if (unit === "%") {
    if (!value) return [holds ? "past it" : "", holds];
    gap = (gap / Math.abs(value)) * 100;
  }
  if (gap === Infinity) return [holds ? "past it" : "far away", holds];
  const digits = gap >= 1000 ? 0 : gap >= 100 ? 1 : gap >= 0.1 ? 2 : 4;
  const fixed = gap.toFixed(digits);
  const text = (digits > 2 ? fixed : fixed.replace(/\d(?=(\d{3})+(\.|$))/g, "$&,")) + unit;
  return [holds ? `past it by ${text}` : `${text} away`, holds];
}
