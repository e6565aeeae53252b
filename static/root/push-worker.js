// Shows what the site tells of alerts while none of its pages is open. It stands at the root, so that all are its own.

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("push", (event) => {
  const { key, title, text, url, at } = event.data?.json() ?? {};
  const options = { body: text, tag: key, timestamp: at, data: { url }, icon: "/static/img/favicon.svg" };
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
