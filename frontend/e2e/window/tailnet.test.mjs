// How the pages tell the states of a tailnet. The state alone is put into the answers of Go, since joining one needs a network; all else is real.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {Record<string, unknown>} */
let tunnel = {}
/** @type {Record<string, unknown>} */
let over = {}
/** @type {Record<string, unknown>[] | undefined} what Doctor answers instead of Go */
let doctor
before(async () => {
  w = await Window.open()
  await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: '' })
  await w.page.route('**/call/Status', async (route) => {
    const answer = await route.fetch()
    const said = await answer.json()
    const result = { ...said.result, ...over, tunnel: { ...said.result.tunnel, ...tunnel } }
    await route.fulfill({ response: answer, json: { result } })
  })
  await w.page.route('**/call/Doctor', (route) => (doctor ? route.fulfill({ json: { result: { checks: doctor } } }) : route.continue()))
  await w.load()
})
after(() => w.close())

const heading = (/** @type {string} */ name) => w.page.getByRole('heading', { level: 1, name }).waitFor()
const on = { hostName: 'hearth', dnsName: 'hearth.otter-finch.ts.net', url: 'https://hearth.otter-finch.ts.net', account: 'nora@github', online: true, funnel: true }
const names = { sign_in: 'Sign in to Tailscale and connect this machine', join: 'Join the tailnet', certificate: 'Certificate', funnel: 'Funnel', public: 'Reached from the internet' }
/**
 * The steps as Go tells them: done before the one that is under way or stopped, waiting after it.
 * @param {string} at
 * @param {'now' | 'stopped' | 'done'} state
 * @param {{title?: string, detail?: string, link?: string, open?: string}} [says]
 */
function steps(at, state, says) {
  const keys = Object.keys(names)
  return Object.entries(names).map(([key, title], i) => {
    const where = i - keys.indexOf(at)
    const step = { key, title, state: where < 0 ? 'done' : where > 0 ? 'waiting' : state, detail: '', link: '', open: '' }
    return where === 0 ? { ...step, ...says } : step
  })
}
/** The page reads again, as after any change. */
const changed = () => w.page.evaluate(() => void window.dispatchEvent(new Event('focus')))

test('the sign-in page is shown with link, copy and QR', async () => {
  tunnel = { state: 'starting', hostName: 'hearth' }
  over = { connect: steps('sign_in', 'now') }
  await changed()
  await w.page.getByRole('list', { name: 'Progress' }).waitFor()
  await w.accessible()
  tunnel = { state: 'needs_login', hostName: 'hearth', loginURL: 'https://login.tailscale.com/a/1a2b3c4d5e' }
  over = { connect: steps('sign_in', 'now', { detail: 'Use the account', link: 'https://login.tailscale.com/a/1a2b3c4d5e', open: 'Open the sign-in page' }) }
  await changed()
  await w.page.getByText('Sign in to Tailscale and connect this machine').waitFor()
  await w.page.getByRole('img', { name: /QR code/ }).waitFor()
  await w.copies('Copy link', 'https://login.tailscale.com/a/1a2b3c4d5e')
  await w.accessibleInBoth()
  await w.button('Open the sign-in page').click()
  await eventually(async () => (await w.desk()).opened.includes('https://login.tailscale.com/a/1a2b3c4d5e'))
})

for (const [state, at, opens, missing] of /** @type {const} */ ([
  ['needs_approval', 'join', 'Open the machines page', false],
  ['needs_https', 'certificate', 'Switch on HTTPS', true],
  ['needs_funnel', 'funnel', 'Allow Funnel', true],
  ['key_expired', 'sign_in', 'Open the sign-in page', false],
])) {
  test(`${state} says what to do`, async () => {
    tunnel = { ...on, state }
    over = { connect: steps(at, 'stopped', { detail: `What to do about ${state}.`, link: 'https://login.tailscale.com/admin/x', open: opens }) }
    doctor = [{ key: 'funnel_attr', state: 'missing', title: 'The policy lacks something', detail: 'Paste this.', page: 'https://login.tailscale.com/admin/acls/file', snippet: '"nodeAttrs": []' }]
    await changed()
    const now = w.page.locator('[aria-current=step]').filter({ hasText: `What to do about ${state}.` })
    await now.getByText('Stopped:').waitFor({ state: 'attached' })
    await w.button(opens).click()
    await eventually(async () => (await w.desk()).opened.includes('https://login.tailscale.com/admin/x'))
    const lacks = w.page.getByRole('region', { name: 'What is missing' })
    assert.equal(await lacks.count(), missing ? 1 : 0)
    if (missing) await w.copies('Copy policy text', '"nodeAttrs": []')
    await w.accessibleInBoth()
    if (!missing) return
    doctor = [] // granted: it goes by itself
    await changed()
    await lacks.waitFor({ state: 'detached' })
  })
}

test('an OAuth client secret asks for tags', async () => {
  over = { connect: [] }
  tunnel = { state: 'off', hostName: '' }
  await w.load()
  await w.button('Continue with Tailscale').click().catch(() => undefined)
  await heading('Connect to your tailnet')
  assert.equal(await w.page.getByLabel('Host name').inputValue(), 'lindqvist-home')
  const tags = w.page.getByLabel('Tags')
  await w.page.getByLabel('Key (optional)').fill('tskey-auth-x')
  assert.equal(await tags.count(), 0)
  await w.page.getByLabel('Key (optional)').fill('tskey-client-x')
  await tags.fill('id')
  await tags.blur()
  await w.page.getByText('id is no tag.').waitFor()
  await w.accessibleInBoth()
  await tags.fill('')
  await w.button('Connect').click()
  await w.page.getByText('An OAuth client secret joins as a tagged machine only.').waitFor() // as Go says it
})

test('the name is confirmed before it counts', async () => {
  tunnel = { ...on, state: 'needs_name' }
  await changed()
  await heading('Confirm the host name')
  await w.page.getByText('This name cannot change later.').waitFor()
  await w.page.getByText('https://hearth.otter-finch.ts.net', { exact: true }).waitFor()
  await w.accessibleInBoth()
  await w.button('Use hearth.otter-finch.ts.net').click()
  await w.page.getByRole('alert').waitFor() // Go knows of no such tailnet, and the page says so
  tunnel = { ...on, state: 'needs_name', dnsName: 'hearth-1.otter-finch.ts.net' }
  await changed()
  await w.page.getByText('The tailnet did not give the name hearth').waitFor()
  tunnel = { ...tunnel, collision: { name: 'hearth.otter-finch.ts.net', os: 'windows', owner: 'emil@github', online: true, lastSeen: 0 } }
  await changed()
  const taken = w.page.getByRole('region', { name: 'Another machine has the name' })
  await taken.getByText('Another machine is called hearth').waitFor()
  await taken.getByText('Windows, of emil@github').waitFor()
  await w.accessibleInBoth()
  let asked = 0
  await w.page.route('**/call/TakeBackName', (route) => (asked++, (tunnel = { ...tunnel, takingBack: true }), route.fulfill({ json: { result: null } })))
  await w.button('Take hearth back').click()
  await taken.getByText('Remove or rename the other one.').waitFor()
  assert.equal(asked, 1)
  await w.button('Use another name').click()
  await heading('Connect to your tailnet')
})

test('a phone can make the passkey once the host can be reached', async () => {
  await w.call('StartTrial', 0).catch(() => undefined)
  over = { pin: { mode: 'funnel', issuer: on.url, rpId: on.dnsName, hostName: on.dnsName, pinnedAt: 1 }, state: 'starting', phoneInvite: true }
  over = { ...over, connect: steps('certificate', 'now', { detail: 'Being fetched.' }) }
  tunnel = { ...on, state: 'fetching_certificate' }
  await w.load()
  await heading('Make your passkey')
  await w.page.getByText('Being fetched.').waitFor()
  assert.equal(await w.button('Open in my browser').isDisabled(), true)
  tunnel = { ...on, state: 'online' }
  await changed()
  await w.page.getByText('The page shows a QR code too').waitFor()
  await w.accessible()
})

test('Overview tells what was measured, and never more', async () => {
  over = { ...over, ownerReady: true, state: 'online_public', problem: '' }
  const reach = w.page.getByRole('region', { name: 'Reachability' })
  const look = (/** @type {Record<string, unknown>} */ tailnet, /** @type {Record<string, unknown>} */ open) => {
    over = { ...over, reach: [{ network: 'local', state: 'off' }, { network: 'tailnet', ...tailnet }, { network: 'public', ...open }] }
  }
  const now = Date.now()
  await w.page.route('**/call/ReachHistory', (route) => route.fulfill({ json: { result: pastMonth(now) } }))
  tunnel = { ...on, state: 'online', certExpiry: Date.now() + 60 * 24 * 3600_000, keyExpiry: Date.now() + 14 * 24 * 3600_000 }
  await w.load('overview')
  look({ state: 'up', took: 12e6, checkedAt: now, since: now }, { state: 'unknown' })
  over = { ...over, state: 'starting' }
  await changed()
  await reach.getByText('Not checked yet').waitFor()
  await w.page.getByRole('navigation').getByText('Checking').last().waitFor()
  await reach.getByText(/^Node key to/).waitFor()

  look({ state: 'up', took: 12e6, checkedAt: now, since: now }, { state: 'up', took: 214e6, checkedAt: Date.now(), since: now })
  over = { ...over, state: 'online_public' }
  await changed()
  await reach.getByText(/^Answered in 214 ms, \d+ s ago$/).waitFor()
  await reach.getByText('Reachable 99.9 % of the 11 d 12 h measured; closed 1 time, at most for 14 min').waitFor()
  await reach.getByRole('img', { name: /^Public: Reachable/ }).focus()
  await w.page.keyboard.press('ArrowLeft')
  await reach.getByText(/: Reachable 12 h$/).first().waitFor()
  assert.equal(await reach.getByRole('table').getByRole('row').count(), 13)
  await w.accessibleInBoth()

  look({ state: 'up', took: 12e6, checkedAt: now, since: now }, { state: 'down', checkedAt: now, since: now, problem: 'The relay does not pass visitors on.' })
  over = { ...over, state: 'attention', problem: 'The relay does not pass visitors on.' }
  await changed()
  await reach.getByText(/^Nobody gets in since/).waitFor()
  await reach.getByText('The relay does not pass visitors on.').waitFor()
  /** @type {unknown} */
  let asked
  await w.page.route('**/call/CheckReach', async (route) => {
    asked = route.request().postDataJSON()
    await route.fulfill({ json: { result: await w.call('Status') } })
  })
  await w.button('Check now').click()
  await w.says(/Looked at every way in/)
  assert.deepEqual(asked, [])

  look({ state: 'up', took: 12e6, checkedAt: now, since: now }, { state: 'paused', took: 30e6, checkedAt: now, since: now })
  over = { ...over, state: 'paused', problem: '' }
  await changed()
  await reach.getByText(/^Paused\. Answered in 30 ms/).waitFor()
  await w.page.getByRole('navigation').getByText('Paused').last().waitFor()
  await w.accessible()
})

/** Twelve days with the machine on, one of them with an outage. */
function pastMonth(/** @type {number} */ now) {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const days = Array.from({ length: 30 }, (_, i) => {
    const at = new Date(midnight).setDate(new Date(midnight).getDate() - 29 + i)
    const down = i === 22 ? 840 : 0
    return i < 18 ? { at, up: 0, down: 0, paused: 0, outages: 0 } : { at, up: i === 29 ? 43200 : 24 * 3600 - down, down, paused: 0, outages: down ? 1 : 0 }
  })
  const up = days.reduce((n, d) => n + d.up, 0)
  return { from: days[0]?.at, until: now, ways: [{ network: 'public', up, down: 840, paused: 0, outages: 1, longest: 840, days }] }
}

test('who can reach it is switched in Settings', async () => {
  await w.go('settings')
  await w.page.getByText('Everyone, through Funnel').waitFor()
  /** @type {unknown} */
  let sent
  await w.page.route('**/call/SetFunnel', async (route) => {
    sent = route.request().postDataJSON()
    tunnel = { ...tunnel, funnel: false }
    await route.fulfill({ json: { result: await w.call('Status') } })
  })
  await w.page.getByRole('radio', { name: 'Tailnet only' }).click()
  await w.says(/Open to the tailnet only/)
  assert.deepEqual(sent, [false])
  await w.page.getByText('Only devices in your tailnet.').waitFor()
  await w.accessibleInBoth()
})

test('Settings says what is wrong and the way out', async () => {
  over = { ...over, state: 'attention', problem: 'The tailnet now calls this machine oak.', connect: steps('join', 'stopped', { title: 'The tailnet gives this machine another name', link: 'https://login.tailscale.com/admin/machines', open: 'Open the machines page' }) }
  tunnel = { ...on, state: 'name_mismatch', dnsName: 'oak.otter-finch.ts.net', pinnedURL: on.url, problem: 'The tailnet now calls this machine oak.' }
  await w.go('overview')
  await changed()
  await w.page.getByText('The tailnet now calls this machine oak.').waitFor()
  await w.page.getByRole('link', { name: 'Open Settings' }).first().click()
  await w.page.getByText('The tailnet gives this machine another name').first().waitFor()
  await w.button('Open the machines page').waitFor()
  await w.accessibleInBoth()
  await w.button('Log out').click()
  await w.page.getByRole('alertdialog').getByText('The trial goes on.').waitFor() // Go has the trial pinned
  await w.button('Stay logged in').click()
})
