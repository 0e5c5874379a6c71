// Where people may sign in from, and the pause of public sign-in.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
/** @type {any} */
let emil
/** @type {any} */
let owner
before(async () => {
  w = await Window.open()
  await w.settle()
  emil = await w.call('CreateUser', { userName: 'emil', name: 'Emil Lindqvist', givenName: '', familyName: '', email: '', claims: '{"shelf":"a12"}', groupIds: [] })
  owner = (await w.call('Users', 'nora'))[0].user
})
after(() => w.close())

const panel = () => w.page.getByRole('complementary')
const ask = () => w.page.getByRole('alertdialog')

test('a person is narrowed to the tailnet, and keeps the rest', async () => {
  await w.go(`users/${emil.id}`)
  await panel().getByText('On any device that reaches Hearthkey.').waitFor()
  await panel().getByRole('radio', { name: 'Tailnet only' }).click()
  await panel().getByText('On devices in your tailnet, and on this machine.').waitFor()
  const { user } = await w.call('User', emil.id)
  assert.equal(user.networkRule, 'tailnet')
  assert.equal(user.claims, '{"shelf":"a12"}')
  await w.accessibleInBoth()
  await panel().getByRole('radio', { name: 'Anywhere' }).click()
  await eventually(async () => (await w.call('User', emil.id)).user.networkRule === 'anywhere')
})

test('a group that is stricter is named', async () => {
  const group = await w.call('CreateGroup', { name: 'children', claims: '', memberIds: [emil.id] })
  await w.go(`groups/${group.id}`)
  await panel().getByRole('radio', { name: 'Tailnet only' }).click()
  await ask().getByText('are signed out there now').waitFor()
  await w.accessibleInBoth()
  await ask().getByRole('button', { name: 'Keep anywhere' }).click()
  assert.equal((await w.call('Groups'))[0].group.networkRule, 'anywhere')
  await panel().getByRole('radio', { name: 'Tailnet only' }).click()
  await ask().getByRole('button', { name: 'Tailnet only' }).click()
  await w.page.getByText('1 member, tailnet only').waitFor()
  await w.go(`users/${emil.id}`)
  await panel().getByText('because the group children is').waitFor()
  await w.accessibleInBoth()
})

test('the owner reads what it means for them', async () => {
  await w.go(`users/${owner.id}`)
  await panel().getByRole('radio', { name: 'Tailnet only' }).click()
  await ask().getByText('You have never signed in from a device in the tailnet').waitFor()
  await ask().getByRole('button', { name: 'Keep anywhere' }).click()
  await ask().waitFor({ state: 'detached' })
  assert.equal((await w.call('User', owner.id)).user.networkRule, 'anywhere')
  await panel().getByRole('radio', { name: 'Tailnet only' }).click()
  await ask().getByRole('button', { name: 'Tailnet only' }).click()
  await eventually(async () => (await w.call('User', owner.id)).user.networkRule === 'tailnet')
})

test('a pause is begun, told with its end, and ended', async () => {
  /** @type {object} */
  let pause = { on: false, until: 0 }
  /** @type {unknown[]} */
  const asked = []
  await w.page.route('**/call/Status', async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    await route.fulfill({ response: answer, json: { result: { ...result, pause, pin: { ...result.pin, mode: 'funnel' } } } })
  })
  await w.page.route(/call\/(Pause|Resume)Public/, async (route) => {
    asked.push(route.request().postDataJSON())
    pause = route.request().url().endsWith('PausePublic') ? { on: true, until: Date.now() + 15 * 60_000 } : { on: false, until: 0 }
    await route.fulfill({ json: { result: {} } })
  })
  await w.go('settings')
  await w.button('15 minutes').click()
  await w.page.getByText(/^Paused, 1[45] minutes left, until \d\d:\d\d/).waitFor()
  await w.accessibleInBoth()
  await w.go('overview')
  await w.page.getByText('Sign-in from the internet is paused').waitFor()
  await w.accessibleInBoth()
  await w.button('Resume').click()
  await w.page.getByText('Sign-in from the internet is paused').waitFor({ state: 'detached' })
  assert.equal(asked.length, 2)
  await w.page.unrouteAll()
})
