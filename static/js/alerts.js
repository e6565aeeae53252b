// The list of alerts and the page of one: live figures, ticking all, filters that act at once.

import { follow } from "./alert_live.js";
import "./history.js";

follow(document);

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
