// A page that is an app by itself, on oidc-client-ts: a public client whose every call crosses origins.
import { readFile } from 'node:fs/promises'
import { clientId, issuer, serve } from './app.mjs'

// the package names its module alone; what pages load lies beside it
const library = await readFile(new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts')))

const page = `<!doctype html><title>App</title><script src="/oidc-client-ts.js"></script><button id="redirect">Sign in</button> <button id="popup">Sign in in a popup</button>
<script type="module">
const manager = new oidc.UserManager({
  authority: ${JSON.stringify(issuer)}, client_id: ${JSON.stringify(clientId)}, redirect_uri: location.origin + '/callback', post_logout_redirect_uri: location.origin + '/goodbye',
  scope: 'openid profile offline_access', loadUserInfo: true, userStore: new oidc.WebStorageStateStore({ store: localStorage }),
})
const say = (text) => { const h = document.createElement('h1'); h.id = 'done'; h.textContent = text; document.body.replaceChildren(h) }
const done = async (act) => { try { say(await act()) } catch (e) { say('failed: ' + e.message) } }
const stay = async () => {
  const user = await manager.getUser()
  const fresh = await manager.signinSilent()
  const again = fresh.access_token !== user.access_token
  await manager.revokeTokens(['refresh_token'])
  const dead = await fetch((await manager.metadataService.getUserInfoEndpoint()), { headers: { authorization: 'Bearer ' + fresh.access_token } })
  return 'new ' + again + ', after revoking ' + dead.status
}
document.querySelector('#redirect').onclick = () => manager.signinRedirect()
document.querySelector('#popup').onclick = () => done(async () => 'hello ' + (await manager.signinPopup()).profile.preferred_username)
switch (location.pathname) {
  case '/callback': await done(async () => { const user = await manager.signinCallback(); return user ? 'hello ' + user.profile.preferred_username : 'popup' }); break
  case '/stay': await done(stay); break
  case '/logout': await manager.signoutRedirect(); break
  case '/goodbye': await done(async () => { await manager.signoutCallback(); return 'goodbye' }); break
}
</script>`

/** @type {import('./app.mjs').Page} */
const show = async ({ response }) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)

serve({
  '/': show,
  '/callback': show,
  '/stay': show,
  '/logout': show,
  '/goodbye': show,
  '/oidc-client-ts.js': async ({ response }) => void response.writeHead(200, { 'content-type': 'text/javascript' }).end(library),
})
