// From one way of being reached to another: out of the trial, and between a tailnet name and a domain of the owner's own. The tailnet's side is put into the answers of Go.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freePort, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {Record<string, unknown>} */
let over = {}
before(async () => {
  w = await Window.open()
  await w.settle()
  await w.page.route('**/call/Status', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    await route.fulfill({ response: answer, json: { result: { ...result, ...over, tunnel: { ...result.tunnel, .../** @type {object} */ (over['tunnel'] ?? {}) } } } })
  })
})
after(() => w.close())

const changed = () => w.page.evaluate(() => void window.dispatchEvent(new Event('focus')))
const dialog = (/** @type {string} */ name) => w.page.getByRole('dialog', { name })
const node = 'hearth.otter-finch.ts.net'
const online = { state: 'online', hostName: 'hearth', dnsName: node, url: `https://${node}`, account: 'nora@github', online: true, funnel: true }

test('the list beside Settings leads to each section, at an address of its own', async () => {
  await w.go('settings')
  const sections = w.page.getByRole('navigation', { name: 'Sections of Settings' })
  await sections.getByRole('link', { name: 'This computer' }).click()
  await w.page.waitForFunction(() => location.hash === '#/settings?at=machine' && document.activeElement?.id === 'settings-machine')
  assert.equal(await w.page.evaluate(() => [...document.querySelectorAll('body, #app, #app > *')].some((e) => e.scrollTop > 0) || scrollY > 0), false, 'the frame stays')
  assert.equal(await sections.getByRole('link', { name: 'Tailscale' }).count(), 0)
  await w.accessibleInBoth()
  await w.load('settings?at=tokens')
  await w.button('Do this later').click()
  await w.page.waitForFunction(() => document.activeElement?.id === 'settings-tokens')
})

test('a tailnet name is left for a domain: what it takes comes before anything changes', async () => {
  over = { pin: { mode: 'funnel', issuer: `https://${node}`, rpId: node, hostName: node, pinnedAt: 1 }, state: 'online_public', problem: '', ownerReady: true, tunnel: online }
  /** @type {any[]} */
  const sent = []
  const to = { mode: 'domain', issuer: 'https://id.lindqvist.example', rpId: 'id.lindqvist.example', hostName: 'id.lindqvist.example', pinnedAt: 1 }
  await w.page.route('**/call/MovePlan', (route) =>
    route.fulfill({ json: { result: { from: over['pin'], to, keep: 0, lost: false, mostDays: 7, people: [{ id: 'usr_1', name: 'Emil Lindqvist', userName: 'emil', email: '', owner: false, passkeys: 1 }], apps: [] } } }),
  )
  await w.page.route('**/call/MoveIssuer', async (route) => {
    const [input] = route.request().postDataJSON()
    sent.push(input)
    if (sent.length === 1) return route.fulfill({ json: { error: JSON.stringify({ code: 'conflict', field: 'listen', message: 'Port 1411 of 127.0.0.1 is taken already.', args: { next: '127.0.0.1:1412' } }) } })
    over = { ...over, pin: to, ownerReady: false }
    return route.fulfill({ json: { result: { status: { ...(await w.call('Status')), ownerReady: false }, invites: [] } } })
  })
  await w.go('settings')
  await changed()
  await w.button('Move…').click()
  const own = dialog('Move to your own domain')
  await own.getByLabel('Host name').fill('id.lindqvist.example')
  await w.accessibleInBoth()
  await w.button('Show what it takes').click()
  const go = async () => {
    const plan = dialog('Move to id.lindqvist.example')
    await plan.getByText('1 person needs a new passkey').waitFor()
    await w.button('Prepare 1 invite').click()
    await plan.getByLabel('Type id.lindqvist.example to move').fill('id.lindqvist.example')
    await w.button('Move the issuer').click()
  }
  await go()
  // a port that is taken is said where it is typed, and the next free one stands there
  await own.getByText('Port 1411 of 127.0.0.1 is taken already.').waitFor()
  assert.equal(await own.getByLabel('Hearthkey listens at').inputValue(), '127.0.0.1:1412')
  await w.button('Show what it takes').click()
  await go()
  await w.page.getByRole('heading', { level: 1, name: 'Set up your reverse proxy' }).waitFor()
  assert.deepEqual(sent[1], { to: 'id.lindqvist.example', confirm: 'id.lindqvist.example', days: 3, domain: { hostName: '', listen: '127.0.0.1:1412', proxies: [] } })
  over = {}
})

test('from a domain the node connects first, and then the move is planned', async () => {
  await w.page.unroute('**/call/MovePlan')
  over = { pin: { mode: 'domain', issuer: 'https://id.lindqvist.example', rpId: 'id.lindqvist.example', hostName: 'id.lindqvist.example', pinnedAt: 1 }, ownerReady: true, connect: [] }
  await w.load('settings')
  await w.page.route('**/call/ConnectTailnet', (route) => {
    over = { ...over, tunnel: { ...online, state: 'needs_name' } }
    return route.fulfill({ json: { result: null } })
  })
  await w.page.route('**/call/MovePlan', (route) => route.fulfill({ json: { result: { from: over['pin'], to: { mode: 'funnel', issuer: `https://${node}`, rpId: node, hostName: node, pinnedAt: 1 }, keep: 0, lost: false, mostDays: 7, people: [], apps: [] } } }))
  await w.button('Move…').click()
  await dialog('Connect to your tailnet').waitFor()
  await w.button('Connect').click()
  await dialog(`Move to ${node}`).getByText('Nobody needs a new passkey').waitFor()
  await w.accessibleInBoth()
  await w.button('Stay with id.lindqvist.example').click()
  await dialog(`Move to ${node}`).waitFor({ state: 'detached' })
  over = {}
})

test('the trial is left for a domain, and the lines for the proxy come next', async () => {
  await w.load('settings')
  await w.button('Do this later').click()
  await w.button('Leave the trial').click()
  await dialog('Leave the trial').getByRole('radio', { name: 'On your own domain' }).click()
  await w.button('Continue with your domain').click()
  const own = dialog('Your own domain')
  await own.getByLabel('Hearthkey listens at').fill(`127.0.0.1:${await freePort()}`)
  await own.getByLabel('Host name').fill('id.lindqvist.example')
  await w.accessibleInBoth()
  await w.button('Use id.lindqvist.example').click()
  await w.page.getByRole('heading', { level: 1, name: 'Set up your reverse proxy' }).waitFor()
  assert.equal((await w.call('Status')).pin.issuer, 'https://id.lindqvist.example')
})
