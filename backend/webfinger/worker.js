// WebFinger (RFC 7033), prepared by Hearthkey. It answers at /.well-known/webfinger and leaves the rest of the website alone.
//
// accounts: null answers for every address of the domain. kept and links are what others had published here; keptFor names the only account that they are for.
const settings = "SETTINGS";

const open = { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache" };

// values are those of one name in a query. A plus sign is one (RFC 7033, section 4.1).
function values(search, name) {
  return search.slice(1).split("&").map((pair) => pair.split("="))
    .filter(([key]) => key === name).map(([, ...value]) => decodeURIComponent(value.join("=")));
}

// folded makes two spellings of an account equal: capital letters, and what is percent-encoded within the URI too (RFC 7565, section 4).
function folded(name) {
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

// account is the part before @ of an acct URI of this domain, "" for another resource, null for what is no resource at all.
function account(resource) {
  if (!/^[a-z][a-z0-9+.-]*:[^\s\u0000-\u0020\u007f]+$/i.test(resource)) return null;
  if (!/^acct:/i.test(resource)) return "";
  const parts = /^acct:([^@]+)@([^@]+)$/i.exec(resource);
  if (!parts) return null;
  return parts[2].toLowerCase() === settings.domain ? folded(parts[1]) : "";
}

// find makes the document for a resource, null where nothing is known of it.
function find(resource, name) {
  const theirs = settings.keptFor === "" || folded(settings.keptFor) === name;
  const listed = !settings.accounts || settings.accounts.some((one) => folded(one) === name);
  if (!listed && !(theirs && settings.keptFor)) return null;
  return { subject: resource, ...(theirs ? settings.kept : {}), links: [settings.issuer, ...(theirs ? settings.links : [])] };
}

function refuse(status, headers = {}) {
  return new Response(null, { status, headers: { ...open, ...headers } });
}

function answer(request) {
  const url = new URL(request.url);
  const methods = "GET, HEAD, OPTIONS";
  if (request.method === "OPTIONS") return refuse(204, { Allow: methods, "Access-Control-Allow-Methods": methods });
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, { Allow: methods });
  if (url.protocol === "http:") return refuse(308, { Location: "https:" + url.href.slice(5) });
  let asked, rels, name;
  try {
    asked = values(url.search, "resource");
    rels = values(url.search, "rel");
    name = asked.length === 1 ? account(asked[0]) : null;
  } catch {
    return refuse(400);
  }
  if (name === null) return refuse(400);
  const found = name && find(asked[0], name);
  if (!found) return refuse(404);
  if (rels.length) found.links = found.links.filter((link) => rels.includes(link.rel));
  const body = JSON.stringify(found);
  return new Response(request.method === "HEAD" ? null : body, { headers: { ...open, "Content-Type": "application/jrd+json" } });
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/.well-known/webfinger") return answer(request);
    return env.ASSETS ? env.ASSETS.fetch(request) : fetch(request);
  },
};
