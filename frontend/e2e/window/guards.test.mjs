// What keeps people from being locked out: ends of key and certificate, the tailnet that signs in through this issuer, keeping awake, and leaving the tailnet.
// The states of the tailnet are put into the answers of Go, since joining one needs a network; the answers to questions and what follows from them are real.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {Record<string, unknown>} */
let tunnel = {}
/** @type {Record<string, any>} */
let guard = {}
/** @type {Record<string, unknown>} */
let over = {}
const day = 24 * 3600_000
const on = { state: 'online', hostName: 'hearth', dnsName: 'hearth.otter-finch.ts.net', url: 'https://hearth.otter-finch.ts.net', account: 'nora@github', online: true, funnel: true, problem: '' }
const machine = 'https://login.tailscale.com/admin/machines/100.64.0.7'

before(async () => {
  w = await Window.open()
  await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: '' })
  await w.call('StartTrial', 0)
  over = { pin: { mode: 'funnel', issuer: on.url, rpId: on.dnsName, hostName: on.dnsName, pinnedAt: 1 }, state: 'online_public', problem: '', ownerReady: true }
  await w.page.route('**/call/Status', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    await route.fulfill({ response: answer, json: { result: { ...result, ...over, tunnel: { ...result.tunnel, ...tunnel }, guard: { ...result.guard, ...guard } } } })
  })
})
after(async () => {
  await w.page.unrouteAll({ behavior: 'wait' }) // an answer may be on its way still
  await w.close()
})

const changed = () => w.page.evaluate(() => void window.dispatchEvent(new Event('focus')))
const region = (/** @type {string} */ name) => w.page.getByRole('region', { name })

test('the question is asked on the Overview, and answered once', async () => {
  tunnel = on
  guard = { ask: true, oneClick: ['Immich', 'Forgejo'] }
  await w.load('overview')
  const card = region('Do people sign in to Tailscale itself through this issuer?')
  await card.getByText('Immich and Forgejo lose sign-in with one click').waitFor()
  await w.accessibleInBoth()
  await card.getByRole('radio', { name: /^No, they sign in/ }).click()
  await w.says(/Noted\. Change it in Settings/)
  assert.equal((await w.call('Status')).carrier, 'no')
  guard = { ask: false }
  await changed()
  await card.waitFor({ state: 'detached' })
})

test('yes brings a checklist', async () => {
  guard = { machine, oneClick: [] }
  tunnel = { ...on, keyExpiry: Date.now() + 90 * day }
  await w.go('settings')
  const card = region('Tailscale through this issuer')
  await card.getByRole('radio', { name: /^Yes, Tailscale asks this issuer/ }).click()
  await card.getByText('From then on nobody gets in, to Tailscale neither.').waitFor()
  await card.getByText('Safest: a tailnet of its own').waitFor()
  await card.getByRole('button', { name: "Machine's page" }).click()
  await eventually(async () => (await w.desk()).opened.includes(machine))
  await w.accessibleInBoth()
  const admin = card.getByRole('checkbox', { name: 'An admin signs in to Tailscale with a passkey' })
  await admin.click()
  await w.says(/Passkey admin noted/)
  assert.equal((await w.call('Status')).guard.passkeyAdmin, true)
  tunnel = { ...on, keyExpiry: 0, tagged: true }
  await changed()
  await card.getByText('The node is tagged, and its key does not expire').waitFor()
  assert.equal(await card.getByRole('button', { name: "Machine's page" }).count(), 0)
})

test('an ending key is shown with the ways to mend it', async () => {
  const ends = Date.now() + 6.5 * day
  tunnel = { ...on, keyExpiry: ends, certExpiry: Date.now() + 60 * day }
  guard = { machine, key: { ends, level: 'danger', title: 'The node key expires in 7 days', detail: 'From then on nobody outside this machine can sign in.' }, certificate: { ends: Date.now() + 60 * day, level: '', title: '', detail: '' } }
  await w.load('settings')
  const card = region('Keys and certificates of the node')
  await card.getByText('The node key expires in 7 days.').waitFor()
  await card.getByText(/^Expires on .*, in 7 days$/).waitFor()
  await card.getByText(/^To .*, in 60 days$/).waitFor()
  await w.accessibleInBoth()
  await card.getByRole('button', { name: 'Log in again' }).click()
  await w.says(/not in a tailnet yet/) // Go has no node here
  tunnel = { ...tunnel, loginURL: 'https://login.tailscale.com/a/1a2b3c4d5e' }
  await changed()
  await card.getByRole('img', { name: /QR code/ }).waitFor()
  await card.getByRole('button', { name: 'Open the sign-in page' }).click()
  await eventually(async () => (await w.desk()).opened.includes('https://login.tailscale.com/a/1a2b3c4d5e'))
  await w.accessible()
})

test('a key without an end asks for nothing', async () => {
  tunnel = { ...on, keyExpiry: 0, loginURL: '' }
  guard = {}
  await w.load('settings')
  const card = region('Keys and certificates of the node')
  await card.getByText('Does not expire').waitFor()
  assert.equal(await card.getByRole('button').count(), 0)
})

test('keeping awake is switched, and says what comes of it', async () => {
  await w.go('settings')
  const card = region('Keep awake')
  await card.getByText('Closing the lid still sends most laptops to sleep.', { exact: false }).waitFor()
  const box = card.getByRole('checkbox', { name: 'Keep this computer awake while it is plugged in' })
  assert.equal(await box.isChecked(), false)
  await box.click()
  await card.getByRole('status').waitFor() // what this machine answers: it holds, or says why it cannot
  assert.equal((await w.call('Status')).awake.on, true)
  over = { ...over, awake: { on: true, state: 'battery', detail: 'On battery: this computer may go to sleep. Plugged in, it stays awake again.' } }
  await changed()
  await card.getByText('On battery').waitFor()
  await w.accessibleInBoth()
  delete over['awake']
  await changed()
  await box.click()
  await card.getByRole('status').waitFor({ state: 'detached' })
  assert.equal((await w.call('Status')).awake.on, false)
})

test('logging out says what it breaks, and wants the name typed where Tailscale depends on it', async () => {
  await w.page.route('**/call/LogOutEffects', (route) =>
    route.fulfill({ json: { result: { typed: on.dnsName, lines: ['People sign in to Tailscale itself through this issuer.', '2 people and 1 app lose sign-in.'] } } }),
  )
  let left = 0
  await w.page.route('**/call/LogOutTailnet', (route) => (left++, route.fulfill({ json: { result: null } })))
  await w.button('Log out').click()
  const dialog = w.page.getByRole('alertdialog')
  await dialog.getByText('2 people and 1 app lose sign-in.').waitFor()
  const go = dialog.getByRole('button', { name: 'Log out' })
  assert.equal(await go.isDisabled(), true)
  await dialog.getByRole('textbox').fill('hearth.otter-finch')
  assert.equal(await go.isDisabled(), true)
  await w.accessibleInBoth()
  await dialog.getByRole('textbox').fill(on.dnsName)
  await go.click()
  await w.says(/Logged out of the tailnet/)
  assert.equal(left, 1)
})
