// Other people's readers of invoices and LNURLs: {"read": "<invoice>"} gives what LDK (strict, the library of many wallets)
// and npm `bolt11` say, {"lnurl": "<text>"} what npm `lnurl` decodes, {"encode": "<url>"} what it writes.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import * as ldk from "lightningdevkit";

// LDK says hello in the middle of our answers.
console.log = () => {};
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
const bolt11 = require("bolt11");
const lnurl = require("lnurl");
await ldk.initializeWasmFromBinary(readFileSync(join(process.env.NODE_PATH, "lightningdevkit/liblightningjs.wasm")));
const hex = (bytes) => Buffer.from(bytes).toString("hex");

function byLdk(text) {
  const parsed = ldk.Bolt11Invoice.constructor_from_str(text);
  if (!(parsed instanceof ldk.Result_Bolt11InvoiceParseOrSemanticErrorZ_OK)) return { no: true };
  const found = parsed.res;
  const amount = found.amount_milli_satoshis();
  return {
    amount_msat: amount instanceof ldk.Option_u64Z_Some ? Number(amount.some) : null,
    payment_hash: hex(found.payment_hash()),
    secret: hex(found.payment_secret()),
    payee: hex(found.recover_payee_pub_key()),
    made: Number(found.duration_since_epoch()),
    expiry: Number(found.expiry_time()),
    cltv: Number(found.min_final_cltv_expiry_delta()),
  };
}

function byBolt11(text) {
  const found = bolt11.decode(text);
  return {
    amount_msat: found.millisatoshis === null ? null : Number(found.millisatoshis),
    payment_hash: found.tagsObject.payment_hash,
    secret: found.tagsObject.payment_secret,
    payee: found.payeeNodeKey,
    made: found.timestamp,
    expiry: found.tagsObject.expire_time,
    cltv: found.tagsObject.min_final_cltv_expiry,
    description: found.tagsObject.description ?? null,
    description_hash: found.tagsObject.purpose_commit_hash ?? null,
  };
}

function answer({ read, lnurl: text, encode }) {
  if (text) return lnurl.decode(text);
  if (encode) return lnurl.encode(encode);
  return { ldk: byLdk(read), bolt11: byBolt11(read) };
}

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say({ result: answer(JSON.parse(line)) });
  } catch (error) {
    say({ error: String(error) });
  }
}
