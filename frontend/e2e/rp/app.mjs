// What the relying parties of the tests have in common: an address of their own, the data that an owner pastes, and pages that say what happened.
import { createServer } from 'node:http'

/** @typedef {{ url: URL, request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse }} Visit */
/** @typedef {(visit: Visit) => Promise<string | void>} Page */

/** @param {string} name */
function given(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

export const issuer = given('ISSUER')
export const clientId = given('CLIENT_ID')
export const clientSecret = process.env.CLIENT_SECRET ?? ''
export const origin = `http://localhost:${given('PORT')}`
export const redirectUri = `${origin}/callback`

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

/** @param {import('node:http').IncomingMessage} request */
export async function body(request) {
  let text = ''
  for await (const part of request) text += part
  return text
}

/** @param {import('node:http').ServerResponse} response @param {URL | string} where */
export function redirect(response, where) {
  response.writeHead(302, { location: String(where) }).end()
}

/**
 * Serves the pages, by path, until the test ends the process. What a page answers stands in #done; what it throws stands there as a failure.
 * @param {Record<string, Page>} pages
 */
export function serve(pages) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin)
    const page = pages[url.pathname]
    if (!page) return void response.writeHead(404).end()
    try {
      const said = await page({ url, request, response })
      if (said !== undefined) show(response, said)
    } catch (error) {
      console.error(error)
      show(response, `failed: ${error instanceof Error ? error.message : error}`)
    }
  })
  server.listen(Number(new URL(origin).port), 'localhost', () => console.log('Ready.'))
}

/** @param {import('node:http').ServerResponse} response @param {string} said */
function show(response, said) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>App</title><h1 id="done">${escaped(said)}</h1>`)
}
