// The one worker of the site, at its root: it shows what alerts tell while no page is open, and, while there is no
// network, a page as it was last, marked as old. The name is that of its first work: browsers that have it keep it.
//
// Pages are kept for one reader: one session, or nobody. Another reader, a sign-out or a session that ended empties
// them. What is not named in KEPT is never stored: nothing about accounts, security, destinations or administration.

const PAGES = "pages-1";
const FILES = "files-1";
const READER = "/~reader";
const KEPT = [/^\/$/, /^\/(markets|portfolio|history|status|glossary)\//, /^\/wallets\/0x[0-9a-f]{40}\//i, /^\/alerts\/(\d+\/|history\/)?$/];
const NEVER = /^\/(history\/export|alerts\/\d+\/edit)\//;
const FILE = /^\/static\/.*\.[0-9a-f]{12}\.(css|m?js|svg|png)$/;
const LEAVE = "/account/logout/";
const MOST_PAGES = 40;
const MOST_FILES = 150;
const GOOD_FOR_MS = 24 * 3_600_000;

let turn = 0; // rises whenever pages are forgotten: what was asked for before is not kept any more
let queue = Promise.resolve();

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(Promise.all([tidy(), clients.claim()])));

async function tidy() {
  for (const name of await caches.keys()) if (![PAGES, FILES].includes(name)) await caches.delete(name);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && pathname === LEAVE) event.respondWith(leave(request));
  else if (request.method !== "GET") return;
  else if (FILE.test(pathname)) event.respondWith(file(event));
  else if (request.mode === "navigate") event.respondWith(page(event, KEPT.some((kept) => kept.test(pathname)) && !NEVER.test(pathname)));
});

addEventListener("message", (event) => {
  if (event.data?.forget) event.waitUntil(inTurn(forget));
  else if (typeof event.data?.reader === "string") event.waitUntil(inTurn(() => readBy(event.data.reader)));
});

/** One after the other, so that nothing is stored while something is forgotten. */
function inTurn(work) {
  return (queue = queue.then(work, work));
}

async function forget() {
  turn += 1;
  await caches.delete(PAGES);
}

/** Pages of another reader go before the first of this one is kept. */
async function readBy(reader) {
  const known = await (await (await caches.open(PAGES)).match(READER))?.text();
  if (known === reader) return;
  await forget();
  await (await caches.open(PAGES)).put(READER, new Response(reader));
}

async function leave(request) {
  await inTurn(forget);
  const answer = await fetch(request);
  await inTurn(forget);
  return answer;
}

async function file(event) {
  const files = await caches.open(FILES);
  const kept = await files.match(event.request);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok && answer.status === 200) event.waitUntil(store(files, event.request, answer.clone(), MOST_FILES).catch(() => {}));
  return answer;
}

async function page(event, isKept) {
  const { request } = event;
  const started = turn;
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (isKept && (await old(request))) || missing(await theme());
  }
  if (isKept && isPage(answer)) event.waitUntil(keep(request.url, answer.clone(), started).catch(() => {}));
  return answer;
}

function isPage(answer) {
  return answer.status === 200 && !answer.redirected && (answer.headers.get("content-type") ?? "").startsWith("text/html");
}

async function keep(url, answer, started) {
  const html = await answer.text();
  const reader = /<html[^>]* data-reader="([^"]*)"/.exec(html)?.[1];
  if (reader === undefined) return;
  const headers = new Headers(answer.headers);
  headers.delete("content-encoding"); // the text is not compressed any more
  headers.delete("content-length");
  headers.set("x-kept-at", String(Date.now()));
  await inTurn(async () => {
    if (started !== turn) return;
    await readBy(reader);
    await store(await caches.open(PAGES), url, new Response(html, { headers }), MOST_PAGES);
  });
}

async function store(cache, key, answer, most) {
  await cache.delete(key); // what is put again is the newest
  await cache.put(key, answer);
  const keys = (await cache.keys()).filter(({ url }) => !url.endsWith(READER));
  for (const oldest of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(oldest);
}

/** The page as it was last, which says so; nothing if it was not kept or is older than a day. */
async function old(request) {
  await queue;
  const kept = await (await caches.open(PAGES)).match(request.url);
  const at = Number(kept?.headers.get("x-kept-at"));
  if (!at || Date.now() - at > GOOD_FOR_MS) return null;
  const said = `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const mark = `<p class="old" role="status"><strong>No connection.</strong> This page is as of ${said}; nothing on it is live.</p>`;
  const chosen = await theme();
  const html = (await kept.text())
    .replace(/(<html[^>]*?) data-theme="[^"]*"/, chosen ? "$1" : "$&")
    .replace("<html ", `<html data-old="${said}" ${chosen && `data-theme="${chosen}" `}`)
    .replace(/data-pulse data-state="[^"]*">[^<]*/, `data-pulse data-state="stale">As of ${said}`)
    .replace(/<body[^>]*>/, (body) => body + mark);
  return new Response(html, { headers: kept.headers });
}

/** Dark or light as it was chosen last (js/theme.js); "" for what the system says, or if the browser tells no worker. */
async function theme() {
  const chosen = await self.cookieStore?.get("theme").catch(() => null);
  return ["dark", "light"].includes(chosen?.value) ? chosen.value : "";
}

// As the pages of one message look (css/tokens.css, css/base.css): no file of theirs need be at hand.
const STYLE = `:root { color-scheme: light dark; }
body { margin: 0; background: light-dark(#f6f7f9, #0b0e11); color: light-dark(#14191f, #e7ebef);
  font: 400 0.9375rem/1.5 Inter, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif; }
main { max-width: 36rem; margin: 12vh auto; padding: 0 1rem; }
h1 { margin: 0.5rem 0 0.75rem; font-size: 1.75rem; line-height: 1.5; letter-spacing: -0.01em; font-weight: 600; }
p { margin: 0 0 1rem; color: light-dark(#56616d, #929da9); }
a { display: inline-block; margin-right: 0.5rem; padding: 4px 10px; font-size: 0.8125rem; font-weight: 500; text-decoration: none;
  border: 1px solid light-dark(#e3e7ec, #1f262e); border-radius: 6px; background: light-dark(#ffffff, #11151a); color: inherit; }
a.main { background: light-dark(#2f54d6, #8fa9ff); color: light-dark(#ffffff, #0b0e11); border-color: transparent; }
nav { color: light-dark(#14191f, #e7ebef); }
a:focus-visible { outline: 2px solid light-dark(#2f54d6, #8fa9ff); outline-offset: 2px; }`;

function missing(chosen) {
  const html = `<!doctype html><html lang="en"${chosen && ` style="color-scheme: ${chosen}"`}><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>No connection · Hyperliquid Dashboard</title><style>${STYLE}</style>
<main><p>Hyperliquid Dashboard</p><h1>No connection</h1><p>This page was not kept, so there is nothing to show until the site can be reached again.</p>
<nav aria-label="Ways on"><a class="main" href="">Try again</a><a href="/markets/">Markets as they were last</a></nav></main></html>`;
  return new Response(html, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } });
}

addEventListener("push", (event) => {
  const { key, title, text, url, at } = event.data?.json() ?? {};
  const options = { body: text, tag: key, timestamp: at, data: { url }, icon: "/static/img/icon-192.png" };
  event.waitUntil(registration.showNotification(title ?? "An alert has fired", options));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? "/"));
});

/** In a page of the site that is open already, if there is one. */
async function open(url) {
  const { href } = new URL(new URL(url, location.origin).pathname, location.origin);
  const [page] = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) return clients.openWindow(href);
  await page.focus();
  return page.navigate(href);
}
