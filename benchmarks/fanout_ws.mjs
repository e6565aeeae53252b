// The Node server of benchmarks/fanout.py: prints its port, sends an update of 4 kB for each line of its input.
// The text is made once per update; compression is off, as it is by default.

import { createInterface } from "node:readline";
import { WebSocketServer } from "ws";

const PADDING = "x".repeat(3950);
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

function update(number) {
  const stamp = `${String(number).padStart(7, "0")}-${String(process.hrtime.bigint()).padStart(19, "0")}`;
  const rows = { book: { stamp, padding: PADDING } };
  return Buffer.from(JSON.stringify({ topic: "book:BTC", epoch: 1, seq: number, rows, sent: Date.now() }));
}

server.on("connection", (socket) => socket.on("error", () => {}));
server.on("listening", () => console.log(server.address().port));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const message = update(Number(line));
    for (const socket of server.clients) socket.send(message, { binary: false });
  })
  .on("close", () => process.exit(0));
