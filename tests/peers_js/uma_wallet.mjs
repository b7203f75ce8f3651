// The provider of a buyer's wallet, made of UMA's own JavaScript SDK: pays addresses, takes requests to pay.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { randomBytes } from "node:crypto";
import * as uma from "@uma-sdk/core";

const secp256k1 = require("secp256k1");
const secret = randomBytes(32);
const publicHex = Buffer.from(secp256k1.publicKeyCreate(secret, false)).toString("hex");
const keys = { signingPubKey: publicHex, encryptionPubKey: publicHex };
const received = [];
let takesRequests = true;

const server = createServer(async (request, response) => {
  const say = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (request.url === "/.well-known/lnurlpubkey") return say(200, keys);
  if (request.url === "/.well-known/uma-configuration") {
    const about = { uma_major_versions: [0, 1] };
    if (takesRequests) about.uma_request_endpoint = `http://${domain}/api/uma/request_pay`;
    return say(200, about);
  }
  if (request.url === "/api/uma/request_pay") {
    let body = "";
    for await (const part of request) body += part;
    try {
      const text = JSON.parse(body).invoice;
      const invoice = uma.InvoiceSerializer.fromBech32(text);
      received.push(await look(invoice));
      return say(200, {});
    } catch (error) {
      return say(400, { status: "ERROR", reason: String(error) });
    }
  }
  return say(404, { status: "ERROR", reason: "nothing here" });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const domain = `localhost:${server.address().port}`;

const cache = new uma.InMemoryPublicKeyCache();
const nonces = new uma.InMemoryNonceValidator(Date.now() / 1000 - 600);

async function look(invoice) {
  const theirs = await uma.fetchPublicKeyForVasp({ cache, vaspDomain: invoice.receiverUma.split("@")[1] });
  // The SDK writes the currency's fields in the order in which it read them, and signatures are over their order.
  const { code, name, symbol, decimals } = invoice.receivingCurrency;
  const ordered = { ...invoice, receivingCurrency: { code, name, symbol, decimals } };
  return {
    amount: invoice.amount,
    currency: code,
    receiver: invoice.receiverUma,
    sender: invoice.senderUma,
    callback: invoice.callback,
    expiration: invoice.expiration,
    isSigned: await uma.verifyUmaInvoiceSignature(ordered, theirs.getSigningPubKey()),
  };
}

async function ask(address, version) {
  const url = await uma.getSignedLnurlpRequestUrl({
    isSubjectToTravelRule: false,
    receiverAddress: address,
    senderVaspDomain: domain,
    signingPrivateKey: secret,
    umaVersionOverride: version,
  });
  const answer = await fetch(url);
  return { url: String(url), status: answer.status, text: await answer.text() };
}

async function request(callback, address, { payer, amount, email, major, inReceiving = true, nonce, comment, currency }) {
  const theirs = await uma.fetchPublicKeyForVasp({ cache, vaspDomain: address.split("@")[1] });
  const wanted = await uma.getPayRequest({
    amount,
    receivingCurrencyCode: currency ?? "SAT",
    isAmountInReceivingCurrency: inReceiving,
    payerEmail: email,
    payerIdentifier: payer,
    payerKycStatus: uma.KycStatus.Verified,
    payerName: "Ada",
    payerUtxos: [],
    receiverEncryptionPubKey: theirs.getEncryptionPubKey(),
    sendingVaspPrivateKey: secret,
    trInfo: "Ada, 1 Mill Lane",
    utxoCallback: `http://${domain}/utxos`,
    umaMajorVersion: major,
    requestedPayeeData: { identifier: { mandatory: true }, compliance: { mandatory: true } },
    comment,
  });
  const body = wanted.toJsonString();
  const answer = await fetch(callback, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: answer.status, text: await answer.text(), body };
}

const verbs = {
  ask: async ({ address, version }) => await ask(address, version),
  // Everything a wallet's provider does, each step held against what the standard says.
  pay: async ({ address, version, email, name, inReceiving }) => {
    const asked = await ask(address, version);
    if (asked.status !== 200) return { status: asked.status, error: JSON.parse(asked.text) };
    const theirs = await uma.fetchPublicKeyForVasp({ cache, vaspDomain: address.split("@")[1] });
    const offer = uma.LnurlpResponse.fromJson(asked.text);
    const isOfferSigned = await uma.verifyUmaLnurlpResponseSignature(offer, theirs, nonces);
    const sat = offer.currencies.find((one) => one.code === "SAT");
    const payer = `$${name}@${domain}`;
    const major = uma.getMajorVersion(offer.umaVersion);
    const amount = inReceiving === false ? sat.minSendable * sat.multiplier : sat.minSendable;
    const answer = await request(offer.callback, address, { payer, amount, email, major, inReceiving });
    if (answer.status !== 200) return { status: answer.status, error: JSON.parse(answer.text) };
    const paying = uma.PayReqResponse.fromJson(answer.text);
    const isSigned =
      major === 0 ? null : await uma.verifyPayReqResponseSignature(paying, payer, address, theirs, nonces);
    return {
      status: 200,
      version: offer.umaVersion,
      isOfferSigned,
      isSigned,
      invoice: paying.pr,
      amount: paying.converted?.amount ?? null,
      currency: paying.converted?.currencyCode ?? null,
      payee: paying.payeeData?.identifier ?? null,
      utxoCallback: paying.payeeData?.compliance?.utxoCallback ?? null,
      kyc: offer.compliance.kycStatus,
      sats: sat.minSendable,
      callback: offer.callback,
      body: answer.body,
      mandatory: Object.entries(offer.requiredPayerData ?? offer.payerData)
        .filter(([, option]) => option.mandatory)
        .map(([key]) => key)
        .sort(),
    };
  },
  request: async ({ callback, address, ...more }) =>
    await request(callback, address, { ...more, payer: more.payer ?? `$ada@${domain}` }),
  post: async ({ url, body }) => {
    const answer = await fetch(url, { method: "POST", body });
    return { status: answer.status, text: await answer.text() };
  },
  post_json: async ({ url, body }) => {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return { status: answer.status, text: await answer.text() };
  },
  get: async ({ url }) => {
    const answer = await fetch(url);
    return { status: answer.status, text: await answer.text() };
  },
  // The news after paying.
  told: async ({ url }) => {
    const callback = await uma.getPostTransactionCallback({
      utxos: [{ utxo: "abcd", amountMsats: 1 }],
      vaspDomain: domain,
      signingPrivateKey: secret,
    });
    const body = JSON.stringify(callback);
    const answer = await fetch(url, { method: "POST", body });
    return { status: answer.status, text: await answer.text(), body };
  },
  read: async ({ invoice }) => await look(uma.InvoiceSerializer.fromBech32(invoice)),
  received: async () => received,
  takes: async ({ requests }) => (takesRequests = requests),
  isAddress: async ({ address }) => uma.isValidUmaAddress(address),
};

console.log(JSON.stringify({ domain }));
for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...rest } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ result: (await verbs[verb](rest)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error?.stack ?? error}` }));
  }
}
