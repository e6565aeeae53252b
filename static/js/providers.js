// Wallets in this browser: those that announce themselves (EIP-6963), else the one that took window.ethereum.

const ANNOUNCED_WITHIN_MS = 400;

/** Calls `found({ name, icon, provider })` for each wallet once, then `done(count)` when none is waited for any more. */
export function discover(found, done) {
  const seen = new Set();
  addEventListener("eip6963:announceProvider", ({ detail }) => {
    const { info, provider } = detail ?? {};
    if (!provider || !info?.uuid || seen.has(info.uuid)) return;
    seen.add(info.uuid);
    found({ name: String(info.name).slice(0, 40), icon: pictureOf(info.icon), provider });
  });
  dispatchEvent(new Event("eip6963:requestProvider"));
  setTimeout(() => {
    if (!seen.size && window.ethereum) {
      seen.add("window.ethereum");
      found({ name: "Browser wallet", icon: "", provider: window.ethereum });
    }
    done(seen.size);
  }, ANNOUNCED_WITHIN_MS);
}

/** Only a picture in the page itself: a wallet's icon must not tell another server that somebody is here. */
function pictureOf(icon) {
  return typeof icon === "string" && icon.startsWith("data:image/") ? icon : "";
}

/** The text as personal_sign wants it: UTF-8 in hexadecimal. */
export function hexadecimal(text) {
  return "0x" + [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Why a wallet did not do what it was asked, for people. */
export function reason(error) {
  if (error?.code === 4001) return "You declined in the wallet. Nothing happened.";
  if (error?.code === -32002) return "The wallet is waiting for you: open it and answer there.";
  return `The wallet says: ${error?.message ?? "nothing"}`;
}
