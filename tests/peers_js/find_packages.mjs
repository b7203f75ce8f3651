// Modules of the modern kind ignore NODE_PATH: their packages are found from there all the same.
import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";

const packages = pathToFileURL(process.env.NODE_PATH + "/").href;
register(
  "data:text/javascript," +
    encodeURIComponent(`
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (/^[./]|^[a-z]+:/.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: ${JSON.stringify(packages)} + "../peers.mjs" });
  }
}
`),
);
globalThis.require = createRequire(packages);
