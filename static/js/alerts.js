// The list of alerts and the page of one: live figures, ticking all, filters that act at once.

import { follow } from "./alert_live.js";
import "./history.js";
import { socket } from "./page.js";

const SEEN_MS = 2_000; // the evaluator takes note of a rule, and decides, within a second
const MOST_MS = 10_000;
let waiting;

/** States are the evaluator's to say: what it says of these alerts now is read into the page as it stands. */
async function refresh() {
  const parts = document.querySelectorAll("[data-part]");
  if (!parts.length) return;
  const reply = await fetch(location.href).catch(() => null);
  if (!reply?.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const part of parts) {
    const now = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (now && now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
  }
}

/** Again, ever more seldom, while there is a rule that the evaluator has not seen. */
function refreshSoon(delay = SEEN_MS) {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    await refresh();
    if (document.querySelector(".state-new")) refreshSoon(Math.min(2 * delay, MOST_MS));
  }, delay);
}

follow(document, () => refreshSoon());

/** What has fired is in the page as soon as it is told, and what was sent of it a little later. */
let known = null;
socket.join("alerts", (rows) => {
  const now = `${rows.get("count")?.n} ${[...rows.keys()].sort()}`;
  if (known !== null && now !== known) {
    refreshSoon(0);
    setTimeout(refresh, 2 * SEEN_MS);
  }
  known = now;
});

if (document.querySelector(".state-new")) refreshSoon();

const bulk = document.querySelector("[data-bulk]");
const all = bulk?.querySelector("[data-all]");

if (all) {
  const boxes = [...bulk.querySelectorAll("input[name=alert]")];
  const said = bulk.querySelector("[data-ticked]");
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    said.textContent = ticked ? `With the ${ticked} ticked:` : "With the ticked ones:";
  };
  all.hidden = boxes.length === 0;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  bulk.addEventListener("change", (event) => event.target.name === "alert" && count());
  count();
}
