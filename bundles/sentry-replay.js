// The same with recordings of the page, which are nearly half of the size: loaded only where they are on.
export * from "./sentry.js";
export { replayIntegration } from "@sentry/browser";
