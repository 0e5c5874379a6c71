// The guide that signs a tailnet up, on an issuer that the internet could reach. No public name leads here, so what a look from outside and Tailscale itself would bring about is put into the answers; all else is real.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, freePort, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {(s: any) => any} what the answer to SignUp is changed to */
let outside = (s) => s
before(async () => {
  w = await Window.open()
  await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: 'nora@mail.example' })
  const person = { givenName: '', familyName: '', claims: '', groupIds: [] }
  await w.call('CreateUser', { ...person, userName: 'emil', name: 'Emil Lindqvist', email: 'emil@lindqvist.example' })
  await w.call('CreateUser', { ...person, userName: 'ida', name: 'Ida Berg', email: 'ida@berg.example' })
  await w.page.route('**/call/Status', async (route) => { // no passkey can be made for a name that leads nowhere
    const answer = await route.fetch()
    const { result } = /** @type {{result: any}} */ (await answer.json())
    await route.fulfill({ response: answer, json: { result: { ...result, ownerReady: true } } })
  })
  await w.page.route('**/call/SignUp', async (route) => {
    const answer = await route.fetch()
    const { result } = /** @type {{result: any}} */ (await answer.json())
    await route.fulfill({ response: answer, json: { result: outside(result) } })
  })
})
after(async () => {
  await w.page.unrouteAll({ behavior: 'ignoreErrors' })
  await w.close()
})

const heading = (/** @type {string | RegExp} */ name) => w.page.getByRole('heading', { level: 1, name }).waitFor()
const narrow = async () => {
  await w.page.setViewportSize({ width: 900, height: 600 })
  assert.ok(await w.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'scrolls sideways at 900')
  await w.page.setViewportSize({ width: 1180, height: 760 })
}

test('the trial says why not, and where to go', async () => {
  await w.call('StartTrial', await freePort())
  await w.load('webfinger/tailscale')
  await w.page.getByText('the trial answers on this machine only').waitFor()
  await w.accessibleInBoth()
  await w.page.getByRole('link', { name: 'Open Settings' }).click()
  await heading('Settings')
})

test('an address that nobody has yet goes to whom the owner says', async () => {
  await w.call('PinDomain', { hostName: 'id.lindqvist.example', listen: `127.0.0.1:${await freePort()}`, proxies: [] })
  await w.load('webfinger/tailscale')
  await heading('Sign in to Tailscale with your own key')
  const address = w.page.getByLabel('Your e-mail address')
  assert.equal(await address.inputValue(), 'nora@mail.example')
  await address.fill('nora@gmail.com')
  await w.button('Use this address').click()
  await w.page.getByText('an address at a domain of your own').waitFor()
  await address.fill('nora@lindqvist.example')
  await w.button('Use this address').click()
  await w.page.getByText('Nobody has this address yet').waitFor()
  assert.ok(await w.button('Use this address').isDisabled())
  await w.accessibleInBoth()
  await narrow()
  await w.page.getByRole('radio', { name: /in place of nora@mail.example/ }).click()
  await w.button('Use this address').click()
  await heading('Let lindqvist.example name your issuer')
  assert.equal((await w.call('Users', 'nora'))[0].user.email, 'nora@lindqvist.example')
})

test('the domain waits until it names the issuer', async () => {
  await w.page.getByText('Nora Lindqvist has no passkey here yet').waitFor()
  await w.button('Make a passkey').waitFor()
  assert.ok(await w.button('Choose who may join').isDisabled())
  await w.accessibleInBoth()
  await narrow()
  await w.button('No website at lindqvist.example?', false).click()
  await w.page.getByRole('radio', { name: 'No', exact: true }).click()
  await w.page.getByRole('radio', { name: 'Yes' }).last().click()
  await w.copies('Copy 185.199.108.153', '185.199.108.153')
  await w.accessibleInBoth()
  await narrow()
  await w.page.getByRole('radio', { name: 'Yes' }).first().click()
  await w.copies('Copy 100::', '100::')
  await w.page.keyboard.press('Escape')
  outside = (s) => ({ ...s, webFinger: { ...s.webFinger, verdict: 'ok' }, made: s.made.map((/** @type {any} */ l) => ({ ...l, level: 'ok', detail: '' })) })
  await w.load('webfinger/tailscale')
  await heading('Who may join lindqvist.example?')
})

test('who is elsewhere is named, with what to do', async () => {
  await w.page.getByText('Give Ida Berg one at lindqvist.example').waitFor()
  assert.equal(await w.page.getByRole('checkbox', { name: 'Ida Berg' }).count(), 0)
  assert.ok(await w.page.getByRole('checkbox', { name: 'Nora Lindqvist' }).isDisabled())
  await w.accessibleInBoth()
  await narrow()
  await w.page.getByRole('checkbox', { name: 'Emil Lindqvist' }).click()
  await w.button('Let 2 people join').click()
  await heading("Fill in Tailscale's form")
  assert.equal((await w.call('Clients', 'Tailscale'))[0].people, 2)
})

test('the form has what to paste, in its order', async () => {
  const names = await w.page.locator('ol h2').allInnerTexts()
  assert.deepEqual(names, ['Email address', 'Identity provider type', 'Get OIDC Issuer', 'Client ID', 'Client secret', 'Prompts', 'Sign up with OIDC'])
  await w.copies('Copy Email address', 'nora@lindqvist.example')
  await w.copies('Copy Get OIDC Issuer', 'https://id.lindqvist.example')
  await w.copies('Copy Client ID', /^app_/)
  await w.button('Make the client secret').click()
  await w.copies('Copy', /^[\w-]{43}$/)
  await w.page.getByText('Waiting for Nora Lindqvist').waitFor()
  await w.accessibleInBoth()
  await narrow()
  await w.button("Open Tailscale's form").click()
  await eventually(async () => (await w.desk()).opened.includes('https://login.tailscale.com/start/oidc'))
  await w.button('I move a tailnet I have').click()
  await w.copies('Copy the letter', /Issuer: https:\/\/id\.lindqvist\.example\n/)
  await w.accessibleInBoth()
  await w.page.keyboard.press('Escape')
})

test('the first sign-in takes the guide on, and the proof is asked for', async () => {
  const before = outside
  outside = (s) => ({ ...before(s), signedInAt: Date.now() - 30_000 })
  await w.call('RevokeInvites', (await w.call('Users', 'emil'))[0].user.id) // any change is enough for the page to look again
  await w.call('CreateGroup', { name: 'family', claims: '', memberIds: [], networkRule: 'anywhere' })
  await heading('It worked')
  await w.page.getByText('nora@lindqvist.example is guarded now').waitFor()
  await w.accessibleInBoth()
  await narrow()
  await w.button('End my sign-in here').click()
  await w.says(/Nora Lindqvist is signed out here/)
  outside = (s) => ({ ...before(s), signedInAt: Date.now() - 30_000, signedOut: true, verifiedAt: Date.now() - 2000 })
  await w.load('webfinger/tailscale')
  await heading('Keep the door open')
})

test('the end keeps the door open, and lets go only when the domain is typed', async () => {
  await w.page.getByText('No tailnet carries Hearthkey').waitFor()
  await w.page.getByText('Do not press "Sign in with a passkey"').first().waitFor()
  await w.accessibleInBoth()
  await narrow()
  await w.button('Forget lindqvist.example').click()
  assert.ok(await w.button('Forget it').isDisabled())
  await w.page.getByLabel('Type lindqvist.example to go on').fill('lindqvist.example')
  await w.accessible()
  await w.button('Keep it').click()
})

test('deleting the app is asked twice', async () => {
  const [{ client }] = await w.call('Clients', 'Tailscale')
  await w.load(`apps/${client.id}`)
  await w.choose('More for Tailscale', 'Delete app')
  await w.page.getByLabel('Type Tailscale to go on').fill('Tailscale')
  await w.button('Delete Tailscale').click()
  await w.page.getByRole('heading', { name: 'Lock everyone out of lindqvist.example?' }).waitFor()
  assert.equal((await w.call('Clients', 'Tailscale')).length, 1)
  await w.page.getByLabel('Type lindqvist.example to go on').fill('lindqvist.example')
  await w.accessibleInBoth()
  await w.button('Delete Tailscale all the same').click()
  await eventually(async () => (await w.call('Clients', 'Tailscale')).length === 0)
  assert.equal((await w.call('SignUp')).email, '')
})
