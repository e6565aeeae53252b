// Takes secrets out of what error reports say: monitoring/scrub.py in the browser's words, held against the same texts.

const HIDDEN = "[hidden]";
const LONGEST = 200_000;
const DEEPEST = 40; // a recorded page is a deep tree
const SECRET =
  "(?:pass(?:word|wd|phrase|code)?s?|pwd|secrets?|tokens?|(?:api|private|signing|session|user)[_-]?keys?|dsn" +
  "|authorization|cookies?|sessions?|session[_-]?ids?|csrf\\w*|xsrf\\w*|signatures?|mnemonics?|seed[_-]?phrases?" +
  "|otp|totp|recovery[_-]?codes?|credentials?|p256dh|chat(?:[_-]?id)?|phones?|emails?|vapid\\w*|account[_-]?sid" +
  "|nonces?|usernames?|login|params)";
const SECRET_NAME = new RegExp(`^(?:(?:.*[_.-])?${SECRET}(?:[_-]\\w+)?|code)$`, "i");
const QUOTED = `[bru]{0,2}(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*')`;
const VALUE = `(?:\\[hidden\\]|${QUOTED}|[\\[{(][^\\]})]{0,2000}[\\]})]|\\\\*["']?[^\\s,;&)}\\]"']+)`;
const KEY = `[A-Za-z0-9_-]*?${SECRET}(?:[_-](?:file|value|hash|text|hint|digest|0|1))?`;
const NO_SEED = "the|and|for|with|was|are|has|not|from|but|its|than|been|were";
const SEED = `(?!(?:${NO_SEED})(?![a-z]))[a-z]{3,8}`;
const KNOWN_HOST = /^(?:(?:[\w-]+\.)*hyperliquid(?:-testnet)?\.xyz|localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** This site's own addresses keep their path; of others the exchange's alone is kept, and nobody's query. */
function place(whole, scheme, rest) {
  let kept = rest;
  while (/[.,;:!?)\]}]$/.test(kept) && !kept.endsWith(HIDDEN)) kept = kept.slice(0, -1);
  const [authority, ...path] = kept.split(/[?#]/)[0].split("/");
  const host = authority.split("@").at(-1);
  const isOurs = `${scheme}://${host}` === globalThis.location?.origin || scheme === "app";
  const isKnown = isOurs || (/^(?:https?|wss?)$/i.test(scheme) && KNOWN_HOST.test(host));
  return `${scheme}://${isKnown ? [host, ...path].join("/") : HIDDEN}${rest.slice(kept.length)}`;
}

function isReadable(part) {
  if (!part || /^\d+$/.test(part)) return true;
  const words = part.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? [];
  return /^[A-Za-z]+\d*$/.test(part) && 3 * words.filter((word) => word.length < 3).length <= words.length;
}

const RULES = [
  [/(?<![A-Za-z0-9+.-])([A-Za-z0-9+.-]+):\/\/([^\s'"<>\\`|]+)/g, place],
  [/([A-Za-z][A-Za-z0-9+.-]{1,30})%3A%2F%2F[^\s'"<>&]+/gi, `$1://${HIDDEN}`],
  [/(\/[^\s'"?#<>]*)\?(?!\[hidden\])[^\s'"<>]+/g, `$1?${HIDDEN}`],
  [/(cookie["']?\s*[:=]\s*)(?!\[hidden\])\S.*$/gim, `$1${HIDDEN}`],
  [/\b(bearer|basic)(\s+|%20)(?=[^\s,;]*[\d=._]|[^\s,;]{16})[A-Za-z0-9._~+/=-]{6,}/gi, `$1$2${HIDDEN}`],
  [/(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*/g, "[token]"],
  [/(\)=\(|row contains \()(?!\[hidden\]).*/g, `$1${HIDDEN}`],
  [/\b(args|params)=(?!\[hidden\])[([{].*/g, `$1=${HIDDEN}`],
  [
    new RegExp(
      `(?<![A-Za-z0-9_-])(${KEY}\\\\*["']?\\s*(?:[:=]|=>)\\s*)(?:(?:bearer|basic|token|digest)\\s+)?${VALUE}`,
      "gi",
    ),
    `$1${HIDDEN}`,
  ],
  [/[\p{L}\p{N}_.+%'-]{1,64}(?:@|%40)(?:(?:[\p{L}\p{N}_-]{1,63}\.)+[\p{L}\p{N}_-]{2,}|localhost(?!\w))/gu, "[email]"],
  [/0[xX][0-9a-fA-F]{16,}/g, (text) => (text.length === 42 ? "[address]" : "[hex]")],
  [/0[xX][0-9a-fA-F]{2,40}(?:…|\.{3})[0-9a-fA-F]{2,}/g, "[address]"],
  [/\b\d{5,14}:[\w-]{30,}/g, "[token]"],
  [
    /(?<![\w.:])(?=[0-9A-Fa-f]*:)[0-9A-Fa-f]*(?::[0-9A-Fa-f.]*){2,}(?!\w)/g,
    (text) => (/^(?:::1?|\d{1,2}:\d\d:\d\d(?:\.\d+)?)[:.]?$/.test(text) ? text : "[ip]"),
  ],
  [
    /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g,
    (text) => (/^127\.|^0\.0\.0\.0$/.test(text) || text.split(".").some((one) => one > 255) ? text : "[ip]"),
  ],
  [/(?<![\w.+])\+[1-9]\d{6,14}\b(?!\.\d)/g, "[phone]"],
  [/\b(?:whsec_|sk_|tk_|SG\.|xox[abprs]-)[\w+/=.-]{8,}/g, "[token]"],
  [new RegExp(`(?<![a-z])${SEED}(?:(?:,\\s?|\\s)${SEED}){11,}(?![a-z])`, "g"), "[words]"],
  [/(?<![\w+/.-])[A-Za-z0-9+/]{22,}={1,2}/g, "[token]"],
  [/[A-Za-z0-9_-]{20,}/g, (text) => (text.split(/[_-]/).every(isReadable) ? text : "[token]")],
];

/** Remembers what a function of a short text has said: a recorded page says the same again and again. */
function remembering(work, longest = 100, most = 5_000) {
  const known = new Map();
  return (text) => {
    if (text.length > longest) return work(text);
    if (!known.has(text)) {
      if (known.size >= most) known.clear();
      known.set(text, work(text));
    }
    return known.get(text);
  };
}

/** The text without secrets. */
export const scrub = remembering((text) => {
  if (text.length < 4) return text;
  let clean = text.length > LONGEST ? `${text.slice(0, LONGEST)}[cut]` : text;
  for (const [pattern, by] of RULES) clean = clean.replace(pattern, by);
  return clean;
});

/** Names of random values that are made to be told: they join a report with its trace and its recording. */
const OURS =
  /^(?:event|trace|span|parent_span|replay|segment|error|profile)_ids?$|^replayId$|^(?:public_key|sid|release|nodeId)$/;
const UNSAID = /^user$|(?:^|[._])(?:query|query_string|fragment|client\.address|client\.port|server\.address)$/;
const IS_CODE = /^(?:filename|abs_path)$/;

/** What the name says of what stands under it: `kept`, `unsaid`, `secret`, a place in the `code`, or nothing. */
const kind = remembering((name) => {
  if (OURS.test(name)) return "kept";
  if (UNSAID.test(name)) return "unsaid";
  if (IS_CODE.test(name)) return "code";
  return SECRET_NAME.test(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2")) ? "secret" : "";
});

/** A copy of the structure with all its texts scrubbed; what has a secret name is hidden whatever it is. */
export function scrubValue(value, name = "", depth = 0) {
  const said = kind(name);
  if (said === "kept") return value;
  if (said === "secret" && value && value !== true) return HIDDEN;
  if (typeof value === "string" && said === "code") return value.replace(/^\w+:\/\/[^/]+/, "app://").split(/[?#]/)[0];
  if (typeof value === "string") return scrub(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) return "[cut]";
  if (Array.isArray(value)) return value.map((one) => scrubValue(one, "", depth + 1));
  const copy = {};
  for (const key of Object.keys(value)) {
    if (kind(key) !== "unsaid") copy[scrub(key)] = scrubValue(value[key], key, depth + 1);
  }
  return copy;
}
