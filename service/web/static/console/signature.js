// Standard Webhooks signatures, checked by the browser's own cryptography.

const TOLERANCE_S = 300;

// `values` are {id, timestamp, signature, body, secret}; `keys` fetches the JWK set. Answers {ok, text}.
export async function verify({ id, timestamp, signature, body, secret }, keys) {
  if (!id || !timestamp || !signature) return { ok: false, text: "All three webhook-… headers are needed." };
  if (!globalThis.crypto?.subtle) return { ok: false, text: "The browser checks signatures on https or localhost only." };
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const said = signature.split(/\s+/).map((each) => each.split(/,(.*)/s));
  const symmetric = said.filter(([version]) => version === "v1").map(([, text]) => text);
  const asymmetric = said.filter(([version]) => version === "v1a").map(([, text]) => text);
  if (!symmetric.length && !asymmetric.length) return { ok: false, text: "It holds neither a v1 nor a v1a signature." };
  try {
    if (secret && symmetric.length && (await hmac(signed, symmetric, secret))) return { ok: true, text: `By the secret (v1).${stale(timestamp)}` };
    if (asymmetric.length && (await ed25519(signed, asymmetric, (await keys()).keys))) return { ok: true, text: `By the service's public key (v1a).${stale(timestamp)}` };
  } catch (error) {
    return { ok: false, text: `It can't be read: ${error.message}` };
  }
  const why = secret ? "Another secret, or a body that was changed on its way: compare it byte by byte, before any JSON parser had it." : "Paste the secret to check v1.";
  return { ok: false, text: why };
}

function stale(timestamp) {
  const off = Math.abs(Date.now() / 1000 - Number(timestamp));
  return off > TOLERANCE_S ? " Its timestamp is more than five minutes off: a receiver should refuse it as a repeat." : "";
}

async function hmac(signed, signatures, secret) {
  const key = await crypto.subtle.importKey("raw", unpacked(secret.replace(/^whsec_/, "")), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return any(signatures, (each) => crypto.subtle.verify("HMAC", key, unpacked(each), signed));
}

async function ed25519(signed, signatures, keys) {
  return any(keys, async ({ kty, crv, x }) => {
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]);
    return any(signatures, (each) => crypto.subtle.verify("Ed25519", key, unpacked(each), signed));
  });
}

async function any(values, test) {
  for (const value of values) if (await test(value)) return true;
  return false;
}

const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
