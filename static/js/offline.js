// The worker that keeps pages for when there is no network (static/root/push-worker.js), and who reads here.

const WORKER = "/push-worker.js";
const root = document.documentElement.dataset;

/** When this page was kept, if it is an old one that the worker shows; else undefined. */
export const keptAt = root.old;

export async function startOffline() {
  if (keptAt) addEventListener("online", () => location.reload());
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(WORKER);
    if (keptAt === undefined && root.reader !== undefined) await tell({ reader: root.reader });
  } catch {
    // a browser that keeps nothing, such as in a private window: pages need the network then, as ever
  }
}

/** The session of this page is over: what was kept of it goes. */
export const forgetPages = () => tell({ forget: true }).catch(() => {});

async function tell(message) {
  if (!("serviceWorker" in navigator)) return;
  const { active } = (await navigator.serviceWorker.getRegistration(WORKER)) ?? {};
  active?.postMessage(message);
}
