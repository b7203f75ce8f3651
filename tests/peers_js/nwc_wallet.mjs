// Somebody else's wallet (npm `@getalby/sdk`): listens on the relay NWC_RELAY, says its connection, and does as told:
// {"knows": invoice, "preimage": hex, "amount": msat} makes it able to pay, {"no": code} makes it refuse, {"asked": 1}
// says what it was asked. {"client": uri, "method": name, "with": {...}} is its client, which asks a wallet of ours.
globalThis.WebSocket = require("ws");
import { createHash, randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
const { NWCClient, NWCWalletService, NWCWalletServiceKeyPair } = require("@getalby/sdk");
const { getPublicKey } = require("nostr-tools");

const relay = process.env.NWC_RELAY;
const walletSecret = randomBytes(32).toString("hex");
const clientSecret = randomBytes(32).toString("hex");
const methods = ["get_info", "get_balance", "pay_invoice", "lookup_invoice"];
const known = new Map();
const asked = [];
let no = null;

const said = (result) => ({ result, error: undefined });
const refused = (code) => ({ result: undefined, error: { code, message: "no" } });
const handler = {
  async getInfo() {
    asked.push("get_info");
    return said({ alias: "Satoshi's laptop", network: "regtest", pubkey: "", color: "", block_height: 1, block_hash: "", methods });
  },
  async getBalance() {
    return said({ balance: 21_000_000 });
  },
  async payInvoice({ invoice }) {
    asked.push(invoice);
    if (no) return refused(no);
    const one = known.get(invoice);
    if (!one) return refused("PAYMENT_FAILED");
    one.settled_at = Math.floor(Date.now() / 1000);
    return said({ preimage: one.preimage, fees_paid: 2000 });
  },
  async lookupInvoice({ payment_hash }) {
    const one = [...known.values()].find((each) => each.payment_hash === payment_hash);
    if (!one) return refused("NOT_FOUND");
    const { preimage, ...open } = one;
    return said(one.settled_at ? { ...one, state: "settled" } : { ...open, state: "pending" });
  },
};

async function answer({ knows, preimage, amount, no: code, client, method, with: options }) {
  if (knows) {
    const payment_hash = createHash("sha256").update(Buffer.from(preimage, "hex")).digest("hex");
    known.set(knows, { type: "outgoing", invoice: knows, preimage, payment_hash, amount, fees_paid: 2000, created_at: 1 });
    return true;
  }
  if (code !== undefined) return (no = code);
  if (!client) return asked;
  const asking = new NWCClient({ nostrWalletConnectUrl: client });
  try {
    return await asking[method](options);
  } finally {
    asking.close();
  }
}

const service = new NWCWalletService({ relayUrls: [relay] });
const keys = new NWCWalletServiceKeyPair(walletSecret, getPublicKey(Buffer.from(clientSecret, "hex")));
await service.publishWalletServiceInfoEvent(walletSecret, methods, []);
await service.subscribe(keys, handler);
const uri = `nostr+walletconnect://${keys.walletPubkey}?relay=${encodeURIComponent(relay)}&secret=${clientSecret}`;
console.log(JSON.stringify({ uri }));
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ result: (await answer(JSON.parse(line))) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.code ?? error) }));
  }
}
