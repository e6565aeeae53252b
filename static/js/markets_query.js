// Which rows, in which order: the rules of dashboard/pages/markets_query.py, in the browser.

const COLUMNS = {
  name: "label",
  mark: "n_mark",
  change: "n_change",
  volume: "n_volume",
  oi: "n_oi",
  funding: "n_funding",
  apr: "n_funding",
  premium: "n_premium",
};
const KINDS = ["all", "favourites", "perps", "builders", "spot"];

export function parse(search) {
  const given = new URLSearchParams(search);
  const sort = Object.hasOwn(COLUMNS, given.get("sort")) ? given.get("sort") : "volume";
  const dir = ["asc", "desc"].includes(given.get("dir")) ? given.get("dir") : sort === "name" ? "asc" : "desc";
  return {
    q: (given.get("q") ?? "").trim(),
    kind: KINDS.includes(given.get("kind")) ? given.get("kind") : "all",
    dex: given.get("dex") ?? "",
    category: given.get("category") ?? "",
    sort,
    descending: dir === "desc",
    delisted: given.get("delisted") === "1",
  };
}

/** The address of a query, defaults left out. */
export function address(query) {
  const usual = query.sort !== "name";
  const parts = {
    q: query.q,
    kind: query.kind === "all" ? "" : query.kind,
    dex: query.dex,
    category: query.category,
    sort: query.sort === "volume" && query.descending ? "" : query.sort,
    dir: query.descending === usual ? "" : query.descending ? "desc" : "asc",
    delisted: query.delisted ? "1" : "",
  };
  const text = new URLSearchParams(Object.entries(parts).filter(([, value]) => value)).toString();
  return location.pathname + (text && `?${text}`);
}

export function sortedBy(query, column) {
  if (column === query.sort) return { ...query, descending: !query.descending };
  return { ...query, sort: column, descending: column !== "name" };
}

function wants(query, row, favourites) {
  if (row.delisted && !query.delisted && query.kind !== "favourites") return false;
  if (query.kind === "favourites" && !favourites.has(row.coin)) return false;
  if (query.kind === "perps" && row.kind !== "perp") return false;
  if (query.kind === "builders" && (row.kind !== "perp" || row.dex === "")) return false;
  if (query.kind === "spot" && row.kind !== "spot") return false;
  if (query.dex && (row.kind !== "perp" || (row.dex || "first") !== query.dex)) return false;
  if (query.category && row.category !== query.category) return false;
  return !query.q || `${row.label} ${row.coin}`.toLowerCase().includes(query.q.toLowerCase());
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The rows wanted, in order; those without a value last whichever way it goes, ties by name. */
export function select(query, rows, favourites) {
  const field = COLUMNS[query.sort];
  const wanted = [...rows].filter((row) => wants(query, row, favourites)).sort((a, b) => compare(a.label, b.label));
  const known = wanted.filter((row) => row[field] !== null);
  known.sort((a, b) => compare(a[field], b[field]) * (query.descending ? -1 : 1));
  return [...known, ...wanted.filter((row) => row[field] === null)];
}
