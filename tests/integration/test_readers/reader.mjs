// Obeys a test's orders with the TypeScript example: a line of JSON in, a line out.
// The first argument is the module's address.
import { createInterface } from "node:readline";

const { Cafe24AccessToken, Cafe24TokenError } = await import(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const place = JSON.parse((await lines.next()).value);
const tokens = new Cafe24AccessToken({
  mallId: place.mall_id,
  vaultAddr: place.vault_addr,
  roleId: place.role_id,
  secretId: place.secret_id,
  prefix: place.prefix,
  apiUrl: place.api_url,
});

async function obeyed(order) {
  if ("call" in order) return { status: (await tokens.fetch(order.call)).status };
  return { tokens: await Promise.all(Array.from({ length: order.get }, () => tokens.get())) };
}

for await (const line of lines) {
  const answer = await obeyed(JSON.parse(line)).catch((failure) => {
    if (failure instanceof Cafe24TokenError) return { error: failure.message };
    throw failure;
  });
  console.log(JSON.stringify(answer));
}
