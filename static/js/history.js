// Filters act as soon as one of them is chosen; without script the button does it.

// On a phone the tabs are wider than the window.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const form = document.querySelector("[data-filters]");

form?.addEventListener("change", (event) => {
  if (event.target.matches("select") || (event.target.type === "date" && event.target.validity.valid)) send();
});

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

/** An address without empty parts is one that people can read and pass on. */
function send() {
  const parts = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(parts).toString();
  location.assign(query ? `${form.action}?${query}` : form.action);
}
