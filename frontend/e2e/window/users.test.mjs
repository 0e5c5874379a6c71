// Users: add, invite, profile, groups, passkeys, sessions, disable, delete.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {string} */
let emil
before(async () => {
  w = await Window.open()
  await w.settle()
})
after(() => w.close())

const panel = () => w.page.getByRole('complementary')
const row = (/** @type {string} */ name) => w.page.getByRole('row', { name: new RegExp(name) })

test('alone, the owner reads what an invite is', async () => {
  await w.page.getByRole('link', { name: 'Users', exact: true }).click()
  await w.page.getByText('Nobody but you').waitFor()
  await row('Nora Lindqvist').getByText('Owner').waitFor()
  await row('Nora Lindqvist').getByText('None yet').waitFor()
  await w.accessibleInBoth()
})

test('a user is added, after what was wrong is mended', async () => {
  await w.button('Add user').click()
  const dialog = w.page.getByRole('dialog', { name: 'Add user' })
  assert.equal(await dialog.getByLabel('Name', { exact: true }).evaluate((e) => e === document.activeElement), true)
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await dialog.getByRole('alert').waitFor()
  await w.accessibleInBoth()

  await dialog.getByLabel('Name', { exact: true }).fill('Emil Lindqvist')
  await dialog.getByLabel('User name').fill('nora')
  await dialog.getByLabel('E-mail').fill('emil@lindqvist.example')
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await dialog.getByText('Somebody has nora already').waitFor()
  assert.equal(await dialog.getByLabel('User name').getAttribute('aria-invalid'), 'true')

  await dialog.getByLabel('User name').fill('emil')
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await panel().getByRole('heading', { name: 'Emil Lindqvist' }).waitFor()
  await row('Emil Lindqvist').waitFor()
  emil = w.page.url().replace(/.*users\//, '')
  assert.match(emil, /^usr_/)
  await w.accessibleInBoth()
})

test('an invite is shown once, without a QR in the trial', async () => {
  await panel().getByText('has no passkey and cannot sign in').waitFor()
  await w.button('New invite').click()
  await panel().getByText(/Works once, until \d\d:\d\d (today|tomorrow)/).waitFor()
  await panel().getByText('No QR code').waitFor()
  const clipboard = await w.copies('Copy invite link', /^http:\/\/localhost:\d+\/\S+$/)
  await w.accessibleInBoth()

  await w.button('Open on this machine').click()
  await eventually(async () => (await w.desk()).opened.at(-1) === clipboard)
  await w.enrol(clipboard)
  await panel().getByText(/^(Synced|On one device), made/).waitFor()
  assert.equal(await panel().getByText(/Works once, until/).count(), 0, 'a used link is gone')
})

test('a session of theirs is seen, and ended', async () => {
  await panel().getByText(/Chrome on/).waitFor()
  await panel().getByText('This machine').waitFor()
  await panel().getByRole('button', { name: 'End', exact: true }).click()
  await w.says(/Session ended/)
  await panel().getByText('Not signed in anywhere').waitFor()
})

test('a passkey is renamed and removed', async () => {
  const menu = panel().getByRole('region', { name: 'Passkeys' }).getByRole('button', { name: /^More for/ })
  await menu.click()
  await w.page.getByRole('menuitem', { name: 'Rename' }).click()
  const rename = w.page.getByRole('dialog', { name: 'Rename passkey' })
  await rename.getByLabel('Name').fill(' ')
  await rename.getByRole('button', { name: 'Save name' }).click()
  await rename.getByText('Type a name').waitFor()
  await w.accessible()
  await rename.getByLabel('Name').fill('Laptop in the kitchen')
  await rename.getByLabel('Name').press('Enter')
  await panel().getByText('Laptop in the kitchen').waitFor()

  await w.choose('More for Laptop in the kitchen', 'Remove passkey')
  const ask = w.page.getByRole('alertdialog', { name: 'Remove Laptop in the kitchen?' })
  await ask.getByText('It is the last one').waitFor()
  assert.equal(await ask.getByRole('button', { name: 'Keep it' }).evaluate((e) => e === document.activeElement), true, 'focus on the safe button')
  await w.accessibleInBoth()
  await ask.getByRole('button', { name: 'Keep it' }).click()
  await panel().getByText('Laptop in the kitchen').waitFor()
  await w.choose('More for Laptop in the kitchen', 'Remove passkey')
  await ask.getByRole('button', { name: 'Remove passkey' }).click()
  await panel().getByText('None yet.').waitFor()
})

test('the profile is edited; a refusal keeps what was typed', async () => {
  await panel().getByLabel('E-mail').fill('nora@lindqvist.example')
  await w.button('Save profile').click()
  await panel().getByText('Somebody has nora@lindqvist.example already').waitFor()
  assert.equal(await panel().getByLabel('E-mail').inputValue(), 'nora@lindqvist.example')
  await w.page.keyboard.press('Escape')
  assert.equal(await panel().getByLabel('E-mail').count(), 1, 'Esc does not lose an unsaved form')
  await w.button('Discard').click()
  assert.equal(await panel().getByLabel('E-mail').inputValue(), 'emil@lindqvist.example')

  await panel().getByText('Custom claims: none').click()
  await panel().getByLabel('Custom claims').fill('{"shelf": ')
  await w.button('Save profile').click()
  await panel().getByText('Write a JSON object').waitFor()
  await panel().getByLabel('Custom claims').fill('{"shelf": "a12"}')
  await panel().getByLabel('Given name').fill('Emil')
  await w.button('Save profile').click()
  await w.says(/Profile saved/)
  const { user } = await w.call('User', emil)
  assert.equal(user.givenName, 'Emil')
  assert.deepEqual(JSON.parse(user.claims), { shelf: 'a12' })
})

test('groups are chosen and left', async () => {
  await panel().getByRole('button', { name: 'Choose groups' }).click()
  await w.page.getByText('There is no group yet').waitFor()
  await w.page.keyboard.press('Escape')
  await w.call('CreateGroup', { name: 'family', memberIds: [] })
  await panel().getByRole('button', { name: 'Choose groups' }).click()
  const dialog = w.page.getByRole('dialog', { name: 'Groups of Emil Lindqvist' })
  await dialog.getByRole('checkbox', { name: 'family' }).click()
  await w.accessibleInBoth()
  await dialog.getByRole('button', { name: 'Save groups' }).click()
  await panel().getByRole('button', { name: 'Remove family' }).click()
  await panel().getByText('In no group').waitFor()
})

test('somebody is disabled, and enabled again', async () => {
  await w.choose('More for Emil Lindqvist', 'Disable')
  await w.page.getByRole('alertdialog').getByText('can no longer sign in').waitFor()
  await w.button('Disable Emil Lindqvist').click()
  await row('Emil Lindqvist').getByText('Disabled').waitFor()
  await w.button('New invite').waitFor({ state: 'detached' })
  await w.accessibleInBoth()
  await w.choose('More for Emil Lindqvist', 'Enable')
  await row('Emil Lindqvist').getByText('Disabled').waitFor({ state: 'detached' })
})

test('the filter narrows the list, and says when nobody is left', async () => {
  await w.page.getByLabel('Filter users').fill('EMIL')
  await row('Nora Lindqvist').waitFor({ state: 'detached' })
  await w.page.getByLabel('Filter users').fill('zzz')
  await w.page.getByText('Nobody matches “zzz”').waitFor()
  await w.button('Clear filter').click()
  await row('Nora Lindqvist').waitFor()
})

test('deleting names what is lost and wants the name typed', async () => {
  await w.choose('More for Emil Lindqvist', 'Delete user')
  const ask = w.page.getByRole('alertdialog', { name: 'Delete Emil Lindqvist?' })
  await ask.getByText('Nothing can undo this').waitFor()
  const yes = ask.getByRole('button', { name: 'Delete Emil Lindqvist' })
  assert.equal(await yes.isDisabled(), true)
  await ask.getByLabel('Type emil to go on').fill('emi')
  assert.equal(await yes.isDisabled(), true)
  await w.accessibleInBoth()
  await ask.getByLabel('Type emil to go on').fill('emil')
  await yes.click()
  await row('Emil Lindqvist').waitFor({ state: 'detached' })
  assert.equal(await panel().count(), 0)
})

test('an address of somebody who is gone says so', async () => {
  await w.load(`users/${emil}`)
  await w.button('Do this later').click()
  await panel().getByText('This user is not here').waitFor()
  await panel().getByText('There is no such person').waitFor()
  await w.accessible()
})

test('the owner cannot be deleted or disabled', async () => {
  await w.page.getByRole('link', { name: 'Nora Lindqvist' }).click()
  await panel().getByRole('heading', { name: 'Nora Lindqvist' }).waitFor()
  await w.button('More for Nora Lindqvist').click()
  assert.deepEqual(await w.page.getByRole('menuitem').allInnerTexts(), ['Show activity'])
})
