// Somebody else's client of LND (npm `lightning`), which asks what it is told to: {"call": "getInvoice", "with": {...}}.
// The answers of subscriptions are collected: {"listen": "subscribeToInvoices"} begins, {"heard": 2} waits for so many.
import { createInterface } from "node:readline";
const lightning = require("lightning");

const { lnd } = lightning.authenticatedLndGrpc({
  cert: process.env.LND_CERT,
  macaroon: process.env.LND_MACAROON,
  socket: process.env.LND_SOCKET,
});
const heard = [];
const waiting = [];

function listen(name, options) {
  const stream = lightning[name]({ lnd, ...options });
  stream.on("error", (error) => heard.push({ error }));
  for (const event of ["invoice_updated"]) {
    stream.on(event, (told) => {
      heard.push(told);
      while (waiting.length && heard.length >= waiting[0].count) waiting.shift().tell();
    });
  }
}

async function answer({ call, listen: name, heard: count, with: options = {} }) {
  if (name) return listen(name, options) ?? null;
  if (count) {
    if (heard.length < count) await new Promise((tell) => waiting.push({ count, tell }));
    return heard;
  }
  return (await lightning[call]({ lnd, ...options })) ?? null;
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ result: await answer(JSON.parse(line)) }));
  } catch (error) {
    console.log(JSON.stringify({ error: Array.isArray(error) ? error : String(error) }));
  }
}
