// Who people are in the tailnet: requests that wait for the owner, and the Tailscale login of a person. Both come from devices of a tailnet, so what Go answers of them is made up here; all else is real.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {any} */
let emil
/** @type {Record<string, unknown>[]} the requests that wait */
let waiting = []
/** @type {{people: Record<string, unknown>[], problem: string}} */
let tailnet = { people: [], problem: '' }
/** @type {[string, unknown[]][]} the methods that were called, with what they were given */
const told = []
const minute = 60_000

before(async () => {
  w = await Window.open()
  await w.settle()
  emil = await w.call('CreateUser', { userName: 'emil', name: 'Emil Lindqvist', givenName: '', familyName: '', email: 'emil@lindqvist.example', claims: '', groupIds: [] })
  await w.page.route('**/call/Status', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    await route.fulfill({ response: answer, json: { result: { ...result, approvals: waiting.length, tunnel: { ...result.tunnel, dnsName: 'hearth.otter-finch.ts.net' } } } })
  })
  await w.page.route('**/call/Approvals', (route) => route.fulfill({ json: { result: waiting } }))
  await w.page.route('**/call/TailnetPeople', (route) => route.fulfill({ json: { result: tailnet } }))
  await w.page.route(/call\/(Approve|Deny|LinkTailnetLogin|UnlinkTailnetLogin)$/, async (route) => {
    const args = route.request().postDataJSON()
    const method = route.request().url().replace(/.*\//, '')
    told.push([method, args])
    waiting = waiting.filter((row) => row['id'] !== args[0])
    const userId = { LinkTailnetLogin: args[0], UnlinkTailnetLogin: '' }[method]
    tailnet.people = tailnet.people.map((p) => (userId !== undefined && p['id'] === args.at(-1) ? { ...p, userId } : p))
    await route.fulfill({ json: { result: null } })
  })
})
after(async () => {
  await w.page.unrouteAll({ behavior: 'wait' })
  await w.close()
})

const changed = () => w.page.evaluate(() => void window.dispatchEvent(new Event('focus')))
const panel = () => w.page.getByRole('complementary')
const card = (/** @type {string} */ name) => w.page.getByRole('article', { name: `${name} asks to make a first passkey` })
const approve = (/** @type {string} */ name) => card(name).getByRole('button', { name: 'Approve' })
const asks = (/** @type {string} */ id, /** @type {string} */ userName, /** @type {string} */ node) => ({
  id, kind: 'enrol', userId: emil.id, userName, clientId: 'app_1', clientName: 'Immich', login: `${userName}@github`, node, network: 'tailnet', source: '100.64.0.9',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', createdAt: Date.now() - minute, expiresAt: Date.now() + 9 * minute,
})

/** Waits until the page's own watch of the card has seen it as it stands now: this one began later, so it is told later. */
const watched = (/** @type {string} */ name) =>
  card(name).evaluate((element) => new Promise((seen) => {
    const watch = new IntersectionObserver(() => (watch.disconnect(), seen(undefined)), { threshold: 0.9 })
    watch.observe(element)
  }))

test('a request says who asks, where, and what a yes gives', async () => {
  await w.go('overview')
  assert.equal(await w.page.getByRole('region', { name: 'Approvals' }).count(), 0)
  waiting = [asks('apr_1', 'emil', 'emils-laptop'), asks('apr_2', 'siri', 'siris-phone')]
  await changed()
  for (const words of [/^emils-laptop, Firefox on Linux$/, 'emil@github', /100\.64\.0\.9/, 'Immich', /One passkey, made in that browser/]) await card('emil').getByText(words).waitFor()
  await approve('siri').and(w.page.locator(':enabled')).waitFor()
  await w.accessibleInBoth()
})

test('Approve does nothing until the card has been in view for a second, Deny does at once', async () => {
  waiting = []
  await changed()
  await card('emil').waitFor({ state: 'detached' })
  await w.page.clock.install()
  await w.page.clock.pauseAt(Date.now() + minute)
  waiting = [asks('apr_1', 'emil', 'emils-laptop'), asks('apr_2', 'siri', 'siris-phone')]
  await changed()
  await watched('emil')
  assert.equal(await card('emil').getByRole('button', { name: 'Deny' }).isEnabled(), true)
  await w.page.clock.runFor(999)
  assert.equal(await approve('emil').isDisabled(), true)
  await w.page.clock.runFor(1)
  await approve('emil').and(w.page.locator(':enabled')).waitFor()

  const size = w.page.viewportSize() ?? { width: 1180, height: 760 }
  await w.page.setViewportSize({ ...size, height: 200 }) // the card is cut off
  await approve('emil').and(w.page.locator(':disabled')).waitFor()
  await w.page.setViewportSize(size)
  await watched('emil')
  await w.page.clock.runFor(999)
  assert.equal(await approve('emil').isDisabled(), true, 'the second begins anew')
  assert.deepEqual(told, [])
  await w.page.clock.runFor(1)
  await approve('emil').click()
  await w.says(/emil may make a passkey now/)
  await card('siri').getByRole('button', { name: 'Deny' }).click()
  await w.says(/siri was turned away/)
  assert.deepEqual(told.splice(0), [['Approve', ['apr_1']], ['Deny', ['apr_2']]])
  await w.page.clock.resume()
  await w.page.getByRole('region', { name: 'Approvals' }).waitFor({ state: 'detached' })
})

const person = (/** @type {string} */ id, /** @type {string} */ login, /** @type {object} */ more) => ({ id, login, name: '', nodes: [], seen: true, userId: '', userName: '', linkedAt: 0, suggestedId: '', suggestedName: '', ...more })

test('a login with the same e-mail address is suggested, and linked by the owner alone', async () => {
  tailnet.people = [person('7', 'emil@lindqvist.example', { nodes: ['emils-laptop', 'emils-phone'], suggestedId: emil.id, suggestedName: 'Emil Lindqvist' }), person('8', 'siri@github', {})]
  await w.go(`users/${emil.id}`)
  const logins = panel().getByRole('region', { name: 'Tailscale login' })
  await logins.getByText("in the tailnet has Emil Lindqvist's e-mail address. Devices: emils-laptop and emils-phone.").waitFor()
  assert.deepEqual(told, [])
  await w.accessibleInBoth()
  await logins.getByRole('button', { name: 'Link emil@lindqvist.example to Emil Lindqvist' }).click()
  await logins.getByRole('button', { name: 'Unlink' }).waitFor()
  assert.deepEqual(told.splice(0), [['LinkTailnetLogin', [emil.id, '7']]])
  await w.accessibleInBoth()
})

test('another login is linked by choice, and unlinked after a question', async () => {
  const logins = panel().getByRole('region', { name: 'Tailscale login' })
  await logins.getByRole('button', { name: 'Link a login' }).click()
  const dialog = w.page.getByRole('dialog', { name: 'Tailscale logins of Emil Lindqvist' })
  await dialog.getByText('siri@github').click()
  await w.accessibleInBoth()
  await dialog.getByRole('button', { name: 'Link' }).click()
  await eventually(async () => (await logins.getByRole('button', { name: 'Unlink' }).count()) === 2)
  assert.deepEqual(told.splice(0), [['LinkTailnetLogin', [emil.id, '8']]])

  await logins.getByRole('button', { name: 'Unlink' }).first().click()
  const ask = w.page.getByRole('alertdialog', { name: 'Unlink emil@lindqvist.example?' })
  await ask.getByText('ends now. Passkeys go on working.').waitFor()
  await w.accessibleInBoth()
  await ask.getByRole('button', { name: 'Leave linked' }).click()
  assert.deepEqual(told, [])
  await logins.getByRole('button', { name: 'Unlink' }).first().click()
  await ask.getByRole('button', { name: 'Unlink' }).click()
  await w.says(/emil@lindqvist\.example is nobody's now/)
  assert.deepEqual(told.splice(0), [['UnlinkTailnetLogin', ['7']]])
  await logins.getByRole('button', { name: /^Link emil@/ }).waitFor() // it is suggested anew
})

test('what keeps logins from being read is said', async () => {
  tailnet = { people: [], problem: 'This machine is not in a tailnet yet. Connect it first.' }
  await changed()
  await panel().getByText('This machine is not in a tailnet yet.').waitFor()
})
