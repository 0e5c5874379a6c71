// The first run: who you are, how it is reached, your passkey, done. Every step is resumable.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
before(async () => (w = await Window.open()))
after(() => w.close())

const heading = (/** @type {string} */ name) => w.page.getByRole('heading', { level: 1, name }).waitFor()

test('the first page asks who the owner is, and says what is wrong at its field', async () => {
  await w.load()
  await heading('Who are you?')
  assert.equal(await w.page.getByLabel('Your name').evaluate((e) => e === document.activeElement), true)
  await w.accessibleInBoth()

  await w.button('Continue').click()
  await w.page.getByRole('alert').first().waitFor()
  assert.equal(await w.page.getByRole('textbox', { name: 'Name of your home' }).getAttribute('aria-invalid'), 'true')

  await w.page.getByLabel('Your name').fill('Nora Lindqvist')
  assert.equal(await w.page.getByLabel('User name').inputValue(), 'nora')
  await w.page.getByLabel('User name').fill('Nora L')
  await w.page.getByLabel('E-mail').fill('nora')
  await w.page.getByLabel('Name of your home').fill('Lindqvist home')
  await w.page.getByText('Leave out the space. Try nora.l').waitFor()
  await w.page.getByText('An address has one @').waitFor()
  await w.accessible()

  await w.page.getByLabel('User name').fill('nora')
  await w.button('Continue').click()
  await w.page.getByText('This is no e-mail address').waitFor()
  assert.equal(await w.page.getByLabel('Your name').inputValue(), 'Nora Lindqvist', 'what was typed stays')
  await w.page.getByLabel('E-mail').fill('nora@lindqvist.example')
  await w.button('Continue').click()
  await heading('How shall it be reached?')
  await w.accessibleInBoth()
})

test('it goes on where it was left, and back to correct', async () => {
  await w.load()
  await heading('How shall it be reached?')
  await w.button('Back').click()
  await heading('Who are you?')
  assert.equal(await w.page.getByLabel('Name of your home').inputValue(), 'Lindqvist home')
  await w.page.getByLabel('Your name').fill('Nora M. Lindqvist')
  await w.button('Continue').click()
  await heading('How shall it be reached?')
  assert.equal((await w.call('Status')).owner.name, 'Nora M. Lindqvist')
})

test('the tailnet asks for a host name that can be one', async () => {
  await w.page.getByRole('radio', { name: 'Through Tailscale' }).click()
  await w.button('Continue with Tailscale').click()
  await heading('Connect to your tailnet')
  assert.equal(await w.page.getByLabel('Host name').inputValue(), 'lindqvist-home')
  await w.page.getByLabel('Host name').fill('My home')
  await w.page.getByLabel('Key (optional)').focus()
  await w.page.getByText('Use small letters, digits and hyphens').waitFor()
  await w.button('Connect').click()
  await w.page.getByText('Use lower-case letters').waitFor()
  await w.page.getByRole('radio', { name: 'Tailnet only' }).click()
  await w.page.getByText('Only devices that are in your tailnet').waitFor()
  await w.accessibleInBoth()
  await w.button('Back').click()
  await heading('How shall it be reached?')
})

test('a port that is taken is offered the next free one', async (t) => {
  const other = createServer().unref()
  await new Promise((done) => other.once('error', done).listen(1411, '127.0.0.1', () => done(undefined)))
  t.after(() => new Promise((done) => other.close(done)))
  await w.page.getByRole('radio', { name: 'A local trial' }).click()
  await w.button('Start the trial').click()
  await w.page.getByText('Port 1411 is taken').waitFor()
  const port = w.page.getByLabel('Port')
  assert.match(await port.inputValue(), /^14\d\d$/)
  await w.accessibleInBoth()
  await w.button('Start the trial').click()
  await heading('Make your passkey')
  const status = await w.call('Status')
  assert.equal(status.pin.mode, 'trial')
  assert.notEqual(status.pin.issuer, 'http://localhost:1411')
})

test('the passkey is made in the system browser, with no QR in the trial', async () => {
  await w.page.getByText('The trial answers on this machine only').waitFor()
  await w.accessibleInBoth()
  await w.button('Open in my browser').click()
  await w.page.getByText('Waiting for your passkey').waitFor()
  await w.page.getByText('No QR code: the trial answers on this machine only').waitFor()
  assert.equal(await w.page.getByRole('img', { name: /QR code/ }).count(), 0)
  await w.accessibleInBoth()

  await w.button('Open it again').click()
  await eventually(async () => (await w.desk()).opened.length === 2)
  const { opened } = await w.desk()
  assert.equal(opened[0], opened[1], 'one link, since a second one would end the first')
  await w.button('Copy invite link').click()
  await w.page.getByText('Copied').waitFor()
  assert.equal((await w.desk()).clipboard, opened[0])

  await w.enrol(/** @type {string} */ (opened[0]))
  await heading('Hearthkey is ready')
  await w.accessibleInBoth()
})

test('it ends at the first app, and does not come back', async () => {
  await w.button('Add the first app').click()
  await w.page.getByRole('dialog', { name: 'Add app' }).waitFor()
  await w.load('overview')
  await w.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  assert.equal((await w.desk()).visible, true)
})
