// Favourite markets, in a cookie that the server reads too.

import { readCookie, writeCookie } from "./cookie.js";

export function favourites() {
  return new Set(readCookie("favourites").split("|").filter(Boolean).map(decodeURIComponent));
}

/** Add or take away; says whether it is one now. */
function toggleFavourite(coin) {
  const chosen = favourites();
  if (!chosen.delete(coin)) chosen.add(coin);
  writeCookie("favourites", [...chosen].slice(-100).map(encodeURIComponent).join("|"));
  return chosen.has(coin);
}

/** Let the star buttons of a form work without going to the server. */
export function startFavourites(whenChanged = () => {}) {
  document.querySelector("#favourites")?.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.value) return;
    event.preventDefault();
    button.setAttribute("aria-pressed", String(toggleFavourite(button.value)));
    whenChanged();
  });
}
