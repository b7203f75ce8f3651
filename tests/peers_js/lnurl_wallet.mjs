// Somebody else's LNURL (npm `lnurl`) as a wallet that signs in: {"lnurl": "LNURL1..."} is decoded and signed by a key
// made for it, {"verify": {"sig", "k1", "key"}} judges somebody's signature.
import { createInterface } from "node:readline";
const lnurl = require("lnurl");

function answer({ lnurl: encoded, verify }) {
  if (verify) return { isRight: lnurl.verifyAuthorizationSignature(verify.sig, verify.k1, verify.key) };
  const url = new URL(lnurl.decode(encoded));
  const k1 = url.searchParams.get("k1");
  const { pubKey, privKey } = lnurl.generateRandomLinkingKey();
  const sig = lnurl.createAuthorizationSignature(k1, privKey).toString("hex");
  const key = pubKey.toString("hex");
  url.searchParams.set("sig", sig);
  url.searchParams.set("key", key);
  return { url: url.href, sig, k1, key };
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ result: answer(JSON.parse(line)) }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
