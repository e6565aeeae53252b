// Dark or light: what the system says until somebody chooses; the server renders the choice.

import { writeCookie } from "./cookie.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export function startTheme() {
  const button = document.querySelector("[data-theme-toggle]");
  button.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const current = root.dataset.theme || (system.matches ? "dark" : "light");
    root.dataset.theme = current === "dark" ? "light" : "dark";
    writeCookie("theme", root.dataset.theme);
    for (const meta of document.querySelectorAll("meta[data-of]")) meta.media = meta.dataset.of === root.dataset.theme ? "all" : "not all";
    dispatchEvent(new Event("themechange"));
  });
  system.addEventListener("change", () => dispatchEvent(new Event("themechange")));
}
