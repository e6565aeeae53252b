// Validators made from the client's own TypeScript types (the patterns in their comments included), one for
// each method of its info and subscription clients that is named here.
import { mkdirSync, writeFileSync } from "node:fs";
import { Ajv } from "ajv";
import { createGenerator } from "ts-json-schema-generator";

const FOLDER = new URL("./node_modules/.cache/", import.meta.url);

export function validators(infoMethods, subscriptionMethods) {
  const name = (method) => method[0].toUpperCase() + method.slice(1);
  const infoFields = infoMethods.map((m) => `info_${m}: info.${name(m)}Response;`);
  const eventFields = subscriptionMethods.map((m) => `event_${m}: subscription.${name(m)}Event;`);
  const source = [
    'import type * as info from "@nktkas/hyperliquid/api/info";',
    'import type * as subscription from "@nktkas/hyperliquid/api/subscription";',
    `export interface Answers { ${infoFields.join(" ")} ${eventFields.join(" ")} }`,
  ];
  mkdirSync(FOLDER, { recursive: true });
  const path = new URL("answers.ts", FOLDER);
  writeFileSync(path, source.join("\n"));
  const schema = createGenerator({
    path: path.pathname,
    tsconfig: new URL("./tsconfig.json", import.meta.url).pathname,
    type: "Answers",
    skipTypeCheck: true,
    additionalProperties: true,
    jsDoc: "extended",
  }).createSchema("Answers");
  const ajv = new Ajv({ strict: false, allowUnionTypes: true });
  ajv.addSchema(schema, "types");
  const check = (field) => ajv.compile({ $ref: `types#/definitions/Answers/properties/${field}` });
  return {
    info: Object.fromEntries(infoMethods.map((m) => [m, check(`info_${m}`)])),
    event: Object.fromEntries(subscriptionMethods.map((m) => [m, check(`event_${m}`)])),
  };
}

export function complaint(check, value) {
  if (check(value)) return null;
  const errors = check.errors.filter((e) => e.keyword !== "anyOf").slice(0, 4);
  return errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(at(value, e.instancePath))}`).join("; ");
}

function at(value, path) {
  const found = path.split("/").slice(1).reduce((node, key) => node?.[key], value);
  return JSON.stringify(found)?.slice(0, 200);
}
