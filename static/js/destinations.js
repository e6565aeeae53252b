// The page of destinations: the sound of this browser, and its own notifications.

import { choice, choose, play } from "./sound.js";
import { isKnown, subscribe, why } from "./push.js";

const sound = document.querySelector("[data-sound]");
const isOn = sound.querySelector("[data-sound-on]");
const volume = sound.querySelector("[data-sound-volume]");
isOn.checked = choice().isOn;
volume.value = choice().volume;
isOn.addEventListener("change", () => choose({ isOn: isOn.checked }));
volume.addEventListener("change", () => choose({ volume: Number(volume.value) }));
sound.querySelector("[data-sound-try]").addEventListener("click", () => play(Number(volume.value)));

const push = document.querySelector("[data-push]");
if (push) {
  const said = push.querySelector("[data-push-said]");
  const button = push.querySelector("[data-push-ask]");
  const trouble = why();
  said.textContent = trouble;
  button.disabled = Boolean(trouble);
  isKnown(push.dataset.known.split(" ")).then((known) => {
    if (!known) return;
    said.textContent = "This browser is in your list.";
    button.hidden = true;
  });
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "Answer the question of your browser.";
    try {
      for (const [name, value] of Object.entries(await subscribe(push.dataset.push))) push.elements[name].value = value;
      push.submit();
    } catch (error) {
      said.textContent = error.message;
      button.disabled = false;
    }
  });
}
