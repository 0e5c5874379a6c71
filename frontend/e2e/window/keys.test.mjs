// Settings: signing keys and custom claims; the claims of a group; and what Activity tells of all that.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
before(async () => {
  w = await Window.open()
  await w.settle()
  await w.call('CreateGroup', { name: 'family', claims: '', memberIds: [] })
  const access = { everyone: true, groupIds: [], userIds: [] }
  await w.call('CreateClient', { name: 'Forgejo', redirectUris: ['https://git.example/cb'], postLogoutRedirectUris: [], access })
})
after(() => w.close())

const day = 24 * 3600_000
const keys = () => w.page.getByRole('region', { name: 'Signing keys' })
const rows = (/** @type {string} */ algorithm) => keys().getByRole('table', { name: `${algorithm} keys` }).getByRole('row')
const ask = () => w.page.getByRole('alertdialog')
const read = async (/** @type {string} */ state) => (await w.call('SigningKeys')).keys.filter((/** @type {any} */ k) => k.algorithm === 'RS256' && k.state === state)

test('each algorithm shows its keys, and how many apps they sign for', async () => {
  await w.go('settings')
  await keys().getByText('Signs for 1 app').waitFor()
  await rows('RS256').filter({ hasText: 'Next' }).getByText(/Published today, takes over /).waitFor()
  await rows('RS256').filter({ hasText: 'Current' }).getByText(/Signs since today, until /).waitFor()
  await w.accessibleInBoth()
})

test('a next key that apps do not know yet takes over only when told twice', async () => {
  const [next] = await read('next')
  await w.button('Rotate RS256').click()
  await ask().getByText('refuses every sign-in until it fetches again').waitFor()
  await ask().getByText(/From \d\d:\d\d tomorrow on nothing breaks/).waitFor()
  await w.accessibleInBoth()
  await w.button('Wait').click()
  assert.equal((await read('next'))[0].id, next.id)

  await w.button('Rotate RS256').click()
  await w.button('Rotate now anyway').click()
  await w.says(/The next RS256 key signs now/)
  assert.equal((await read('current'))[0].id, next.id)
  await rows('RS256').filter({ hasText: 'Retired' }).getByText('still checks what it signed').waitFor()
})

test('a next key that apps know takes over without a danger', async () => {
  await w.page.route('**/call/SigningKeys', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    const known = result.keys.map((/** @type {any} */ k) => (k.state === 'next' ? { ...k, publishedAt: k.publishedAt - 2 * day } : k))
    await route.fulfill({ response: answer, json: { result: { ...result, keys: known } } })
  })
  await w.page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await rows('RS256').filter({ hasText: 'Next' }).getByText(/^Published (?!today)/).waitFor()
  await w.button('Rotate RS256').click()
  await ask().getByText('Apps have had a day to fetch it').waitFor()
  await w.accessibleInBoth()
  // the page only believes that it is known: Go knows better, and says so in the dialog
  await ask().getByRole('button', { name: 'Rotate RS256' }).click()
  await ask().getByRole('alert').getByText('less than a day').waitFor()
  await w.button('Not now').click()
  await w.page.unroute('**/call/SigningKeys')
})

test('a retired key is withdrawn, with what that means', async () => {
  const [retired] = await read('retired')
  await w.button(`Withdraw ${retired.id}`).click()
  await ask().getByText('Everything it signed counts no more').waitFor()
  await ask().getByText('some are still in use').waitFor()
  await w.accessibleInBoth()
  await w.button('Withdraw key').click()
  await rows('RS256').filter({ hasText: 'Withdrawn' }).waitFor()
  assert.equal((await read('withdrawn'))[0].id, retired.id)
  assert.equal(await keys().getByRole('button', { name: /^Withdraw/ }).count(), 0)
})

test('the schedule is changed in days', async () => {
  await keys().getByRole('button', { name: 'Change' }).click()
  const days = w.page.getByRole('dialog').getByLabel('Days')
  assert.equal(await days.inputValue(), '90')
  for (const bad of ['3', 'often']) {
    await days.fill(bad)
    await w.button('Save days').click()
    await w.page.getByRole('dialog').getByText('7 to 730 days').waitFor()
  }
  await w.accessibleInBoth()
  await days.fill('30')
  await w.page.keyboard.press('Enter')
  await keys().getByText('every 30 days').waitFor()
  assert.equal((await w.call('SigningKeys')).rotationDays, 30)
})

test('the claims of a group are checked and kept', async () => {
  const [{ group }] = await w.call('Groups')
  await w.go(`groups/${group.id}`)
  const panel = w.page.getByRole('complementary')
  const claims = panel.getByLabel('What apps are told of each member')
  await claims.fill('{"quota_gb": 50')
  await panel.getByRole('button', { name: 'Save claims' }).click()
  await panel.getByText('Write a JSON object').waitFor()
  assert.equal(await claims.getAttribute('aria-invalid'), 'true')
  await w.accessibleInBoth()
  await claims.fill('{"email": "x"}')
  await panel.getByRole('button', { name: 'Save claims' }).click()
  await panel.getByText('Hearthkey sets email itself').waitFor()
  await panel.getByRole('button', { name: 'Discard' }).click()
  assert.equal(await claims.inputValue(), '')
  await claims.fill('{"quota_gb": 50}')
  await panel.getByRole('button', { name: 'Save claims' }).click()
  await w.says(/Claims saved/)
  assert.equal((await w.call('Groups'))[0].group.claims, '{"quota_gb": 50}')

  await w.choose('More for family', 'Rename')
  await w.page.getByRole('dialog').getByLabel('Name').fill('household')
  await w.button('Save name').click()
  await panel.getByRole('heading', { name: 'household' }).waitFor()
  assert.equal((await w.call('Groups'))[0].group.claims, '{"quota_gb": 50}', 'another change leaves them')
})

test('a custom claim is moved to another scope', async () => {
  await w.go('settings')
  const card = w.page.getByRole('region', { name: 'Custom claims' })
  await card.getByText('quota_gb').waitFor()
  await card.getByText('1 group').waitFor()
  await card.getByLabel('Scope of quota_gb: profile').click()
  await w.accessibleInBoth()
  await w.page.getByRole('option', { name: 'groups' }).click()
  await card.getByLabel('Scope of quota_gb: groups').waitFor()
  assert.deepEqual(await w.call('CustomClaims'), [{ name: 'quota_gb', scope: 'groups', users: 0, groups: 1 }])
})

test('Activity tells of it, and can be narrowed to it', async () => {
  await w.go('activity')
  for (const says of [/new RS256 key signs/, /old RS256 key was withdrawn/, /rotation of signing keys was changed/, /The scope of quota_gb was changed/]) {
    await w.page.getByRole('row', { name: says }).first().waitFor()
  }
  await w.page.getByLabel(/^Kind:/).click()
  await w.accessibleInBoth()
  await w.page.getByRole('option', { name: 'Key withdrawn' }).click()
  const lines = w.page.getByRole('table').locator('tbody tr')
  await eventually(async () => (await lines.count()) === 1)
  await w.page.getByRole('link', { name: /old RS256 key was withdrawn/ }).click()
  await w.page.getByRole('complementary').getByText('Algorithm').waitFor()
  await w.accessibleInBoth()
})
