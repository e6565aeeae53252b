// How old the numbers are: judged by the feed's own clock and this browser's monotonic one, as
// dashboard/pages/freshness.py does for the first paint. What has no known age does not count as live.

import { momentText } from "./reader.js";

const FEED_SILENT_MS = 5_000;
const SLEPT_MS = 2_000;
const MARKETS = ["prices", "contexts", "spot"];
const OLDER = " The numbers shown are older.";
const WAITING = "Waiting for the exchange:";

export const kind = (stream) => stream.split(":", 1)[0];

/** `0.4 s` · `12 s` · `3 min` · `2 h`. */
export function ageText(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.floor(s)} s`;
  return s < 7200 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;
}

export class Ages {
  constructor() {
    this.rows = {};
    this.heard = null; // performance.now() at which the feed said `rows.feed.now`
    this.hasNumbers = false; // whether any has ever come: what is not there is not old
    this.wall = Date.now() - performance.now();
  }

  hear(rows, ageMs = 0, at = performance.now()) {
    this.rows = rows;
    this.hasNumbers ||= MARKETS.some((stream) => (rows[stream]?.last_received ?? null) !== null);
    this.heard = rows.feed && ageMs !== null ? at - ageMs : null;
  }

  /** A computer that slept may not have counted the time: then nothing is known until the feed speaks again. */
  notice() {
    const wall = Date.now() - performance.now();
    if (wall - this.wall > SLEPT_MS) this.heard = null;
    this.wall = wall;
  }

  get silence() {
    return this.heard === null ? Infinity : performance.now() - this.heard;
  }

  /** The feed's time now, Unix ms, or null. */
  now() {
    return this.heard === null ? null : this.rows.feed.now + this.silence;
  }

  isLive(stream) {
    const row = this.rows[stream];
    if (this.silence > FEED_SILENT_MS || !row || row.state === "stale") return false;
    if (row.limit_ms === null) return this.rows.feed.connected;
    return row.last_received !== null && this.now() - row.last_received <= row.limit_ms;
  }

  stale(streams) {
    return streams.filter((stream) => !this.isLive(stream));
  }

  /** `{state, text, alarm}` for the header and the notice. `lostAt`: when our own socket broke, or null. */
  verdict(streams, lostAt) {
    const feed = this.rows.feed;
    const since = (ms) => (ms ? ` since ${momentText(ms)}` : "");
    if (lostAt !== null) {
      const at = this.heard === null ? null : this.now() - (performance.now() - lostAt);
      const alarm = `Reconnecting to the dashboard${since(at)}.${this.hasNumbers ? OLDER : ""}`;
      return { state: "reconnecting", text: "Reconnecting", alarm };
    }
    if (!feed) return { state: "stale", text: "No data yet", alarm: "Waiting for the feed: no data has come yet." };
    if (this.silence > FEED_SILENT_MS) {
      return { state: "stale", text: "Feed silent", alarm: `Stale: the feed has been silent${since(feed.now)}.` };
    }
    if (!feed.connected) {
      if (!this.hasNumbers) return { state: "reconnecting", text: "No data yet", alarm: `${WAITING} nothing live has come yet.` };
      return { state: "reconnecting", text: "Reconnecting", alarm: `Reconnecting to the exchange${since(feed.since)}.${OLDER}` };
    }
    const late = this.stale(streams).map(kind).join(", ");
    if (late && !this.hasNumbers) return { state: "stale", text: "No data yet", alarm: `${WAITING} no live ${late} yet.` };
    if (late) return { state: "stale", text: "Stale", alarm: `Stale: no fresh ${late}.` };
    const prices = this.rows.prices?.last_received;
    return { state: "live", text: `Live · ${ageText(this.now() - prices)}`, alarm: "" };
  }
}
