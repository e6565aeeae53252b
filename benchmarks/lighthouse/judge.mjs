// Lighthouse on its phone, page by page: node judge.mjs '{"chromium", "site", "login", "pages": [{"path", "inside"}]}'
//
// Pages that are `inside` are seen signed in as `login`, with the password that the demo's sign-in page says.
// Each page is one line of JSON: its scores, its figures, and every audit that cost points.

import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const FIGURES = {
  bytes: "total-byte-weight",
  shift: "cumulative-layout-shift",
  blocked_ms: "total-blocking-time",
  first_paint_ms: "first-contentful-paint",
  largest_paint_ms: "largest-contentful-paint",
};
const QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const { chromium, site, login, pages } = JSON.parse(process.argv[2]);

async function signIn(browser) {
  const page = await browser.newPage();
  await page.goto(`${site}/account/login/`);
  const password = await page.$eval(".demo-users code", (said) => said.textContent);
  await page.type("[name=login]", login);
  await page.type("[name=password]", password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  if (page.url().includes("/login/")) throw new Error(`${login} was not let in`);
  await page.close();
}

/** Audits that count and are not perfect, with what they found. */
function lost({ categories, audits }) {
  return CATEGORIES.flatMap((category) => categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
    .map(({ id, weight }) => {
      const { title, score, displayValue, details } = audits[id];
      const found = (details?.items ?? []).slice(0, 5).map((item) => item.node?.snippet ?? item.url ?? item.description ?? "").filter(Boolean);
      return { category, id, weight, score, title, displayValue, found };
    }));
}

/** One page, in a browser of its own, with nothing in its cache but what a sign-in leaves there. */
async function judge({ path, inside }) {
  const browser = await puppeteer.launch({ executablePath: chromium, args: QUIET });
  try {
    if (inside) await signIn(browser);
    const page = await browser.newPage();
    const { lhr } = await lighthouse(site + path, { logLevel: "error", onlyCategories: CATEGORIES }, undefined, page);
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
    if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
    const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(lhr.categories[name].score * 100)]));
    const figures = Object.fromEntries(Object.entries(FIGURES).map(([name, id]) => [name, lhr.audits[id].numericValue]));
    return { path, scores, figures, lost: lost(lhr), warnings: lhr.runWarnings };
  } finally {
    await browser.close();
  }
}

/** Once more if Lighthouse lost its own trace, as it may on a busy machine. */
const judged = (page) => judge(page).catch((error) => (/NO_NAVSTART|NO_FCP|TRACING/.test(error.message) ? judge(page) : Promise.reject(error)));

for (const page of pages) console.log(JSON.stringify(await judged(page)));
