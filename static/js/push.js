// This browser's subscription at the push service of its maker. Nothing is asked before somebody clicks.

const WORKER = "/push-worker.js";
const REFUSED = "This browser was told to show no notifications of this site. Change that in its settings.";

/** Why this browser cannot be notified, or nothing. */
export function why() {
  if (!isSecureContext) return "Browsers allow this only where the site is opened by https.";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
    return "This browser cannot do that. On an iPhone or iPad, put the site on the home screen and open it from there.";
  return Notification.permission === "denied" ? REFUSED : "";
}

/** Whether the subscription that it has is one of those whose endings are given. */
export async function isKnown(endings) {
  if (why() || Notification.permission !== "granted") return false;
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  const subscription = await worker?.pushManager.getSubscription();
  return Boolean(subscription) && endings.some((ending) => ending && subscription.endpoint.endsWith(ending));
}

/** Ask, and subscribe: what the server needs, as texts. */
export async function subscribe(key) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error(REFUSED);
  await navigator.serviceWorker.register(WORKER);
  const worker = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: decoded(key) };
  const subscription = await worker.pushManager.subscribe(options).catch(() => anew(worker, options));
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

/** One that was made for an older key of the site is in the way. */
async function anew(worker, options) {
  await (await worker.pushManager.getSubscription())?.unsubscribe();
  try {
    return await worker.pushManager.subscribe(options);
  } catch {
    throw new Error("The push service of this browser cannot be reached, or the browser has none.");
  }
}

function decoded(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
