// Store the trades of a file (one JSON array) by createMany, 1,000 rows at a time; print rows and seconds.
// node create_many.mjs FILE HOST-OR-SOCKET-URL

import { readFileSync } from "node:fs";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./client/index.js";

const AT_ONCE = 1_000;
const [, , file, url] = process.argv;
const trades = JSON.parse(readFileSync(file, "utf8"));
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 1 }) });
await prisma.$connect();
await prisma.trade.findFirst();

const began = process.hrtime.bigint();
let stored = 0;
for (let start = 0; start < trades.length; start += AT_ONCE) {
  const data = trades.slice(start, start + AT_ONCE);
  stored += (await prisma.trade.createMany({ data, skipDuplicates: true })).count;
}
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
await prisma.$disconnect();
console.log(JSON.stringify({ stored, seconds }));
