// Keys of every page: / searches, g and a letter goes, ? says which there are. None while somebody writes.
// Escape closes what is open, and the focus is back where it was opened.

const GO_MS = 1_500; // between g and the letter after it
const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea, [contenteditable]";

let wentAt = -Infinity;

export function startKeys() {
  startMenu(document.querySelector("[data-menu]"));
  const dialog = document.querySelector("[data-keys]");
  if (!dialog) return;
  for (const button of document.querySelectorAll("[data-keys-open]")) button.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  addEventListener("keydown", (event) => pressed(event, dialog));
}

/** The menu of the account: a dialog closes by itself, a <details> does not. */
function startMenu(menu) {
  if (!menu) return;
  const close = () => (menu.open = false);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close();
    menu.firstElementChild.focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && close());
  document.addEventListener("click", ({ target }) => menu.contains(target) || close());
}

function pressed(event, dialog) {
  const isOurs = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  if (!isOurs || event.target.closest?.(FIELDS)) return;
  const isGoing = event.timeStamp - wentAt < GO_MS;
  if (event.key !== "Shift") wentAt = -Infinity;
  const goal = isGoing && dialog.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  if (goal) return act(event, () => go(goal));
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/") search(event);
  else if (event.key === "?") act(event, () => dialog.showModal());
  else if (event.key === "g") {
    wentAt = event.timeStamp;
    say("Go to: m markets, p portfolio, a alerts, h history, w wallets");
  }
}

function act(event, work) {
  event.preventDefault();
  work();
}

function go(link) {
  say(`Going to ${link.textContent}`);
  location.assign(link.href);
}

/** The field if it can be seen, else the page of its own. */
function search(event) {
  event.preventDefault();
  const field = [...document.querySelectorAll('[aria-keyshortcuts="/"]')].find((each) => each.checkVisibility());
  if (field) field.select();
  else location.assign("/search/");
}

function say(text) {
  document.querySelector("[data-keys-said]").textContent = text;
}
