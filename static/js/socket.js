// One socket to the server: topics, their rows, and coming back after a break (docs/socket-protocol.md).

import { isNobodysNow, leave } from "./ended.js";
import { forgetPages } from "./offline.js";

const SILENT_MS = 6_000; // the server speaks every second; longer silence is a dead socket
const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 30_000;
const SESSION_ENDED = 4401;
const NEW_COOKIE_MS = 1_500; // whoever has just signed in here gets one with the answer that is under way
const RESTARTS = [1012, 4012];
const LEAVING_MS = 30_000; // for so long a page that another one is to follow is not loaded again

/** Of which journey through our processes the first words are the next leg, if those are traced (docs/errors.md). */
function journey() {
  const [trace, baggage] = ["sentry-trace", "baggage"].map((name) => document.querySelector(`meta[name="${name}"]`));
  return trace ? { trace: trace.content, baggage: baggage?.content ?? "" } : {};
}

/** The rows of one topic. `take` returns false when a frame is missing before this one. */
class Topic {
  constructor(name) {
    this.name = name;
    this.rows = new Map();
    this.listeners = [];
    this.forget();
  }

  forget() {
    this.epoch = this.seq = null;
  }

  take(frame) {
    const isNext = frame.epoch === this.epoch && (frame.after ?? frame.seq - 1) <= this.seq;
    if (!frame.full && !isNext) return this.seq === null; // after a rejoin, older frames may still be under way
    if (!frame.full && frame.seq <= this.seq) return true;
    const before = this.rows;
    if (frame.full) this.rows = new Map();
    for (const [key, fields] of Object.entries(frame.rows)) {
      if (fields === null) this.rows.delete(key);
      else this.rows.set(key, frame.full ? fields : { ...this.rows.get(key), ...fields });
    }
    this.epoch = frame.epoch;
    this.seq = frame.seq;
    const changed = new Set(Object.keys(frame.rows));
    if (frame.full) for (const key of before.keys()) changed.add(key);
    for (const listener of this.listeners) listener(this.rows, changed, frame);
    return true;
  }
}

export class Socket {
  constructor(path) {
    this.url = new URL(path, location.href.replace(/^http/, "ws"));
    this.topics = new Map();
    this.toldListeners = [];
    this.heard = performance.now();
    this.lostAt = null; // performance.now() when the connection broke; null while it is good
    this.failures = 0;
    this.spread = 1_000;
    this.leftAt = -Infinity;
    this.open();
    setInterval(() => this.watch(), 1_000);
    addEventListener("beforeunload", () => (this.leftAt = performance.now()));
    addEventListener("pagehide", () => this.drop());
    addEventListener("pageshow", (event) => event.persisted && this.retry(0));
    addEventListener("online", () => this.lostAt !== null && this.retry(Math.random() * 500));
  }

  /** Call `listener(rows, changedKeys, frame)` with all rows first, then with each change. */
  join(name, listener) {
    const topic = this.topics.get(name) ?? new Topic(name);
    this.topics.set(name, topic);
    topic.listeners.push(listener);
    if (topic.listeners.length === 1) this.say({ join: [name] });
  }

  leave(name) {
    if (this.topics.delete(name)) this.say({ leave: [name] });
  }

  /** Call `listener(told)` with what the user is told of his alerts; comes with the topic `alerts`. */
  onTold(listener) {
    this.toldListeners.push(listener);
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  open() {
    clearTimeout(this.timer);
    this.heard = performance.now();
    const socket = (this.socket = new WebSocket(this.url));
    socket.onopen = () => {
      for (const topic of this.topics.values()) topic.forget();
      if (this.topics.size) this.say({ join: [...this.topics.keys()], ...journey() });
    };
    socket.onmessage = (event) => this.socket === socket && this.hear(JSON.parse(event.data));
    socket.onclose = ({ code, reason }) => this.socket === socket && this.closed(code, reason);
  }

  closed(code, reason) {
    if (RESTARTS.includes(code)) this.comeBack(reason);
    else if (code === SESSION_ENDED) this.ended();
    else this.retry();
  }

  /** Signed out, here or elsewhere: a new cookie may be on its way, so wait; then the page may be nobody's. */
  ended() {
    forgetPages();
    this.retry(NEW_COOKIE_MS * (1 + Math.random()), async () => {
      const isOver = await isNobodysNow();
      if (isOver && performance.now() - this.leftAt > LEAVING_MS) leave();
      else if (!this.socket) this.open();
    });
  }

  /** The server restarts and says over how long to spread: another process may be there at once. */
  comeBack(reason) {
    this.spread = Number(/spread_ms=(\d+)/.exec(reason)?.[1] ?? this.spread);
    this.retry(Math.random() * this.spread);
  }

  hear(message) {
    this.heard = performance.now();
    if (message.told) for (const listener of this.toldListeners) listener(message.told);
    if (message.hello) this.spread = message.hello.spread_ms;
    if (!message.topic || !message.rows) return;
    this.failures = 0; // only data proves that the connection is good
    this.lostAt = null;
    const topic = this.topics.get(message.topic);
    if (topic && !topic.take(message)) {
      topic.forget();
      this.say({ leave: [topic.name] });
      this.say({ join: [topic.name] });
    }
  }

  /** Growing, jittered delays; after the first loss spread over what the server asked for. */
  retry(delay, comeBack = () => this.open()) {
    this.drop();
    this.lostAt ??= performance.now();
    const most = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures + this.spread);
    this.failures += 1;
    this.timer = setTimeout(comeBack, delay ?? most * (0.3 + 0.7 * Math.random()));
  }

  watch() {
    const isUp = this.socket && this.socket.readyState <= WebSocket.OPEN;
    if (isUp && performance.now() - this.heard > SILENT_MS) this.retry();
  }

  drop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
