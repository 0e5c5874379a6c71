// A name of the owner's own behind a reverse proxy: the third way of the set-up, and its card in Settings. The check really runs; where a test wants its findings they are put into the answer, since no public name leads here.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, Window } from './window.mjs'

/** @type {Window} */
let w
before(async () => {
  w = await Window.open()
  await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: '' })
  await w.load()
})
after(() => w.close())

const heading = (/** @type {string} */ name) => w.page.getByRole('heading', { level: 1, name }).waitFor()

test('the form says what is wrong at its field', async () => {
  await heading('How shall it be reached?')
  await w.page.getByRole('radio', { name: 'On your own domain' }).click()
  await w.button('Continue with your domain').click()
  await heading('Your own domain')
  await eventually(async () => /^127\.0\.0\.1:\d+$/.test(await w.page.getByLabel('Hearthkey listens at').inputValue()))
  await w.accessibleInBoth()
  await w.page.getByLabel('Host name').fill('id')
  await w.page.getByLabel('Hearthkey listens at').focus()
  await w.page.getByText('Write a full name such as id.example.com').waitFor()
  await w.page.getByLabel('Host name').fill('id.tail1234.ts.net')
  await w.button('Use id.tail1234.ts.net').click()
  await w.page.getByText('This is a name of a tailnet').waitFor()
  await w.page.getByLabel('Host name').fill('id.lindqvist.example')
  await w.page.getByRole('radio', { name: 'In a container or elsewhere' }).click()
  await w.page.getByLabel('Addresses of the proxy').fill('0.0.0.0/0')
  await w.page.getByLabel('Hearthkey listens at').fill('0.0.0.0:1411')
  await w.button('Use id.lindqvist.example').click()
  await w.page.getByText('0.0.0.0/0 would trust strangers').waitFor()
  await w.accessibleInBoth()
})

test('a port that is taken is offered the next free one', async (t) => {
  const other = createServer().unref()
  await new Promise((done) => other.listen(0, '127.0.0.1', () => done(undefined)))
  t.after(() => new Promise((done) => other.close(done)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (other.address())
  await w.page.getByRole('radio', { name: 'On this machine' }).click()
  await w.page.getByLabel('Hearthkey listens at').fill(`127.0.0.1:${port}`)
  await w.button('Use id.lindqvist.example').click()
  await w.page.getByText(`Port ${port} of 127.0.0.1 is taken already`).waitFor()
  assert.notEqual(await w.page.getByLabel('Hearthkey listens at').inputValue(), `127.0.0.1:${port}`)
  await w.button('Use id.lindqvist.example').click()
  await heading('Set up your reverse proxy')
  assert.equal((await w.call('Status')).pin.issuer, 'https://id.lindqvist.example')
})

test('the lines are there to copy, for each proxy', async () => {
  const { listen } = await w.call('Domain')
  await w.page.getByText(`reverse_proxy ${listen}`).waitFor()
  await w.page.getByRole('radio', { name: 'nginx' }).click()
  await w.page.getByText('server_name id.lindqvist.example;').waitFor()
  await w.page.getByRole('radio', { name: 'Traefik' }).click()
  await w.page.getByText('Host(`id.lindqvist.example`)').waitFor()
  await w.accessibleInBoth()
  await w.button('Copy lines for Traefik').click()
  await eventually(async () => (await w.desk()).clipboard.includes(`url: http://${listen}`))
  await w.button('Go on to your passkey').click()
  await heading('Make your passkey')
  await w.button('Back').click()
  await heading('Set up your reverse proxy')
})

test('Settings shows what the check finds, and mends what it can', async () => {
  await w.button('Go on to your passkey').click()
  await w.button('Do this later').click()
  await w.go('settings')
  const card = w.page.getByRole('region', { name: 'Reachability' })
  await card.getByText('Own domain, behind your reverse proxy').waitFor()
  await w.accessibleInBoth()
  const nginx = [{ proxy: 'nginx', name: 'nginx', where: 'Within the location of this site.', text: 'proxy_set_header Host $host;' }]
  const ok = (/** @type {string} */ key, /** @type {string} */ title) => ({ key, state: 'ok', title, detail: '', mend: [], add: '' })
  let findings = [
    ok('listen', 'Hearthkey listens at 127.0.0.1:1411'),
    { key: 'peer', state: 'danger', title: 'The proxy connects from 172.18.0.2, which is not named', detail: 'Name this address if it is your proxy.', mend: [], add: '172.18.0.2' },
  ]
  await w.page.route('**/call/CheckDomain', (route) => route.fulfill({ json: { result: { hostName: 'id.lindqvist.example', checkedAt: Date.now(), ok: false, address: '', took: 0, findings } } }))
  await w.button('Check now').click()
  await card.getByText('which is not named').waitFor()
  await w.accessibleInBoth()
  findings = [{ key: 'host', state: 'danger', title: 'The proxy sends 127.0.0.1:1411 as Host', detail: 'Let the proxy pass on what the visitor asked for.', mend: /** @type {never[]} */ (nginx), add: '' }]
  await w.button('Trust 172.18.0.2').click()
  await w.page.getByText('proxy_set_header Host $host;').first().waitFor()
  assert.ok((await w.call('Domain')).proxies.includes('172.18.0.2'))
  await card.getByText('172.18.0.2', { exact: false }).first().waitFor()
  await w.accessibleInBoth()
})

test('where the proxy finds Hearthkey can be changed, and the name cannot', async () => {
  await w.button('Change').first().click()
  const dialog = w.page.getByRole('dialog')
  await dialog.getByText('Reverse proxy of id.lindqvist.example').waitFor()
  assert.equal(await dialog.getByLabel('Host name').count(), 0)
  await dialog.getByRole('radio', { name: 'In a container or elsewhere' }).click()
  await dialog.getByLabel('Hearthkey listens at').fill('0.0.0.0:14321')
  await dialog.getByLabel('Addresses of the proxy').fill('172.18.0.0/16, 192.168.1.20')
  await w.accessibleInBoth()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.deepEqual((await w.call('Domain')).proxies, ['172.18.0.0/16', '192.168.1.20'])
  await w.page.getByText('0.0.0.0:14321').first().waitFor()
})
