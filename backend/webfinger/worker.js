// WebFinger (RFC 7033), prepared by Hearthkey. It answers at /.well-known/webfinger and leaves the rest of the website alone.
//
// accounts: null answers for every address of the domain. plain is what is said of an account; kept, with what others had published here, is said of those in keptFor, or of all where that is empty.
const settings = "SETTINGS";

const open = { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache" };

// values are those of one name in a query. A plus sign is one (RFC 7033, section 4.1).
function values(search, name) {
  return search.slice(1).split("&").map((pair) => pair.split("="))
    .filter(([key]) => key === name).map(([, ...value]) => decodeURIComponent(value.join("=")));
}

const character = "[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}"; // RFC 7565, section 7
const accountForm = new RegExp(`^acct:((?:${character})+)@([A-Za-z0-9._~-]+)$`, "i");
const resourceForm = /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/i; // RFC 3986, sections 2 and 3

// account is the part before @ of an acct URI of this domain, "" for another resource, null for what is no resource at all.
function account(resource) {
  if (!resourceForm.test(resource)) return null;
  if (!/^acct:/i.test(resource)) return "";
  const parts = accountForm.exec(resource);
  if (!parts) return null;
  return parts[2].toLowerCase() === settings.domain ? decodeURIComponent(parts[1]).toLowerCase() : "";
}

// find makes the document for a resource, null where nothing is known of it.
function find(resource, name) {
  const among = (list) => list.some((one) => one.toLowerCase() === name);
  if (settings.accounts && !among(settings.accounts)) return null;
  const theirs = settings.keptFor.length === 0 || among(settings.keptFor);
  return { subject: resource, ...(theirs ? settings.kept : settings.plain) };
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
  if (rels.length) found.links = found.links.filter((link) => link && rels.includes(link.rel));
  const body = JSON.stringify(found);
  return new Response(request.method === "HEAD" ? null : body, { headers: { ...open, "Content-Type": "application/jrd+json" } });
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/.well-known/webfinger") return answer(request);
    return env.ASSETS ? env.ASSETS.fetch(request) : fetch(request);
  },
};
