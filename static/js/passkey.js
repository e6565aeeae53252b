// Buttons for passkeys work once allauth's script listens to them, and say in words why a passkey did not work.

const page = document.querySelector(".account-page");
const isAddress = /^[\d.]+$|^\[/.test(location.hostname);

const WHY = {
  NotAllowedError: "The passkey was not used: it was cancelled, took too long, or there is none for this site.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: isAddress
    ? `Passkeys need a host name instead of ${location.hostname}. On this machine, open http://localhost:${location.port}.`
    : "Passkeys need https and the host name of this site.",
  NotSupportedError: "This device has no passkey of the kind that is needed.",
};

// allauth's script has asked for the same event before this module runs: a click from now on is heard.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = false;
});

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const { exception } = event.detail;
  const said = page.querySelector("[data-passkey-error]") ?? document.createElement("p");
  said.className = "said-now error";
  said.setAttribute("role", "alert");
  said.dataset.passkeyError = "";
  said.textContent = WHY[exception.name] ?? "This browser could not use a passkey. Another way in still works.";
  if (!said.isConnected) page.querySelector("h1").after(said);
});
