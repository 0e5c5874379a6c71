// The window for tests: the built page and the real bound methods, served by the app's test bridge, shown in Chromium.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const program = process.env['HEARTHKEY_BRIDGE'] ?? new URL('../../../build/cache/bin/hearthkey-bridge', import.meta.url).pathname

/**
 * @typedef {object} Looks
 * @property {number} [width]
 * @property {number} [height]
 * @property {'light' | 'dark'} [scheme]
 */

export class Window {
  /** @type {string[]} what the page must never say: errors, and what its policy blocked */
  faults = []

  /**
   * @param {import('node:child_process').ChildProcess} process
   * @param {string} parent
   * @param {{url: string, token: string}} bridge
   * @param {import('playwright-core').Browser} browser
   * @param {import('playwright-core').BrowserContext} context
   * @param {import('playwright-core').Page} page
   */
  constructor(process, parent, bridge, browser, context, page) {
    this.process = process
    this.parent = parent
    this.bridge = bridge
    this.browser = browser
    this.context = context
    this.page = page
    page.on('pageerror', (err) => this.faults.push(`page: ${err.message}`))
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && this.faults.push(`console: ${m.text()}`))
  }

  /**
   * A fresh data directory behind a fresh page, on which nothing is set up.
   * @param {Looks} [looks]
   */
  static async open({ width = 1180, height = 760, scheme = 'light' } = {}) {
    const parent = await mkdtemp(join(tmpdir(), 'hearthkey-window-'))
    const child = spawn(program, ['--bridge'], { env: { ...process.env, HEARTHKEY_DATA: join(parent, 'data') }, stdio: ['ignore', 'pipe', 'inherit'] })
    process.once('exit', () => child.kill()) // also when a test throws before it closes
    const bridge = await firstLine(child)
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' })
    context.setDefaultTimeout(10_000)
    return new Window(child, parent, bridge, browser, context, await context.newPage())
  }

  async close() {
    await this.browser.close()
    this.process.kill('SIGTERM')
    if (this.process.exitCode === null) await new Promise((done) => this.process.once('exit', done))
    await rm(this.parent, { recursive: true })
    assert.deepEqual(this.faults, [])
  }

  /**
   * Loads the page at an address of its own, such as "users".
   * @param {string} [path]
   */
  async load(path = '') {
    await this.page.goto('about:blank')
    await this.page.goto(`${this.bridge.url}?token=${this.bridge.token}#/${path}`)
    await this.page.getByRole('heading', { level: 1 }).waitFor()
  }

  /**
   * Goes to an address of the window within the page that is there.
   * @param {string} path
   */
  async go(path) {
    await this.page.evaluate((to) => void (location.hash = `#/${to}`), path)
  }

  /**
   * Calls a bound method, as the page would.
   * @param {string} method
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  async call(method, ...args) {
    const answer = await fetch(`${this.bridge.url}call/${method}`, { method: 'POST', headers: { 'X-Bridge-Token': this.bridge.token }, body: JSON.stringify(args) })
    const said = /** @type {{result?: unknown, error?: string}} */ (await answer.json())
    if (said.error !== undefined) throw new Error(said.error)
    return said.result
  }

  /**
   * What the desktop was told: clipboard, opened addresses.
   * @returns {Promise<{clipboard: string, opened: string[], visible: boolean, tray: string}>}
   */
  async desk() {
    const answer = await fetch(`${this.bridge.url}desk`, { headers: { 'X-Bridge-Token': this.bridge.token } })
    return /** @type {any} */ (await answer.json())
  }

  /** The owner and the trial, without the owner's passkey; the page is loaded and past its set-up. */
  async settle() {
    await this.trial()
    await this.load('overview')
    await this.page.getByRole('button', { name: 'Do this later' }).click()
    await this.page.getByRole('heading', { name: 'Overview' }).waitFor()
  }

  async trial() {
    const owner = await this.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: 'nora@lindqvist.example' })
    const port = await freePort()
    await this.call('StartTrial', port)
    return owner
  }

  /**
   * Enrols a passkey by an invite link, in another page with a security key of its own.
   * @param {string} url
   */
  async enrol(url) {
    const page = await this.context.newPage()
    const devtools = await this.context.newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    })
    await page.goto(url)
    await page.getByRole('button', { name: 'Create my passkey' }).click()
    await page.waitForURL((at) => !at.pathname.includes('invite'))
    await page.close()
  }

  /** Fails on anything that axe finds on the page as it is now. */
  async accessible() {
    await this.page.evaluate(axeSource)
    const found = await this.page.evaluate(async () => {
      // @ts-expect-error axe was put on the page just now
      const { violations } = await axe.run(document, { resultTypes: ['violations'] })
      return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.html.slice(0, 200)).join(' | ')}`)
    })
    assert.deepEqual(found, [], `on ${this.page.url().replace(/.*#/, '#')}`)
  }

  /** axe in the light and in the dark. */
  async accessibleInBoth() {
    for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
      await this.page.emulateMedia({ colorScheme })
      await this.accessible()
    }
  }

  /**
   * @param {string} name
   * @returns {import('playwright-core').Locator}
   */
  button(name, exact = true) {
    return this.page.getByRole('button', { name, exact })
  }

  /**
   * Waits for a toast with these words.
   * @param {RegExp} words
   */
  async says(words) {
    await this.page.getByRole('button', { name: 'Close message' }).locator('..').filter({ hasText: words }).waitFor()
  }

  /**
   * Presses a button that copies, and waits for what it put on the clipboard.
   * @param {string} name
   * @param {string | RegExp} want
   */
  async copies(name, want) {
    await this.button(name).click()
    await eventually(async () => {
      const { clipboard } = await this.desk()
      return typeof want === 'string' ? clipboard === want : want.test(clipboard)
    })
    return (await this.desk()).clipboard
  }

  /**
   * Chooses from a panel's or a line's menu.
   * @param {string} menu
   * @param {string} item
   */
  async choose(menu, item) {
    await this.button(menu).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{url: string, token: string}>}
 */
async function firstLine(child) {
  assert(child.stdout)
  const ended = new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code} before it served`)))
  })
  ended.catch(() => undefined)
  const line = new Promise((resolve) => createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) }).once('line', resolve))
  return JSON.parse(/** @type {string} */ (await Promise.race([line, ended])))
}

/**
 * Waits until something outside the page is so.
 * @param {() => Promise<boolean>} is
 */
export async function eventually(is) {
  for (const end = Date.now() + 10_000; !(await is()); await new Promise((next) => setTimeout(next, 20))) {
    assert(Date.now() < end, `not so within 10 s: ${is}`)
  }
}

/** A port that is free on this machine now. @returns {Promise<number>} */
export async function freePort() {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  await new Promise((done) => server.close(done))
  return port
}
