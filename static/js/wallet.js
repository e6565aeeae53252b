// Lets a wallet sign the server's message: to sign in, to be linked, to be listed as one's own, to confirm.

import { discover, hexadecimal, reason } from "./providers.js";

class Connect {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("[data-providers]");
    this.none = root.querySelector("[data-none]");
    this.said = root.querySelector("[data-said]");
    const { origin } = root.dataset;
    // A wallet warns of a message for another site than the one it sees, and rightly.
    if (origin !== location.origin) this.sendElsewhere(origin);
    else discover((wallet) => this.offer(wallet), (count) => (this.none.hidden = count > 0));
  }

  sendElsewhere(origin) {
    const link = document.createElement("a");
    link.href = origin + location.pathname + location.search;
    link.textContent = origin;
    this.say("Wallets sign for one address of this site only. Open it as ", link);
  }

  say(...what) {
    this.said.replaceChildren(...what);
  }

  offer(wallet) {
    this.none.hidden = true;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button wide";
    if (wallet.icon) {
      const picture = document.createElement("img");
      Object.assign(picture, { src: wallet.icon, alt: "", width: 20, height: 20 });
      button.append(picture);
    }
    button.append(wallet.name);
    button.addEventListener("click", () => this.run(wallet));
    const item = document.createElement("li");
    item.append(button);
    this.list.append(item);
  }

  async run(wallet) {
    if (this.root.ariaBusy === "true") return;
    this.root.ariaBusy = "true";
    try {
      this.say(`Answer in ${wallet.name}.`);
      const address = await this.account(wallet.provider);
      if (!address) return this.say("The wallet gave no account. Unlock it and try again.");
      const { message } = await this.post("challenge", { address, purpose: this.root.dataset.purpose });
      this.say(`Sign the message in ${wallet.name}.`);
      const signature = await ask(wallet.provider, "personal_sign", [hexadecimal(message), address]);
      this.say("Checking the signature.");
      const { next } = await this.post("answer", { message, signature, next: this.root.dataset.next });
      location.assign(next);
    } catch (error) {
      this.say(error.message);
    } finally {
      this.root.ariaBusy = "false";
    }
  }

  async account(provider) {
    const accounts = await ask(provider, "eth_requestAccounts");
    return Array.isArray(accounts) ? accounts[0] : undefined;
  }

  /** One step at our server; throws its own words. */
  async post(step, fields) {
    const response = await fetch(this.root.dataset[step], {
      method: "POST",
      headers: { "X-CSRFToken": this.root.querySelector("[name=csrfmiddlewaretoken]").value, Accept: "application/json" },
      body: new URLSearchParams(fields),
    }).catch(() => { throw new Error("The site cannot be reached. Try again in a moment."); });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.error ?? `The site answered ${response.status}. Reload the page.`);
    return body;
  }
}

async function ask(provider, method, params) {
  try {
    return await provider.request({ method, params });
  } catch (error) {
    throw new Error(reason(error));
  }
}

for (const root of document.querySelectorAll("[data-wallet]")) new Connect(root);
