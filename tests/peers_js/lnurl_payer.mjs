// An app that knows LNURL-pay and Lightning Addresses by the npm package lnurl-pay, and checks what it is given.
import { createInterface } from "node:readline";
import { requestInvoice, requestPayServiceParams } from "lnurl-pay";

// A Lightning Address is asked over https at a domain; both are played by the site on this machine.
const at = (host) => async ({ url, params }) => {
  const where = new URL(url.replace(/^https:\/\/[^/]+/, `http://${host}`));
  for (const [name, value] of Object.entries(params ?? {})) where.searchParams.set(name, value);
  const answer = await (await fetch(where)).json();
  if (answer.status === "ERROR") throw new Error(answer.reason);
  return answer;
};

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { to, host, tokens, comment } = JSON.parse(line);
  const fetchGet = host ? { fetchGet: at(host) } : {};
  try {
    const offer = await requestPayServiceParams({ lnUrlOrAddress: to, ...fetchGet });
    const paid = await requestInvoice({
      lnUrlOrAddress: to,
      tokens: tokens ?? offer.min,
      comment,
      validateInvoice: true,
      ...fetchGet,
    });
    const { fixed, min, identifier, description, commentAllowed } = offer;
    const result = { fixed, min, identifier, description, commentAllowed, invoice: paid.invoice };
    console.log(JSON.stringify({ result: { ...result, after: paid.successAction } }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
