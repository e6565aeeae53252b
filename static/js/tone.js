// Up, down or neither: by the sign, if there is anything but zeros behind it (dashboard/pages/markets_row.py).

const TONES = { "+": "up", "−": "down" };

const toneOf = (text) => (/[1-9]/.test(text) ? (TONES[text[0]] ?? "") : "");

export function setTone(element, text) {
  const tone = toneOf(text);
  element.classList.toggle("up", tone === "up");
  element.classList.toggle("down", tone === "down");
}
