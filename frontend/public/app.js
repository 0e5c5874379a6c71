// The one script of the member pages. It runs a passkey ceremony whose options and words stand in the page, asks how far a request of the owner's is, sends the form of a form_post answer, and shows times in the reader's zone.
// Everything else works without it.

/**
 * @typedef {object} Config what the server says of a ceremony
 * @property {string} ceremony its ID
 * @property {any} publicKey its options, null when the server could not begin it with the page
 * @property {boolean} create whether it makes a passkey
 * @property {string} begin where fresh options come from
 * @property {string} finish where the answer goes
 * @property {string} [tx] the app's request it is for
 * @property {string} [app]
 * @property {boolean} autofill whether the text field may offer passkeys
 * @property {number} seconds for which the options are good for the button
 * @property {Record<string, string>} text the words for each way it can end
 */

/** @template {HTMLElement} T @param {string} id @returns {T | null} */
const byID = (id) => /** @type {T | null} */ (document.getElementById(id));

/** @param {string} text @returns {ArrayBuffer} */
const fromBase64URL = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)).buffer;

/** @param {ArrayBuffer | null | undefined} bytes @returns {string | undefined} */
const toBase64URL = (bytes) => bytes ? btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : undefined;

/**
 * The options as the browser wants them. Written out, because half of the browsers in use lack parseRequestOptionsFromJSON.
 * @param {any} o @returns {any}
 */
function decode(o) {
  const list = (/** @type {any[] | undefined} */ ids) => ids?.map((c) => ({ ...c, id: fromBase64URL(c.id) }));
  return {
    ...o,
    challenge: fromBase64URL(o.challenge),
    ...(o.user && { user: { ...o.user, id: fromBase64URL(o.user.id) } }),
    ...(o.allowCredentials && { allowCredentials: list(o.allowCredentials) }),
    ...(o.excludeCredentials && { excludeCredentials: list(o.excludeCredentials) }),
  };
}

/** What the authenticator answered, as JSON (WebAuthn Level 3, §5.1.6). @param {any} c */
function encode(c) {
  const r = c.response;
  return {
    id: c.id, rawId: c.id, type: c.type, clientExtensionResults: c.getClientExtensionResults(),
    authenticatorAttachment: c.authenticatorAttachment ?? undefined,
    response: {
      clientDataJSON: toBase64URL(r.clientDataJSON),
      attestationObject: toBase64URL(r.attestationObject),
      transports: r.getTransports?.(),
      authenticatorData: toBase64URL(r.authenticatorData),
      signature: toBase64URL(r.signature),
      userHandle: toBase64URL(r.userHandle),
    },
  };
}

/** Why a ceremony ended, as a key of Config.text. */
class Stop extends Error {
  /** @param {string} why @param {string} [words] the server's own words */
  constructor(why, words) {
    super(why);
    this.why = why;
    this.words = words;
  }
}

/** @param {string} url @param {object} body @returns {Promise<any>} */
async function post(url, body) {
  let answer;
  try {
    answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  } catch {
    throw new Stop('network');
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok || said.next) return said;
  throw new Stop('server', said.message);
}

/** @param {unknown} error @param {number} milliseconds that the prompt was open @param {Config} config */
function why(error, milliseconds, config) {
  if (error instanceof Stop) return error;
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError': // browsers tell neither "cancelled" from "nothing here" nor either from "too late", so that pages cannot find out which passkeys exist
      if (milliseconds < 300) return new Stop('blocked');
      return new Stop(milliseconds > (config.publicKey.timeout ?? 3e5) - 1000 ? 'timeout' : 'cancelled');
    case 'InvalidStateError': return new Stop('known');
    case 'SecurityError': return new Stop('insecure');
    case 'NotSupportedError':
    case 'ConstraintError': return new Stop('unable');
    default: return new Stop('failed');
  }
}

/** @param {Config} config @param {HTMLButtonElement} button */
function ceremony(config, button) {
  const form = /** @type {HTMLFormElement | null} */ (byID('autofill'));
  const say = byID('say');
  /** @type {NodeListOf<HTMLButtonElement>} */
  const formers = document.querySelectorAll('[data-former]');
  let at = button; // the one that was pressed last
  let host = ''; // the former host that the options are for, '' for the issuer
  let begunAt = Date.now();
  let busy = false;
  /** @type {AbortController | undefined} */
  let waiting;

  /** @param {string} text */
  function tell(text) {
    if (!say) return;
    /** @type {HTMLElement} */ (say.lastElementChild).textContent = text;
    say.hidden = !text;
  }

  /** @param {boolean} on @param {string} [words] */
  function work(on, words) {
    const [icon, spin, label] = /** @type {[SVGElement, HTMLElement, HTMLElement]} */ (/** @type {unknown} */ ([...at.children]));
    at.dataset.rest ??= label.textContent ?? '';
    busy = on;
    for (const b of [button, ...formers]) b.setAttribute('aria-disabled', String(on));
    icon.toggleAttribute('hidden', on);
    spin.hidden = !on;
    label.textContent = on && words ? config.text[words] : at.dataset.rest;
  }

  const old = () => !config.publicKey || Date.now() - begunAt > config.seconds * 1000;

  /** Gets fresh options: those in the page wait a few minutes only, and count once. */
  async function renew(former = '') {
    const begun = await post(config.begin, { tx: config.tx, app: config.app, former });
    if (begun.next) {
      location.assign(begun.next);
      throw new Stop('gone');
    }
    Object.assign(config, begun);
    host = former;
    begunAt = Date.now();
  }

  /** @param {any} credential */
  async function finish(credential) {
    work(true, 'checking');
    const done = await post(config.finish, { ceremony: config.ceremony, tx: config.tx, app: config.app, response: encode(credential) });
    location.assign(done.next);
  }

  /** Offers passkeys in the text field for as long as the page is open. */
  async function autofill() {
    const mine = new AbortController();
    waiting = mine;
    let credential;
    try {
      credential = await navigator.credentials.get({ publicKey: decode(config.publicKey), mediation: 'conditional', signal: mine.signal });
    } catch {
      return; // called off for the button, or nothing to offer: the button tells
    }
    await finish(credential).catch(failed);
  }

  /** @param {HTMLButtonElement} pressed */
  async function press(pressed) {
    if (busy) return;
    at = pressed;
    const former = at.dataset.former ?? '';
    tell('');
    document.querySelector('.ok')?.remove();
    work(true, 'waiting');
    waiting?.abort();
    let since = Date.now();
    try {
      if (old() || host !== former) await renew(former);
      since = Date.now();
      const publicKey = decode(config.publicKey);
      await finish(config.create ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey }));
    } catch (error) {
      await failed(why(error, Date.now() - since, config));
    }
  }

  /** @param {Stop} stop */
  async function failed(stop) {
    if (stop.why === 'gone') return;
    work(false);
    tell(stop.words || config.text[stop.why] || config.text.failed);
    if (stop.why === 'server' || host) await renew().catch(() => {}); // what was sent is spent, and the field offers the issuer's own
    offer();
  }

  function offer() {
    if (form && !form.hidden && config.publicKey && !host) autofill();
  }

  button.addEventListener('click', () => press(button));
  for (const b of formers) b.addEventListener('click', () => press(b));
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    press(button);
  });
  document.addEventListener('visibilitychange', async () => {
    if (document.hidden || busy || !old()) return;
    waiting?.abort();
    await renew().then(offer, () => {});
  });

  const inside = byID('inside');
  const copy = byID('copy');
  copy?.addEventListener('click', async () => {
    await navigator.clipboard.writeText(location.href);
    copy.textContent = config.text.copied;
  });
  if (!isSecureContext) {
    tell(config.text.insecure);
  } else if (!window.PublicKeyCredential) {
    if (inside) inside.hidden = false;
    button.hidden = true;
  } else if (inside && /; wv\)|FBA[NV]|Instagram|Line\/|MicroMessenger|Snapchat|GSA\//.test(navigator.userAgent)) {
    inside.hidden = false; // a browser inside another app often has no passkeys; it may try
  }
  if (formers.length && window.PublicKeyCredential) {
    // passkeys of another host need a browser that asks that host whether this one may (related origins)
    /** @type {any} */ (PublicKeyCredential).getClientCapabilities?.().then((/** @type {Record<string, boolean>} */ can) => {
      for (const b of formers) b.hidden = !can.relatedOrigins;
    });
  }
  if (config.autofill && form && window.PublicKeyCredential) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((there) => {
      form.hidden = !there;
      if (!busy) offer();
    });
  }
}

const config = byID('ceremony')?.textContent;
const button = /** @type {HTMLButtonElement | null} */ (byID('go'));
if (config && button) ceremony(JSON.parse(config), button);

/**
 * Asks how far a request is, and loads the page anew when that changed: every 2 s for a minute, then every 5 s. While the page is hidden nothing is asked.
 * @param {HTMLElement} line
 */
function poll(line) {
  const began = Date.now();
  const look = async () => {
    if (!document.hidden) {
      const said = await fetch(line.dataset.poll ?? '', { cache: 'no-store' }).then((answer) => answer.json()).catch(() => ({}));
      if (said.state && said.state !== line.dataset.state) {
        location.reload();
        return;
      }
    }
    setTimeout(look, Date.now() - began < 60_000 ? 2000 : 5000);
  };
  setTimeout(look, 2000);
}
const line = byID('poll');
if (line) poll(line);

/** @type {HTMLFormElement | null} */ (byID('post'))?.submit();

for (const time of document.querySelectorAll('time')) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = 'minutes' in time.dataset ? { weekday: 'short', hour: '2-digit', minute: '2-digit' } : { year: 'numeric' };
  time.textContent = new Date(time.dateTime).toLocaleString('en-GB', { day: 'numeric', month: 'short', ...parts });
}

// A page that comes back by the Back button holds a spent ceremony.
addEventListener('pageshow', (event) => event.persisted && location.reload());
