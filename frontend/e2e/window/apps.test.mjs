// Apps: add, secret shown once, what to paste, who may use it, addresses, disable, delete. Their settings: app-settings.test.mjs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Window } from './window.mjs'

/** @type {Window} */
let w
before(async () => {
  w = await Window.open()
  await w.settle()
  await w.call('CreateUser', { userName: 'emil', name: 'Emil Lindqvist', givenName: '', familyName: '', email: '', claims: '', groupIds: [] })
  await w.call('CreateGroup', { name: 'family', memberIds: [] })
})
after(() => w.close())

const panel = () => w.page.getByRole('complementary')
const dialog = () => w.page.getByRole('dialog')
const row = (/** @type {string} */ name) => w.page.getByRole('row', { name: new RegExp(name) })
const clientOf = async (/** @type {string} */ name) => (await w.call('Clients', name))[0].client

test('without one, the page says what an app is', async () => {
  await w.page.getByRole('link', { name: 'Apps', exact: true }).click()
  await w.page.getByText('No apps yet').waitFor()
  assert.equal(await w.button('Add app').count(), 1)
  await w.accessibleInBoth()
})

test('what is wrong is said at its field', async () => {
  await w.button('Add app').click()
  await dialog().getByLabel('Name').fill('Immich')
  await dialog().getByRole('button', { name: 'Add Immich' }).click()
  await dialog().getByText('Add at least one redirect URI').waitFor()
  const uris = dialog().getByLabel('Redirect URIs')
  assert.equal(await uris.getAttribute('aria-invalid'), 'true')

  for (const [bad, says] of /** @type {const} */ ([
    ['https://photos.example/*', 'compared letter for letter'],
    ['https://photos.example/cb#x', 'cannot contain #'],
    ['photos', 'is not a full address'],
    ['javascript:alert(1)', 'belongs to the system'],
  ])) {
    await uris.fill(bad)
    await dialog().getByRole('button', { name: 'Add Immich' }).click()
    await dialog().getByText(says).waitFor()
  }
  await w.accessibleInBoth()
})

test('a link scheme of its own and plain http each want a tick', async () => {
  const uris = dialog().getByLabel('Redirect URIs')
  await uris.fill('app.immich:///oauth-callback')
  await dialog().getByRole('button', { name: 'Add Immich' }).click()
  await dialog().getByText('has a scheme of its own').waitFor()
  await dialog().getByRole('checkbox', { name: 'Allow app.immich: links' }).click()

  await uris.fill('https://photos.example/auth/login\napp.immich:///oauth-callback\nhttp://192.168.1.4/cb')
  await dialog().getByRole('button', { name: 'Add Immich' }).click()
  await dialog().getByText('is http, which anyone on the way can read').waitFor()
  await uris.fill('https://photos.example/auth/login\napp.immich:///oauth-callback')
  assert.equal(await dialog().getByRole('checkbox', { name: 'Allow http' }).count(), 0)
})

test('nobody may use it unless chosen; the secret is shown once', async () => {
  assert.equal(await dialog().getByRole('radio', { name: 'Nobody' }).isChecked(), true)
  await dialog().getByText('Nobody can sign in to Immich until').waitFor()
  await dialog().getByRole('button', { name: 'Add Immich' }).click()

  await w.page.getByRole('dialog', { name: 'Immich is added' }).waitFor()
  const done = dialog().getByRole('button', { name: 'Done' })
  assert.equal(await done.isDisabled(), true, 'Done sleeps until the secret is kept')
  await w.page.keyboard.press('Escape')
  await dialog().getByText('Hearthkey keeps only a hash of it').waitFor()
  await w.accessibleInBoth()
  const secret = await w.copies('Copy', /^\S{43,}$/)
  const all = await w.copies('Copy all', /^Issuer: http:\/\/localhost:\d+$/m)
  assert(all.includes(`Client secret: ${secret}`))
  await done.click()

  await panel().getByRole('heading', { name: 'Immich', exact: true }).waitFor()
  await row('Immich').getByText('Nobody yet').waitFor()
  assert.equal((await w.page.content()).includes(secret), false, 'the secret has left the page')
  await panel().getByText('Shown once, see Secrets').waitFor()
  await w.accessibleInBoth()
})

test('the settings to paste are whole when copied', async () => {
  const client = await clientOf('Immich')
  const { endpoints } = await w.call('Client', client.id)
  for (const [name, value] of /** @type {const} */ ([
    ['Issuer', endpoints.issuer],
    ['Client ID', client.id],
    ['Discovery URL', endpoints.discovery],
  ])) {
    await w.copies(`Copy ${name}`, value)
  }
  await panel().getByText('Addresses, for an app').click()
  for (const [name, value] of /** @type {const} */ ([
    ['Token URL', endpoints.token],
    ['Pushed requests URL', endpoints.par],
    ['Introspection URL', endpoints.introspection],
    ['Revocation URL', endpoints.revocation],
    ['Device code URL', endpoints.deviceCode],
  ])) {
    assert.match(value, /^http:/)
    await w.copies(`Copy ${name}`, value)
  }
})

test('who may use it is changed to a group and a person, and to everyone', async () => {
  const access = panel().getByRole('region', { name: 'Who may use it' })
  await access.getByRole('button', { name: 'Change' }).click()
  await dialog().getByRole('radio', { name: 'Groups and people' }).click()
  await dialog().getByRole('checkbox', { name: 'family' }).click()
  await dialog().getByRole('checkbox', { name: 'Emil Lindqvist' }).click()
  await w.accessibleInBoth()
  await dialog().getByRole('button', { name: 'Save access' }).click()
  await access.getByText('family').waitFor()
  await access.getByText('Emil Lindqvist').waitFor()
  await row('Immich').getByText(/family/).waitFor()

  await access.getByRole('button', { name: 'Change' }).click()
  assert.equal(await dialog().getByRole('checkbox', { name: 'family' }).isChecked(), true)
  await dialog().getByRole('radio', { name: 'Everyone' }).click()
  await dialog().getByRole('button', { name: 'Save access' }).click()
  await access.getByText('Everyone').waitFor()
  await access.getByText('2 people').waitFor()
  assert.equal((await w.call('Clients', ''))[0].access.everyone, true)
})

test('a secret has a name and an end, and an earlier one is removed', async () => {
  const secrets = panel().getByRole('region', { name: 'Secrets' })
  await w.button('New secret').click()
  assert.equal(await dialog().getByRole('radio', { name: 'Keep the earlier ones' }).isChecked(), true)
  await dialog().getByLabel('Name').fill('the new server')
  await dialog().getByLabel(/^Lasts:/).click()
  await w.accessibleInBoth()
  await w.page.getByRole('option', { name: '90 days' }).click()
  await w.accessibleInBoth()
  await dialog().getByRole('button', { name: 'Make secret' }).click()
  await dialog().getByRole('checkbox', { name: 'I have written it down' }).click()
  await w.accessibleInBoth()
  await dialog().getByRole('button', { name: 'Done' }).click()
  await secrets.getByText('the new server').waitFor()
  await secrets.getByText(/never used, ends /).waitFor()
  const { id } = await clientOf('Immich')
  const made = (await w.call('Client', id)).secrets.find((/** @type {any} */ s) => s.name === 'the new server')
  assert.equal(made.expiresAt - made.createdAt, 90 * 24 * 3600_000)

  const remove = secrets.getByRole('button', { name: /^Remove/ })
  await remove.nth(1).waitFor()
  await secrets.getByRole('button', { name: 'Remove the new server' }).click()
  await w.page.getByRole('alertdialog').getByText('sign-in stops working now').waitFor()
  await w.button('Remove secret').click()
  await remove.nth(1).waitFor({ state: 'detached' })
  assert.equal(await remove.count(), 1)
  await remove.click()
  await w.page.getByRole('alertdialog').getByText('It is the only one that works').waitFor()
  await w.button('Keep it').click()
})

test('the earlier secrets are given a day', async () => {
  await w.button('New secret').click()
  await dialog().getByRole('radio', { name: 'End the earlier ones in 24 hours' }).click()
  await dialog().getByRole('button', { name: 'Make secret' }).click()
  await dialog().getByRole('checkbox', { name: 'I have written it down' }).click()
  await dialog().getByRole('button', { name: 'Done' }).click()
  await panel().getByText(/ends at \d\d:\d\d tomorrow/).waitFor()
  const { id } = await clientOf('Immich')
  const ends = (await w.call('Client', id)).secrets.map((/** @type {any} */ s) => Boolean(s.expiresAt))
  assert.deepEqual(ends.sort(), [false, true], 'the new one goes on')
})

test('a secret that has ended says so', async () => {
  const { id } = await clientOf('Immich')
  await w.page.route('**/call/Client', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    const over = { expiresAt: Date.now() - 3600_000 }
    await route.fulfill({ response: answer, json: { result: { ...result, secrets: result.secrets.map((/** @type {any} */ s) => ({ ...s, ...over })) } } })
  })
  await w.page.evaluate(() => window.dispatchEvent(new Event('focus')))
  const secrets = panel().getByRole('region', { name: 'Secrets' })
  await secrets.getByText('Expired').first().waitFor()
  await secrets.getByText('None works any more. Immich cannot sign anyone in').waitFor()
  await w.accessibleInBoth()
  await secrets.getByRole('button', { name: /^Remove/ }).first().click()
  await w.page.getByRole('alertdialog').getByText('It has expired, so nothing changes').waitFor()
  await w.button('Keep it').click()
  await w.page.unroute('**/call/Client')
  await w.page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await secrets.getByText('Expired').first().waitFor({ state: 'detached' })
  assert.equal((await w.call('Client', id)).secrets.length, 2)
})

test('replacing all secrets leaves one', async () => {
  await w.button('New secret').click()
  await dialog().getByRole('radio', { name: 'End the earlier ones now' }).click()
  await dialog().getByRole('button', { name: 'Replace secrets' }).click()
  await dialog().getByRole('button', { name: 'Copy', exact: true }).click()
  await dialog().getByRole('button', { name: 'Done' }).click()
  const { id } = await clientOf('Immich')
  assert.equal((await w.call('Client', id)).secrets.length, 1)
})

test('addresses are edited', async () => {
  await w.button('Edit addresses').click()
  await dialog().getByLabel('After signing out').fill('https://photos.example/bye')
  await dialog().getByLabel('Address of the app').fill('photos')
  await dialog().getByRole('button', { name: 'Save addresses' }).click()
  await dialog().getByText('Write a full address').waitFor()
  await w.accessibleInBoth()
  await w.page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true')
  await dialog().getByLabel('Address of the app').fill('https://photos.example')
  await dialog().getByLabel('Where it begins a sign-in').fill('http://photos.example/start')
  await dialog().getByRole('button', { name: 'Save addresses' }).click()
  await dialog().getByText('Write an https address').waitFor()
  await dialog().getByLabel('Where it begins a sign-in').fill('https://photos.example/start')
  await dialog().getByLabel('Redirect URIs').fill('https://photos.example/auth/login')
  await dialog().getByText('A sign-in that ends at app.immich:///oauth-callback is refused from now on.').waitFor()
  await dialog().getByRole('button', { name: 'Save addresses' }).click()
  await panel().getByText('Begins a sign-in at https://photos.example/start').waitFor()
  await panel().getByText('After signing out: https://photos.example/bye').waitFor()
  await row('Immich').getByText('photos.example').waitFor()
  const client = await clientOf('Immich')
  assert.deepEqual([client.initiateLoginUri, client.redirectUris], ['https://photos.example/start', ['https://photos.example/auth/login']])
})

test('a public app has no secret', async () => {
  await w.button('Add app').click()
  await dialog().getByLabel('Name').fill('Vikunja')
  await dialog().getByRole('radio', { name: 'Public' }).click()
  await dialog().getByLabel('Redirect URIs').fill('https://tasks.example/auth')
  await dialog().getByRole('button', { name: 'Add Vikunja' }).click()
  const done = dialog().getByRole('button', { name: 'Done' })
  await done.waitFor()
  assert.equal(await done.isDisabled(), false)
  await done.click()
  await panel().getByText('None: a public app').waitFor()
  assert.equal(await w.button('New secret').count(), 0)
  await panel().getByRole('button', { name: 'Protection' }).click()
  assert.equal(await dialog().getByRole('checkbox', { name: 'Require PKCE' }).isDisabled(), true)
  await w.button('Cancel').click()
  await panel().getByRole('button', { name: 'Other ways in' }).click()
  assert.equal(await dialog().getByRole('checkbox', { name: 'The app may act for itself' }).isDisabled(), true)
  await w.button('Cancel').click()
  await w.accessibleInBoth()
})

test('it is renamed, disabled, enabled and deleted', async () => {
  await w.choose('More for Vikunja', 'Rename')
  await dialog().getByLabel('Name').fill('Tasks')
  await w.button('Save name').click()
  await panel().getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
  await w.choose('More for Tasks', 'Disable')
  await w.page.getByRole('alertdialog').getByText('Nobody may use it now').waitFor()
  await w.button('Disable Tasks').click()
  await row('Tasks').getByText('Disabled').waitFor()
  await w.choose('More for Tasks', 'Enable')
  await row('Tasks').getByText('Disabled').waitFor({ state: 'detached' })

  await w.page.getByRole('link', { name: 'Immich' }).click()
  await w.choose('More for Immich', 'Delete app')
  const ask = w.page.getByRole('alertdialog', { name: 'Delete Immich?' })
  await ask.getByText('2 people lose access to it now').waitFor()
  await ask.getByText('Its secret stops working').waitFor()
  await ask.getByLabel('Type Immich to go on').fill('Immich')
  await w.accessibleInBoth()
  await ask.getByRole('button', { name: 'Delete Immich' }).click()
  await row('Immich').waitFor({ state: 'detached' })
})
