// A host name that the tailnet gave away: what the window says, how the name comes back, and the move on purpose. The tailnet's side is put into the answers of Go; all else is real.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

const old = 'id.tail1234.ts.net'
const fresh = 'id-1.tail1234.ts.net'
/** @type {Window} */
let w
/** @type {Record<string, unknown>} */
let over = {}
/** @type {unknown[]} */
let sent = []

const mismatch = { host: old, name: fresh, kind: 'suffix', page: 'https://login.tailscale.com/admin/machines', passkeys: 14, people: 5, apps: 3 }
const pin = (/** @type {string} */ host) => ({ mode: 'funnel', issuer: `https://${host}`, rpId: host, hostName: host, pinnedAt: 1 })
const person = (/** @type {string} */ name, /** @type {string} */ email, owner = false) => ({ id: `usr_${name}`, name, userName: name.toLowerCase(), email, owner, passkeys: 2 })
const plan = {
  from: pin(old), to: pin(fresh), keep: 0, lost: true, mostDays: 7,
  people: [person('Nora Lindqvist', 'nora@lindqvist.example', true), person('Emil Lindqvist', 'emil@lindqvist.example'), person('Sara Holm', ''), person('Tove Berg', 'tove@berg.example')],
  apps: [{ id: 'a1', name: 'Tailscale', tailnet: true }, { id: 'a2', name: 'Forgejo', tailnet: false }, { id: 'a3', name: 'Immich', tailnet: false }],
}
const invites = plan.people.map((p, i) => ({ userId: p.id, name: p.name, userName: p.userName, email: p.email, owner: p.owner, url: `https://${fresh}/invite/k7q2m${i}xw4hz9c3t8v5n6b1r0`, expiresAt: Date.now() + 3 * 24 * 3600_000 }))

const changed = () => w.page.evaluate(() => void window.dispatchEvent(new Event('focus')))

before(async () => {
  w = await Window.open()
  await w.settle()
  await w.page.route('**/call/Status', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    await route.fulfill({ response: answer, json: { result: { ...result, ...over, tunnel: { ...result.tunnel, .../** @type {object} */ (over['tunnel'] ?? {}) } } } })
  })
  await w.page.route('**/call/MovePlan', (route) => route.fulfill({ json: { result: plan } }))
  for (const method of ['TakeBackName', 'MailInvite', 'ForgetHost']) {
    await w.page.route(`**/call/${method}`, async (route) => {
      sent.push([method, route.request().postDataJSON()])
      await route.fulfill({ json: { result: null } })
    })
  }
  await w.page.route('**/call/MoveIssuer', async (route) => {
    sent.push(['MoveIssuer', route.request().postDataJSON()])
    over = { ...over, mismatch: null, pin: pin(fresh), state: 'online_public', problem: '', stranded: 3, former: [{ host: old, leftAt: Date.now(), passkeys: 14, people: 3, state: 'down', checkedAt: Date.now(), problem: '' }], tunnel: { state: 'online', dnsName: fresh, url: `https://${fresh}`, funnel: true, online: true } }
    await route.fulfill({ json: { result: { status: { ...(await w.call('Status')), ownerReady: true }, invites } } })
  })
  over = {
    pin: pin(old), ownerReady: true, state: 'attention', problem: `The tailnet now calls this machine ${fresh}.`, mismatch,
    tunnel: { state: 'name_mismatch', hostName: 'id', dnsName: fresh, url: `https://${fresh}`, pinnedURL: `https://${old}`, account: 'nora@github', online: true, funnel: true, collision: { name: old, os: 'linux', owner: 'nora@github', online: false, lastSeen: Date.now() - 3 * 24 * 3600_000 } },
  }
})
after(() => w.close())

test('Overview says what belongs to the name that is gone', async () => {
  await w.go('overview')
  await changed()
  const card = w.page.getByRole('region', { name: 'The host name has changed' })
  await card.getByText('14 passkeys of 5 people and 3 apps belong to').waitFor()
  await w.accessibleInBoth()
  await card.getByRole('button', { name: 'Take back the name' }).click()
})

test('the name is asked for, and the dialog closes when it is back', async () => {
  const dialog = w.page.getByRole('dialog', { name: `Take back ${old}` })
  await dialog.getByText(/last seen/).waitFor()
  assert.equal(await w.page.evaluate(() => document.activeElement?.textContent?.trim()), 'Close', 'Enter moves nothing')
  await w.accessibleInBoth()
  await w.button('Open the machines page').click()
  await eventually(async () => (await w.desk()).opened.includes('https://login.tailscale.com/admin/machines'))
  await w.button('Ask for id').click()
  await dialog.getByText(`Waiting for ${old}`).waitFor()
  assert.deepEqual(sent, [['TakeBackName', []]])
  const before = over
  try {
    // going back takes the browser a moment, in which the status is read again: that must not go back twice
    await w.page.evaluate(() => {
      const back = history.back.bind(history)
      history.back = () => void Object.assign(window, { backs: [...(Reflect.get(window, 'backs') ?? []), back] })
    })
    over = { ...over, mismatch: null, state: 'online_public', problem: '', tunnel: { .../** @type {object} */ (before['tunnel']), dnsName: old, state: 'online' } }
    await changed()
    await w.says(/is back/)
    const again = w.page.waitForResponse('**/call/Status')
    await changed()
    await (await again).finished()
    assert.equal(await w.page.evaluate(() => {
      const backs = Reflect.get(window, 'backs')
      backs.forEach((/** @type {() => void} */ back) => back())
      Reflect.deleteProperty(history, 'back')
      return backs.length
    }), 1)
    await dialog.waitFor({ state: 'detached' })
    await w.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  } finally {
    over = before
  }
})

test('a move is planned, typed and ends in the list', async () => {
  sent = []
  await w.load('settings') // wherever the test before it ended
  await w.go('settings/move')
  const dialog = w.page.getByRole('dialog', { name: `Move to ${fresh}` })
  await dialog.getByText('Tailscale signs a whole tailnet in here.').waitFor()
  await dialog.getByText('4 people need a new passkey').waitFor()
  await w.accessibleInBoth()
  await w.button('Prepare 3 invites').click()
  assert.deepEqual(sent, [])
  const go = w.button('Move the issuer')
  assert.equal(await go.isDisabled(), true)
  await dialog.getByLabel(`Type ${fresh} to move`).fill(fresh)
  await w.accessibleInBoth()
  await go.click()
  await w.page.getByRole('dialog', { name: 'Links for new passkeys' }).waitFor()
  assert.deepEqual(sent, [['MoveIssuer', [{ to: fresh, confirm: fresh, days: 3, domain: { hostName: '', listen: '', proxies: [] } }]]])
})

test('each link is copied or sent, and the list is printed without the window', async () => {
  sent = []
  await w.copies('Copy the link of Sara Holm', invites[2]?.url ?? '')
  assert.equal(await w.button('Send to Sara Holm').isDisabled(), true)
  await w.button('Send to Emil Lindqvist').click()
  await w.page.getByText('Sent', { exact: true }).waitFor()
  assert.deepEqual(sent, [['MailInvite', ['usr_Emil Lindqvist', invites[1]?.url]]])
  await w.accessibleInBoth()
  await w.page.evaluate(() => void Object.assign(window, { print: () => (document.title = 'printed') }))
  await w.button('Print the list').click()
  await eventually(async () => (await w.page.title()) === 'printed')
  await w.page.emulateMedia({ media: 'print' })
  assert.equal(await w.page.locator('.sheet').isVisible(), true)
  assert.equal(await w.page.locator('.sheet svg').count(), 3)
  assert.equal(await w.button('Print the list').isVisible(), false)
  await w.page.emulateMedia({ media: null })
  await w.button('Done').click()
})

test('Settings tells whether the former address leads here', async () => {
  await w.page.getByText(/It does not lead here any more/).waitFor()
  await w.accessibleInBoth()
  await w.button(`Give up ${old}`, false).click()
  await w.page.getByRole('alertdialog').getByText('14 passkeys there can never be used here again.').waitFor()
  await w.button('Keep it').click()
})
