// The form: only the fields of the chosen metric, and beside it what it says, where the figure is, what it would have done.

import { follow, forget } from "./alert_live.js";
import "./page.js";
import { readOut } from "./reader.js";

const WAIT_MS = 450;
const UNITS = {
  price: "In the coin’s quote currency.",
  usd: "In dollars.",
  percent: "In per cent: 5 is 5 %.",
  times: "As a multiple of the equity: 3 is 3×.",
  sign: "At or above is positive, at or below is negative.",
};
const form = document.querySelector("[data-form]");
const place = document.querySelector("[data-draft]");
const metrics = JSON.parse(form.dataset.metrics);
const fields = form.elements;
let timer;
let asked = 0;
let choseAlready = fields.already.checked !== Boolean(metrics[fields.metric.value]?.risk);
form.querySelector("[name=window]").setAttribute("list", "windows");
form.querySelector("[data-look]").hidden = true;

/** Which fields the metric needs. */
function fit() {
  const metric = metrics[fields.metric.value];
  if (!metric) return;
  const needs = {
    coin: metric.scope !== "account",
    wallet: metric.scope !== "coin",
    window: metric.windowed,
    side: !metric.only,
    level: metric.unit !== "sign",
    figure: !metric.happens,
  };
  for (const field of form.querySelectorAll("[data-for]")) {
    field.removeAttribute("data-left-out");
    field.hidden = needs[field.dataset.for] === false && !field.querySelector(".errors");
  }
  fields.coin.placeholder = metric.scope === "position" ? "Any coin" : "BTC";
  fields.threshold.placeholder = metric.happens ? "Any size" : "";
  const [above, below] = fields.side.options;
  above.textContent = metric.unit === "sign" ? "positive" : "at or above";
  below.textContent = metric.unit === "sign" ? "negative" : "at or below";
  form.querySelector("[data-unit-text]").textContent = metric.happens ? "Least worth in dollars; empty is any." : UNITS[metric.unit];
  if (metric.windowed && !fields.window.value) fields.window.value = "1 h";
}

async function ask() {
  const mine = ++asked;
  const given = new FormData(form);
  for (const name of ["csrfmiddlewaretoken", "look"]) given.delete(name);
  try {
    const reply = await fetch(`${form.dataset.draftUrl}?${new URLSearchParams(given)}`);
    const html = await reply.text();
    if (mine !== asked || !reply.ok) return;
    place.innerHTML = html;
    readOut(place);
    forget();
    follow(place);
  } catch {
    // the next change asks again; what stands there says what it was made of
  }
}

form.addEventListener("input", ({ target }) => {
  if (target.name === "already") choseAlready = true;
  if (target.name === "metric") {
    if (!choseAlready) fields.already.checked = metrics[target.value].risk;
    fit();
  }
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
});

fit();
ask();
