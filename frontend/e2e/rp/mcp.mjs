// An MCP server with a protected tool, and an MCP client that its owner has registered beforehand: what an assistant's connector does.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { clientId, clientSecret, issuer, origin, redirect, redirectUri, serve } from './app.mjs'

const resource = `${origin}/mcp`
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))

/** Who calls, by an access token for this server; undefined for anybody else. @param {import('node:http').IncomingMessage} request */
async function caller(request) {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience: resource, typ: 'at+jwt' })
    return payload.sub
  } catch {
    return undefined
  }
}

/** @param {string} sub */
function server(sub) {
  const mcp = new McpServer({ name: 'home', version: '1.0.0' })
  mcp.registerTool('whoami', { description: 'Says who calls' }, async () => ({ content: [{ type: 'text', text: sub }] }))
  return mcp
}

let registered = { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }
/** @type {import('@modelcontextprotocol/sdk/shared/auth.js').OAuthTokens | undefined} */
let tokens
let verifier = ''
/** @type {URL | undefined} */
let where

/** @type {import('@modelcontextprotocol/sdk/client/auth.js').OAuthClientProvider} */
const provider = {
  redirectUrl: redirectUri,
  clientMetadata: { client_name: 'Assistant', redirect_uris: [redirectUri], scope: 'openid profile offline_access' },
  clientInformation: () => registered,
  tokens: () => tokens,
  saveTokens: (given) => void (tokens = given),
  redirectToAuthorization: (url) => void (where = url),
  saveCodeVerifier: (v) => void (verifier = v),
  codeVerifier: () => verifier,
}

/** @type {StreamableHTTPClientTransport} */
let transport

async function connect() {
  const client = new Client({ name: 'assistant', version: '1.0.0' })
  transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider })
  await client.connect(transport)
  return client
}

serve({
  '/.well-known/oauth-protected-resource/mcp': async ({ response }) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ resource, authorization_servers: [issuer], bearer_methods_supported: ['header'] })),

  '/mcp': async ({ request, response }) => {
    const sub = await caller(request)
    if (!sub) {
      response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"` }).end()
      return
    }
    const mcp = server(sub)
    const stream = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
    response.on('close', () => void mcp.close())
    await mcp.connect(stream)
    await stream.handleRequest(request, response)
  },

  '/login': async ({ response }) => {
    try {
      await connect()
      return 'failed: the server let anybody in'
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || !where) throw error
      redirect(response, where)
    }
  },

  '/callback': async ({ url }) => {
    await transport.finishAuth(url.searchParams.get('code') ?? '')
    const client = await connect()
    const answer = await client.callTool({ name: 'whoami' })
    await client.close()
    const content = /** @type {{ text: string }[]} */ (answer.content)
    return `the tool says ${content[0].text}`
  },
})
