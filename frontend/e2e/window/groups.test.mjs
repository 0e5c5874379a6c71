// Groups: add, members, rename, delete.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Window } from './window.mjs'

/** @type {Window} */
let w
before(async () => {
  w = await Window.open()
  await w.settle()
  await w.call('CreateUser', { userName: 'emil', name: 'Emil Lindqvist', givenName: '', familyName: '', email: '', claims: '', groupIds: [] })
})
after(() => w.close())

const panel = () => w.page.getByRole('complementary')

test('without one, the page says what a group is for', async () => {
  await w.page.getByRole('link', { name: 'Groups', exact: true }).click()
  await w.page.getByText('No groups yet').waitFor()
  assert.equal(await w.button('Add group').count(), 1)
  await w.accessibleInBoth()
})

test('a group is added with its members', async () => {
  await w.button('Add group').click()
  const dialog = w.page.getByRole('dialog', { name: 'Add group' })
  await dialog.getByRole('button', { name: 'Add group' }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByLabel('Name').fill('family')
  await dialog.getByRole('checkbox', { name: 'Emil Lindqvist' }).click()
  await w.accessibleInBoth()
  await dialog.getByRole('button', { name: 'Add group' }).click()
  await panel().getByRole('heading', { name: 'family' }).waitFor()
  await panel().getByText('1 member').waitFor()
  await w.page.getByRole('row', { name: /family.*Emil Lindqvist/ }).waitFor()
  await w.accessibleInBoth()
})

test('a name that is taken is refused', async () => {
  await w.button('Add group').click()
  const dialog = w.page.getByRole('dialog', { name: 'Add group' })
  await dialog.getByLabel('Name').fill('Family')
  await dialog.getByRole('button', { name: 'Add group' }).click()
  await dialog.getByText('There is a group').waitFor()
  await w.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
})

test('members are chosen and removed at once', async () => {
  await w.page.getByRole('link', { name: 'family' }).click()
  await panel().getByRole('button', { name: 'Choose members' }).click()
  const dialog = w.page.getByRole('dialog', { name: 'Members of family' })
  assert.equal(await dialog.getByRole('checkbox', { name: 'Emil Lindqvist' }).isChecked(), true)
  await dialog.getByRole('checkbox', { name: 'Nora Lindqvist' }).click()
  await dialog.getByRole('button', { name: 'Save members' }).click()
  await panel().getByText('2 members').waitFor()
  await panel().getByRole('button', { name: 'Remove Emil Lindqvist' }).click()
  await panel().getByRole('button', { name: 'Remove Nora Lindqvist' }).click()
  await w.says(/Nora Lindqvist is no longer in family/)
  assert.deepEqual((await w.call('Groups'))[0].members, [], 'two quick removals do not undo each other')
  await panel().getByText('0 members').waitFor()
  const [{ group }] = await w.call('Groups')
  const [, emil] = (await w.call('Users', 'Lindqvist')).map((/** @type {any} */ row) => row.user)
  await w.call('UpdateGroup', group.id, { name: 'family', memberIds: [emil.id] })
  await panel().getByText('1 member', { exact: true }).waitFor()
})

test('it is renamed, and deleted with its consequence named', async () => {
  const [{ group }] = await w.call('Groups')
  const client = { name: 'Forgejo', public: false, native: false, allowHttp: false, requirePkce: false, skipConsent: false, alwaysRefresh: false, launchUrl: '', redirectUris: ['https://git.example/cb'], postLogoutRedirectUris: [] }
  await w.call('CreateClient', { ...client, access: { everyone: false, groupIds: [group.id], userIds: [] } })
  await panel().getByRole('link', { name: 'Forgejo' }).waitFor()

  await w.choose('More for family', 'Rename')
  await w.page.getByRole('dialog').getByLabel('Name').fill('household')
  await w.button('Save name').click()
  await panel().getByRole('heading', { name: 'household' }).waitFor()

  await w.choose('More for household', 'Delete group')
  const ask = w.page.getByRole('alertdialog')
  await ask.getByText('loses Forgejo now: up to 1 person').waitFor()
  await w.accessibleInBoth()
  await ask.getByRole('button', { name: 'Delete household' }).click()
  await w.page.getByText('No groups yet').waitFor()
})
