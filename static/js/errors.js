// Reports errors of the page's scripts, if the site is set up for it (docs/errors.md). Nothing waits for it.

import { scrub, scrubValue } from "./scrub.js";

const about = document.querySelector('meta[name="errors"]').dataset;
const MOST_EARLY = 10;
const STRUCTURED = new Set(["event", "transaction", "client_report", "replay_event"]);

/** What has gone wrong before the client was there. */
const early = [];
const keep = (event) => early.length < MOST_EARLY && early.push(event.error ?? event.reason ?? event.message);

/** A recording: a line of its own, then what happened on the page. */
function recording(text) {
  const [head, ...rest] = text.split("\n");
  return `${head}\n${JSON.stringify(scrubValue(JSON.parse(rest.join("\n"))))}`;
}

/** One part of what is to be sent, without secrets; null for what is of no kind that is known here. */
function cleanItem([head, payload]) {
  if (STRUCTURED.has(head.type)) return [head, scrubValue(payload)];
  const isText = head.type === "replay_recording" && typeof payload === "string";
  return isText ? [head, recording(payload)] : null;
}

/** Everything that leaves goes through here, whatever made it: the last place before the network. */
function clean([head, items]) {
  const { trace, ...rest } = head;
  const journey = trace && { ...trace, ...(trace.transaction && { transaction: scrub(trace.transaction) }) };
  return [journey ? { ...rest, trace: journey } : rest, items.map(cleanItem).filter(Boolean)];
}

function transport(sentry) {
  return (options) => {
    const { send, flush } = sentry.makeFetchTransport(options);
    return {
      flush,
      send: async (envelope) => {
        const cleaned = clean(envelope);
        return cleaned[1].length ? send(cleaned) : {};
      },
    };
  };
}

function integrations(sentry) {
  const chosen = [
    sentry.eventFiltersIntegration(),
    sentry.browserApiErrorsIntegration(),
    sentry.breadcrumbsIntegration(),
    sentry.globalHandlersIntegration(),
    sentry.linkedErrorsIntegration(),
    sentry.dedupeIntegration(),
    sentry.browserTracingIntegration(),
  ];
  if (!sentry.replayIntegration) return chosen;
  // Not compressed by a worker, so that it is text where it leaves, and can be scrubbed there like the rest.
  const masked = { maskAllText: true, maskAllInputs: true, blockAllMedia: true };
  return [...chosen, sentry.replayIntegration({ ...masked, useCompression: false })];
}

async function start() {
  addEventListener("error", keep);
  addEventListener("unhandledrejection", keep);
  const sentry = await import(about.bundle);
  removeEventListener("error", keep);
  removeEventListener("unhandledrejection", keep);
  sentry.init({
    dsn: about.dsn,
    environment: about.environment,
    release: about.release,
    defaultIntegrations: false,
    integrations: integrations(sentry),
    transport: transport(sentry),
    traceLifecycle: "static",
    tracesSampleRate: Number(about.traces),
    replaysSessionSampleRate: Number(about.replaySession),
    replaysOnErrorSampleRate: Number(about.replayError),
    initialScope: { tags: { process: "browser", network: about.network } },
  });
  for (const error of early) sentry.captureException(error);
}

start();
