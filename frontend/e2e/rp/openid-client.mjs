// An app on openid-client 6: certified, and strict about everything a provider promises.
import * as client from 'openid-client'
import { clientId, clientSecret, issuer, origin, redirect, redirectUri, serve } from './app.mjs'

const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute: [client.allowInsecureRequests] })

/** @type {{ verifier: string, state: string, nonce: string }} */
let asked
/** @type {client.TokenEndpointResponse & client.TokenEndpointResponseHelpers} */
let tokens
/** @type {Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>} */
let device

async function parameters() {
  asked = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() }
  return {
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: 'S256',
    state: asked.state,
    nonce: asked.nonce,
    prompt: 'consent', // offline_access wants it (OIDC Core §11)
  }
}

serve({
  '/login': async ({ response }) => redirect(response, client.buildAuthorizationUrl(config, await parameters())),

  '/pushed': async ({ response }) => redirect(response, await client.buildAuthorizationUrlWithPAR(config, await parameters())),

  '/callback': async ({ url }) => {
    tokens = await client.authorizationCodeGrant(config, url, { pkceCodeVerifier: asked.verifier, expectedState: asked.state, expectedNonce: asked.nonce, idTokenExpected: true })
    const claims = tokens.claims()
    if (!claims) return 'failed: no ID token'
    const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
    return `hello ${person.preferred_username}`
  },

  '/refresh': async () => {
    const before = tokens
    tokens = await client.refreshTokenGrant(config, before.refresh_token ?? '')
    const told = await client.tokenIntrospection(config, tokens.access_token)
    return `new ${tokens.access_token !== before.access_token}, active ${told.active}, scope ${told.scope}`
  },

  '/revoke': async () => {
    await client.tokenRevocation(config, tokens.refresh_token ?? '')
    const access = await client.tokenIntrospection(config, tokens.access_token)
    const refresh = await client.tokenIntrospection(config, tokens.refresh_token ?? '')
    return `active ${access.active} and ${refresh.active}`
  },

  '/machine': async () => {
    const own = await client.clientCredentialsGrant(config)
    const told = await client.tokenIntrospection(config, own.access_token)
    return `active ${told.active}, refresh token ${'refresh_token' in own}`
  },

  '/device': async () => {
    const code = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' })
    device = client.pollDeviceAuthorizationGrant(config, code)
    device.catch(() => undefined) // told by /device/wait
    return `${code.verification_uri} ${code.user_code} ${code.verification_uri_complete}`
  },

  '/device/wait': async () => {
    const claims = (await device).claims()
    return `hello ${claims?.preferred_username}`
  },

  '/logout': async ({ response }) =>
    redirect(response, client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: `${origin}/goodbye`, state: 'bye' })),

  '/goodbye': async ({ url }) => `goodbye ${url.searchParams.get('state')}`,
})
