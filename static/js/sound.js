// A short sound for an alert: off until somebody switches it on in this browser; one browser sounds once.

const KEPT = "alerts.sound";
const CLAIM_MS = 200; // for so long the open pages agree on which of them sounds
const NOTES = [[880, 0], [1318.5, 0.13]]; // hertz, and seconds after the first
const NOTE_S = 0.3;

const channel = new BroadcastChannel("alerts.sound");
const claims = new Map(); // key of what is told → ranks of the pages that would sound
const sounded = new Set();
let context = null;

channel.addEventListener("message", ({ data }) => {
  if (data.isDone) sounded.add(data.key);
  else claims.set(data.key, [...(claims.get(data.key) ?? []), data.rank]);
});

export function choice() {
  try {
    return { isOn: false, volume: 60, ...JSON.parse(localStorage.getItem(KEPT)) };
  } catch {
    return { isOn: false, volume: 60 };
  }
}

export function choose(changes) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...choice(), ...changes }));
  } catch {
    // a browser that keeps nothing stays silent
  }
}

/** Sound for what has this key, in one of the pages that are open: one that may, and rather one that is seen. */
export async function ring(key) {
  const { isOn, volume } = choice();
  if (!isOn || sounded.has(key)) return;
  const may = navigator.userActivation?.hasBeenActive ?? true;
  const rank = `${may ? 0 : 1}${document.hidden ? 1 : 0}${Math.random()}`;
  channel.postMessage({ key, rank });
  await new Promise((done) => setTimeout(done, CLAIM_MS));
  const others = claims.get(key) ?? [];
  claims.delete(key);
  if (sounded.has(key) || others.some((other) => other < rank)) return;
  sounded.add(key);
  channel.postMessage({ key, isDone: true });
  await play(volume);
}

/** Two notes of a bell. A browser that was not touched yet plays nothing. */
export async function play(volume) {
  context ??= new AudioContext();
  if (context.state === "suspended") await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 500))]);
  if (context.state !== "running") return;
  for (const [hertz, after] of NOTES) {
    const at = context.currentTime + after;
    const tone = new OscillatorNode(context, { frequency: hertz, type: "sine" });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime((volume / 100) ** 2, at + 0.01);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_S);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + NOTE_S);
  }
}
