// The settings of one app, group by group: what each says, what it breaks, and that it is kept; and what the app sees of a person.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {string} */
let id
before(async () => {
  w = await Window.open()
  await w.settle()
  const emil = await w.call('CreateUser', { userName: 'emil', name: 'Emil Lindqvist', givenName: '', familyName: '', email: '', claims: '{"shelf": "a12"}', groupIds: [] })
  const access = { everyone: false, groupIds: [], userIds: [emil.id] }
  id = (await w.call('CreateClient', { name: 'Forgejo', redirectUris: ['https://git.example/cb'], postLogoutRedirectUris: [], access })).detail.client.id
  await w.go(`apps/${id}`)
  await panel().getByText('Paste into Forgejo').waitFor()
})
after(() => w.close())

const panel = () => w.page.getByRole('complementary')
const dialog = () => w.page.getByRole('dialog')
const box = (/** @type {string} */ name) => dialog().getByRole('checkbox', { name })
const client = async () => (await w.call('Client', id)).client
const open = (/** @type {string} */ group) => panel().getByRole('button', { name: new RegExp(`^${group}`) }).click()
async function save() {
  await w.button('Save').click()
  await dialog().waitFor({ state: 'detached' })
}

test('sign-in: from where, consent, and a passkey each time', async () => {
  await open('Sign-in')
  await dialog().getByRole('radio', { name: 'Tailnet only' }).click()
  await dialog().getByText('from outside the tailnet loses it').waitFor()
  await box('Ask for consent').click()
  await box('A passkey for each sign-in').click()
  await dialog().getByText('that fails from now on').waitFor()
  await w.accessibleInBoth()
  await save()
  await panel().getByText('From the tailnet only, no consent asked, a passkey each time').waitFor()
  await w.says(/Sign-in saved/)
  const c = await client()
  assert.deepEqual([c.networkRule, c.skipConsent, c.reauthenticate], ['tailnet', true, true])
})

test('what is not saved is not kept', async () => {
  await open('Sign-in')
  await dialog().getByRole('radio', { name: 'Anywhere' }).click()
  await w.button('Cancel').click()
  assert.equal((await client()).networkRule, 'tailnet')
})

test('tokens: signature, claims, format, audience and lifetimes', async () => {
  await open('Tokens')
  await dialog().getByRole('radio', { name: 'ES256' }).click()
  await dialog().getByText('An app that does not know ES256 refuses every sign-in').waitFor()
  await box('Name, e-mail and groups in the ID token').click()
  await dialog().getByText('no longer knows names').waitFor()
  await dialog().getByRole('radio', { name: 'JWT' }).click()
  await dialog().getByText('Such an app may honour one until it ends, up to 5 min after you take access away').waitFor()
  await dialog().getByLabel('Audience').fill('https://api.example')
  await box('Always give a refresh token').click()
  await dialog().getByText('Lifetimes').click()
  const life = (/** @type {string} */ name) => dialog().getByRole('textbox', { name, exact: true })
  assert.equal(await life('Access token').getAttribute('placeholder'), '5 min', 'the default is shown')
  assert.equal(await life('Refresh token, unused').getAttribute('placeholder'), '30 days')
  await w.accessibleInBoth()

  await life('Access token').fill('soon')
  await w.button('Save').click()
  await dialog().getByText('Write it as 15 min, 8 h or 30 days').waitFor()
  await eventually(() => life('Access token').evaluate((e) => e === document.activeElement))
  await w.accessibleInBoth()
  await life('Access token').fill('2 h')
  await w.button('Save').click()
  await dialog().getByText('between 1 minute and 1 hour').waitFor()
  await life('Access token').fill('10 min')
  await life('ID token').fill('30m')
  await life('Refresh token, unused').fill('7 days')
  await life('Refresh token, at most').fill('1 day')
  await w.button('Save').click()
  await dialog().getByText('cannot lie unused for longer than it lasts').waitFor()
  await life('Refresh token, at most').fill('60 days')
  await save()
  await panel().getByText('ES256, JWT access tokens, claims in user info only, lifetimes of its own, always a refresh token').waitFor()
  const c = await client()
  assert.deepEqual(
    [c.idTokenAlgorithm, c.userInfoOnly, c.accessFormat, c.audience, c.alwaysRefresh, c.accessLife, c.idTokenLife, c.refreshIdle, c.refreshAbsolute],
    ['ES256', true, 'jwt', 'https://api.example', true, 600, 1800, 7 * 86_400, 60 * 86_400],
  )
  assert.equal(c.networkRule, 'tailnet', 'the other groups stay as they were')
})

test('a lifetime that is emptied is the default again', async () => {
  await open('Tokens')
  const access = dialog().getByRole('textbox', { name: 'Access token', exact: true })
  assert.equal(await access.inputValue(), '10 min')
  await access.fill('')
  await save()
  assert.equal((await client()).accessLife, 0)
})

test('protection: PKCE, pushed requests, links of its own, http', async () => {
  await open('Protection')
  await box('Require PKCE').click()
  await dialog().getByText('If Forgejo sends no PKCE, nobody can sign in').waitFor()
  await box('Only pushed requests').click()
  await dialog().getByText('If Forgejo cannot push its requests').waitFor()
  await box('Allow links of its own').click()
  await box('Allow http without encryption').click()
  await w.accessibleInBoth()
  await save()
  await panel().getByText('PKCE required, pushed requests only, links of its own, http allowed').waitFor()
  const c = await client()
  assert.deepEqual([c.requirePkce, c.requirePar, c.native, c.allowHttp], [true, true, true, true])
})

test('http cannot be taken from an address that needs it', async () => {
  const detail = await w.call('Client', id)
  await w.call('UpdateClient', id, { ...detail.client, access: detail.access, redirectUris: ['https://git.example/cb', 'http://192.168.1.4/cb'] })
  await panel().getByText('http://192.168.1.4/cb').waitFor()
  await open('Protection')
  await box('Allow http without encryption').click()
  await w.button('Save').click()
  await dialog().getByRole('alert').getByText('http://192.168.1.4/cb').waitFor()
  await w.button('Cancel').click()
  assert.equal((await client()).allowHttp, true)
})

test('other ways in: devices, and the app for itself', async () => {
  await open('Other ways in')
  assert.equal(await box('Also from another network').count(), 0)
  await box('Sign-in on a device without a browser').click()
  await box('Also from another network').click()
  await dialog().getByText('A stranger anywhere can then start a sign-in').waitFor()
  await box('The app may act for itself').click()
  await w.accessibleInBoth()
  await save()
  await panel().getByText('Devices in any network, acts for itself').waitFor()
  let c = await client()
  assert.deepEqual([c.deviceGrant, c.deviceAnywhere, c.clientCredentials], [true, true, true])

  await open('Other ways in')
  await box('Sign-in on a device without a browser').click()
  await box('The app may act for itself').click()
  await dialog().getByText('No device can sign in to Forgejo any more').waitFor()
  await dialog().getByText('gets no token of its own any more').waitFor()
  await w.accessibleInBoth()
  await save()
  c = await client()
  assert.deepEqual([c.deviceGrant, c.clientCredentials], [false, false])
})

test('sign-out: where the app is told, also at home', async () => {
  await open('Sign-out')
  const uri = dialog().getByLabel('Back-channel logout URI')
  await uri.fill('git.example/logout')
  await w.button('Save').click()
  await eventually(async () => (await uri.getAttribute('aria-invalid')) === 'true')
  await w.accessibleInBoth()
  await uri.fill('https://git.example/logout')
  await box('Its name leads into my home network').click()
  await save()
  await panel().getByText('Told at git.example').waitFor()
  const c = await client()
  assert.deepEqual([c.backchannelLogoutUri, c.backchannelInward], ['https://git.example/logout', true])

  await open('Sign-out')
  await uri.fill('')
  await dialog().getByText('Forgejo is not told any more').waitFor()
  await save()
  await panel().getByText('Not told when people sign out').waitFor()
})

test('a group of settings is reached, changed and left by keyboard', async () => {
  const row = panel().getByRole('button', { name: /^Sign-in/ })
  await row.focus()
  await w.page.keyboard.press('Enter')
  await dialog().waitFor()
  await eventually(() => w.page.evaluate(() => document.activeElement?.getAttribute('role') === 'radio'))
  await w.page.keyboard.press('ArrowLeft')
  await w.page.keyboard.press('Tab')
  await w.page.keyboard.press('Space')
  assert.equal(await box('Ask for consent').isChecked(), true)
  await w.page.keyboard.press('Enter')
  await w.button('Save').focus()
  await w.page.keyboard.press('Enter')
  await dialog().waitFor({ state: 'detached' })
  await eventually(() => row.evaluate((e) => e === document.activeElement))
  const c = await client()
  assert.deepEqual([c.networkRule, c.skipConsent], ['anywhere', false])
})

test('an app of its own client ID that acts for itself needs no address', async () => {
  await w.go('apps/new')
  await dialog().getByLabel('Name', { exact: true }).fill('Nightly')
  await dialog().getByText('More choices').click()
  await dialog().getByLabel('Client ID').fill('a b')
  await box('The app may act for itself').click()
  await dialog().getByRole('radio', { name: 'Tailnet only' }).click()
  await dialog().getByRole('button', { name: 'Add Nightly' }).click()
  await dialog().getByText('letters, digits, dots, dashes').waitFor()
  await w.accessibleInBoth()
  await dialog().getByLabel('Client ID').fill(id)
  await dialog().getByRole('button', { name: 'Add Nightly' }).click()
  await dialog().getByText('Another app has the client ID').waitFor()
  await dialog().getByLabel('Client ID').fill('nightly')
  await dialog().getByRole('button', { name: 'Add Nightly' }).click()
  await dialog().getByRole('checkbox', { name: 'I have written it down' }).click()
  await w.button('Done').click()
  await panel().getByText('None: nobody signs in to it in a browser.').waitFor()
  const c = (await w.call('Client', 'nightly')).client
  assert.deepEqual([c.clientCredentials, c.networkRule, c.redirectUris], [true, 'tailnet', []])
})

test('what the app sees of a person', async () => {
  await w.go(`apps/${id}`)
  await w.button('Choose a person').click()
  await dialog().getByText('Nora Lindqvist is not let in.').waitFor()
  await dialog().getByText('Nothing lets this person use this app').waitFor()
  await w.accessibleInBoth()

  await dialog().getByLabel(/^Of whom:/).click()
  await w.page.getByRole('option', { name: 'Emil Lindqvist' }).click()
  await dialog().getByText('Emil Lindqvist is let in').waitFor()
  const info = dialog().getByRole('region', { name: 'User info' })
  await info.getByText('a12').waitFor()
  await w.accessibleInBoth()
  const said = JSON.parse(await w.copies('Copy User info', /"shelf"/))
  assert.equal(said.name, 'Emil Lindqvist')

  await box('profile').click()
  await info.getByText('a12').waitFor({ state: 'detached' })
  await dialog().getByRole('radio', { name: 'JSON' }).click()
  await info.getByText('"sub"').waitFor()
  await w.accessibleInBoth()
  await w.button('Done').click()
})
