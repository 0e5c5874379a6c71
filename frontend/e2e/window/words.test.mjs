// The window's small functions on text and time, loaded through Vite as the page loads them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const root = fileURLToPath(new URL('../../admin', import.meta.url))
const vite = await createServer({ root, configFile: false, logLevel: 'silent', appType: 'custom', server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } })
after(() => vite.close())

/** @param {string} path */
const load = (path) => vite.ssrLoadModule(path)
const time = await load('/src/time.ts')
const check = await load('/src/check.ts')
const words = await load('/src/words.ts')
const { middle } = await load('/src/ui/middle.ts')

const minute = 60_000
const now = new Date(2026, 10, 22, 15, 0).getTime() // a Sunday

test('times are told as people say them', () => {
  const said = /** @type {const} */ ([
    [0, 'Never'],
    [now - 20_000, 'Just now'],
    [now + 5_000, 'Just now'], // a clock that is a little ahead
    [now - 8 * minute, '8 min ago'],
    [now - 59.9 * minute, '59 min ago'],
    [now - 60 * minute, '1 h ago'],
    [new Date(2026, 10, 22, 0, 5).getTime(), '14 h ago'],
    [new Date(2026, 10, 21, 23, 55).getTime(), 'Yesterday'],
    [new Date(2026, 10, 20, 9, 0).getTime(), 'Fri 20 Nov'],
    [new Date(2026, 10, 4, 9, 0).getTime(), '4 Nov'],
    [new Date(2025, 10, 4, 9, 0).getTime(), '4 Nov 2025'],
  ])
  for (const [at, want] of said) assert.equal(time.ago(at, now), want)
  assert.equal(time.agoInline(now - 20_000, now), 'just now')
  assert.equal(time.agoInline(new Date(2026, 10, 4, 9, 0).getTime(), now), '4 Nov')
})

test('a day is told by its nearness', () => {
  assert.equal(time.dayInline(now - minute, now), 'today')
  assert.equal(time.dayInline(new Date(2026, 10, 21, 23, 55).getTime(), now), 'yesterday')
  assert.equal(time.dayInline(new Date(2026, 10, 4).getTime(), now), '4 Nov')
  assert.equal(time.date(now, now), '22 Nov')
  assert.equal(time.date(new Date(2024, 10, 4).getTime(), now), '4 Nov 2024')
})

test('an end is told by its day', () => {
  assert.equal(time.until(new Date(2026, 10, 22, 17, 40).getTime(), now), '17:40 today')
  assert.equal(time.until(new Date(2026, 10, 23, 9, 5).getTime(), now), '09:05 tomorrow')
  assert.equal(time.until(new Date(2026, 11, 20, 9, 5).getTime(), now), '20 Dec')
})

test('a user name that will not do comes with one that will', () => {
  for (const good of ['', 'emil', 'Emil.L', 'emil_2', 'åsa', ' emil ']) assert.equal(check.wrongUserName(good), '', good)
  assert.equal(check.wrongUserName('Emil L'), 'Leave out the space. Try emil.l')
  assert.match(check.wrongUserName('emil@home'), /Try emilhome$/)
  assert.match(check.wrongUserName('.emil'), /Try emil$/)
  assert.match(check.wrongUserName('@'), /dashes and underscores\.$/)
})

test('a suggested user name is the first word of the name', () => {
  assert.equal(check.suggestUserName('  Åsa Lindqvist'), 'åsa')
  assert.equal(check.suggestUserName('D’Arcy'), 'darcy')
  assert.equal(check.suggestUserName(''), '')
})

test('e-mail and host names are checked', () => {
  assert.equal(check.wrongEmail('emil@example.com'), '')
  assert.notEqual(check.wrongEmail('emil example.com'), '')
  for (const good of ['hearth', 'a', 'my-home2']) assert.equal(check.wrongHostName(good), '', good)
  for (const bad of ['Hearth', '-a', 'a-', 'a.b', 'a'.repeat(64)]) assert.notEqual(check.wrongHostName(bad), '', bad)
})

test('dark is the same for the system and for the owner', () => {
  const css = readFileSync(`${root}/src/tokens.css`, 'utf8')
  const block = (/** @type {RegExp} */ start) => {
    const body = css.slice(css.search(start)).match(/\{([^{}]*)\}/)?.[1] ?? ''
    return body.split(';').map((line) => line.trim()).filter(Boolean)
  }
  const system = block(/:root:not\(\[data-theme="light"\]\)/)
  assert(system.length > 30)
  assert.deepEqual(block(/:root\[data-theme="dark"\]/), system)
})

test('lines of addresses are parted at any white space', () => {
  assert.deepEqual(check.linesOf(' https://a.example/cb\n\n https://b.example/cb\thttps://c.example '), ['https://a.example/cb', 'https://b.example/cb', 'https://c.example'])
})

test('a long address is cut in its middle', () => {
  assert.equal(middle('https://short.example', 40), 'https://short.example')
  const cut = middle('https://hearth.otter-finch.ts.net/.well-known/openid-configuration', 28)
  assert.equal(cut.length, 28)
  assert.equal(cut, 'https://hearth…configuration')
})

test('lists and devices are put into words', () => {
  assert.equal(words.count(1, 'person', 'people'), '1 person')
  assert.equal(words.count(3, 'person', 'people'), '3 people')
  assert.equal(words.sentence([]), '')
  assert.equal(words.sentence(['a', 'b', 'c']), 'a, b and c')
  assert.equal(words.deviceName('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'), 'Safari on macOS')
  assert.equal(words.deviceName('Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'), 'Chrome on Android')
  assert.equal(words.deviceName(''), 'Unknown browser')
})
