// A public app on oauth4webapi, by form_post, with ID tokens of another algorithm than the default and access tokens that a protected server reads by itself (RFC 9068).
import * as oauth from 'oauth4webapi'
import { body, clientId, issuer, origin, redirect, redirectUri, serve } from './app.mjs'

const http = { [oauth.allowInsecureRequests]: true }
const as = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), http))
/** @type {oauth.Client} */
const client = { client_id: clientId, id_token_signed_response_alg: process.env.ALGORITHM ?? 'ES256' }

/** @type {{ verifier: string, state: string, nonce: string }} */
let asked

serve({
  '/login': async ({ response }) => {
    asked = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
    const to = new URL(as.authorization_endpoint ?? '')
    to.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      response_mode: 'form_post',
      scope: 'openid profile',
      state: asked.state,
      nonce: asked.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: 'S256',
    }).toString()
    redirect(response, to)
  },

  '/callback': async ({ request }) => {
    if (request.method !== 'POST') return `failed: the answer came by ${request.method}`
    const answer = oauth.validateAuthResponse(as, client, new URLSearchParams(await body(request)), asked.state)
    const got = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, redirectUri, asked.verifier, http)
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, got, { expectedNonce: asked.nonce, requireIdToken: true })
    await oauth.validateApplicationLevelSignature(as, got, http)
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    const asServer = new Request(origin, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    const access = await oauth.validateJwtAccessToken(as, asServer, process.env.AUDIENCE ?? clientId, http)
    const person = await oauth.processUserInfoResponse(as, client, claims?.sub ?? '', await oauth.userInfoRequest(as, client, tokens.access_token, http))
    return `hello ${person.preferred_username}, ${access.client_id === clientId && access.sub === person.sub ? 'access token read' : 'access token differs'}`
  },
})
