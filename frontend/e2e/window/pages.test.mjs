// Overview, Activity, Settings and the frame: what they say, their keys, and what happens when Go is slow or gone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
before(async () => {
  w = await Window.open()
  await w.settle()
})
after(() => w.close())

const link = (/** @type {string} */ name) => w.page.getByRole('navigation').getByRole('link', { name, exact: true })
const focused = () => w.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '')

test('Overview says what is known and what is not', async () => {
  const reach = w.page.getByRole('region', { name: 'Reachability' })
  await reach.getByText(/^http:\/\/localhost:\d+$/).waitFor()
  await reach.getByText(/^(Answered in \d+ ms|Not checked yet|Checking)/).waitFor()
  assert.equal(await reach.getByText('Not in a local trial').count(), 2)
  await w.copies('Copy issuer', /^http:\/\/localhost:\d+$/)
  await w.page.getByRole('region', { name: 'To do' }).getByText('You have no passkey yet').waitFor()
  await w.page.getByRole('region', { name: 'Latest activity' }).getByText('Hearthkey was set up').waitFor()
  await w.accessibleInBoth()
})

test('the checklist leads to where it is mended', async () => {
  await w.page.getByRole('link', { name: /^Make a passkey/ }).click()
  await w.page.getByRole('complementary', { name: 'Nora Lindqvist' }).waitFor()
  await w.page.goBack()
  await w.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
})

test('a change made elsewhere reaches the page', async () => {
  await link('Users').click()
  await w.call('CreateUser', { userName: 'emil', name: 'Emil Lindqvist', givenName: '', familyName: '', email: '', claims: '', groupIds: [] })
  await w.call('CreateUser', { userName: 'astrid', name: 'Astrid Lindqvist', givenName: '', familyName: '', email: '', claims: '', groupIds: [] })
  await w.page.getByRole('row', { name: /Emil/ }).waitFor()
})

test('everything is reached by keyboard', async () => {
  await w.page.keyboard.press('/')
  assert.equal(await focused(), 'Filter users')
  await w.page.keyboard.type('x/')
  assert.equal(await w.page.getByLabel('Filter users').inputValue(), 'x/', 'a slash that is typed stays one')
  await w.page.keyboard.press('Escape')
  assert.equal(await w.page.getByLabel('Filter users').inputValue(), '')

  await w.page.getByRole('link', { name: 'Astrid Lindqvist' }).focus()
  await w.page.keyboard.press('ArrowDown')
  assert.equal(await focused(), 'Emil Lindqvist')
  await w.page.keyboard.press('End')
  assert.equal(await focused(), 'Nora Lindqvist')
  await w.page.keyboard.press('Home')
  await w.page.keyboard.press('ArrowUp')
  assert.equal(await focused(), 'Astrid Lindqvist')
  await w.page.keyboard.press('Enter')
  const panel = w.page.getByRole('complementary', { name: 'Astrid Lindqvist' })
  await panel.waitFor()
  await eventually(async () => (await focused()) === 'Astrid Lindqvist')
  assert.equal(await panel.evaluate((e) => e === document.activeElement), true, 'opening moves the focus in')
})

test('Esc closes the topmost layer and gives the focus back', async () => {
  const more = w.button('More for Astrid Lindqvist')
  await more.focus()
  await w.page.keyboard.press('Enter')
  await w.page.getByRole('menuitem', { name: 'Disable' }).waitFor()
  await w.page.keyboard.press('Escape')
  await w.page.getByRole('menuitem').first().waitFor({ state: 'detached' })
  assert.equal(await more.evaluate((e) => e === document.activeElement), true)

  await w.choose('More for Astrid Lindqvist', 'Disable')
  const dialog = w.page.getByRole('alertdialog')
  await dialog.waitFor()
  assert.equal(await w.page.locator('#app').evaluate((e) => /** @type {HTMLElement} */ (e).inert), true, 'the page behind is inert')
  await w.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await w.page.getByRole('complementary').count(), 1, 'one Esc, one layer')
  assert.equal(await w.page.locator('#app').evaluate((e) => /** @type {HTMLElement} */ (e).inert), false)

  await w.page.keyboard.press('Escape')
  await w.page.getByRole('complementary').waitFor({ state: 'detached' })
  await eventually(async () => (await focused()) === 'Astrid Lindqvist')
  assert.match(w.page.url(), /#\/users$/)
})

test('Back closes the panel, whichever row it shows by then', async () => {
  await w.page.getByRole('link', { name: 'Astrid Lindqvist' }).click()
  await w.page.getByRole('complementary', { name: 'Astrid Lindqvist' }).waitFor()
  await w.page.getByRole('row', { name: /Emil/ }).getByRole('cell').last().click()
  await w.page.getByRole('complementary', { name: 'Emil Lindqvist' }).waitFor()
  assert.equal(await w.page.getByRole('row', { name: /Emil/ }).getAttribute('aria-selected'), 'true')
  await w.page.goBack()
  await w.page.getByRole('complementary').waitFor({ state: 'detached' })
  await w.page.getByRole('heading', { level: 1, name: 'Users' }).waitFor()
})

test('Activity is listed, narrowed, opened and verified', async () => {
  await link('Activity').click()
  await w.page.getByRole('row', { name: /Astrid Lindqvist was added/ }).waitFor()
  await w.accessibleInBoth()

  await w.page.getByLabel('Filter activity').fill('astrid')
  await w.page.getByRole('row', { name: /Emil Lindqvist was added/ }).waitFor({ state: 'detached' })
  await w.page.getByLabel('Filter activity').fill('')
  await w.page.getByLabel(/^Kind:/).click()
  await w.accessible()
  await w.page.getByRole('option', { name: 'Passkey added' }).click()
  await w.page.getByText('Nothing matches').waitFor()
  await w.button('Clear filter').click()

  await w.page.getByRole('link', { name: 'Astrid Lindqvist was added' }).click()
  const panel = w.page.getByRole('complementary')
  await panel.getByText('The owner').waitFor()
  await w.accessibleInBoth()
  await panel.getByRole('link', { name: 'Activity of Astrid Lindqvist' }).click()
  await w.page.getByRole('row', { name: /Emil/ }).waitFor({ state: 'detached' })
  await w.button('Remove Astrid Lindqvist').click()
  await w.page.getByRole('row', { name: /Emil/ }).waitFor()

  await w.button('Verify chain').click()
  await w.page.getByRole('dialog').getByText(/All \d+ events are as they were written/).waitFor()
  await w.accessibleInBoth()
  await w.button('Done').click()
})

test('more of the activity is loaded when asked for', async () => {
  await link('Settings').click()
  for (let i = 0; i < 60; i++) await w.call('CreateGroup', { name: `group ${i}`, memberIds: [] })
  await link('Activity').click()
  const rows = w.page.getByRole('table').locator('tbody tr')
  await eventually(async () => (await rows.count()) === 50)
  await w.button('Load more').click()
  await w.page.getByRole('row', { name: /Hearthkey was set up/ }).waitFor()
  const { rows: newest } = await w.call('Activity', { before: 0, limit: 200, text: '', userId: '', clientId: '', kind: '', network: '' })
  await eventually(async () => (await rows.count()) === newest.length)
  await w.call('CreateGroup', { name: 'one more', memberIds: [] })
  await w.page.getByRole('row', { name: /The group one more was added/ }).waitFor()
  assert.equal(await rows.count(), newest.length + 1, 'what was loaded stays')
})

test('Settings tells how it is reached, where the key lies, and what runs', async () => {
  await link('Settings').click()
  await w.page.getByText('This is a local trial.').waitFor()
  await w.page.getByText('In a key file beside the data').waitFor()
  await w.page.getByText('Whoever can read this disk').waitFor()
  const { version, dataDir } = await w.call('Status')
  await w.page.getByText(dataDir, { exact: true }).waitFor()
  await w.accessibleInBoth()
  const clipboard = await w.copies('Copy diagnostics', /^Hearthkey /)
  assert(clipboard.includes(version))
  assert(!clipboard.includes('nora'), 'nobody is named in it')

  await w.button('Leave the trial').click()
  await w.page.getByRole('dialog', { name: 'Leave the trial' }).waitFor()
  await w.accessibleInBoth()
  await w.button('Continue with Tailscale').click()
  await w.page.getByRole('dialog', { name: 'Connect to your tailnet' }).waitFor()
  await w.accessibleInBoth()
  await w.button('Stay in the trial').click()
  await w.page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('closing to the tray is explained once', async () => {
  await w.page.route('**/call/TrayNotice', (route) => route.fulfill({ json: { result: true } }))
  await w.load('settings')
  await w.button('Do this later').click()
  await w.page.getByText('Closing the window does not stop Hearthkey.').waitFor()
  await w.accessibleInBoth()
  const told = w.page.waitForRequest('**/call/DismissTrayNotice')
  await w.button('I know').click()
  await told
  assert.equal(await w.page.getByText('Closing the window does not stop').count(), 0)
})

test('the window of another process says so', async () => {
  const says = 'hearthkeyd (pid 812) holds the data; this is its window.'
  await w.page.route('**/call/Remote', (route) => route.fulfill({ json: { result: says } }))
  await w.load('settings')
  await w.button('Do this later').click()
  await w.page.getByRole('navigation').getByText(says).waitFor()
})

test('names from outside are text, never markup', async () => {
  const bad = '<img src=x onerror="document.title=1"><b>B</b>'
  await w.call('CreateUser', { userName: 'mallory', name: bad, givenName: '', familyName: '', email: '', claims: '', groupIds: [] })
  await link('Users').click()
  await w.page.getByRole('link', { name: bad }).click()
  await w.page.getByRole('heading', { level: 2, name: bad }).waitFor()
  assert.equal(await w.page.locator('img[src=x]').count(), 0)
})

test('the page runs nothing that was not built in', async () => {
  const policy = await w.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
  assert.match(policy ?? '', /^default-src 'none'; script-src 'self'; style-src 'self'; /)
  assert(!policy?.includes('unsafe'))
  const blocked = await w.page.evaluate(
    () =>
      new Promise((done) => {
        addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective), { once: true })
        const script = document.createElement('script')
        script.textContent = 'window.ran = true'
        document.body.append(script)
        script.remove()
      }),
  )
  assert.equal(blocked, 'script-src-elem')
  assert.equal(await w.page.evaluate(() => 'ran' in window), false)
  w.faults = w.faults.filter((f) => !f.includes('Executing inline script')) // this one
})

test('a call that never answers ends in a clear sentence', async () => {
  await w.page.clock.install()
  await w.page.route('**/call/Invite', () => undefined)
  await w.button('New invite').click()
  await w.page.clock.fastForward(21_000)
  await w.page.getByText('did not answer within 20 seconds').waitFor()
  await w.page.unroute('**/call/Invite')
  await w.page.clock.resume()
})

test('when Go is gone the page keeps what it had and says so', async () => {
  await w.page.route('**/call/**', (route) => route.abort())
  await w.page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await w.page.getByRole('alert').first().waitFor()
  await w.page.getByRole('row', { name: /Emil/ }).waitFor()
  await w.page.unroute('**/call/**')
  await w.button('Try again').first().click()
  await eventually(async () => (await w.button('Try again').count()) === 0)
  w.faults = w.faults.filter((f) => !f.includes('net::ERR_FAILED'))
})
