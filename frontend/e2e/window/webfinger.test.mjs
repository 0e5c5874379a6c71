// The page WebFinger, from an empty list to a document that is published, drifts and is taken back. The provider, the folder and the web server are real, on an internet of the test's own.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Internet } from './internet.mjs'
import { eventually, freePort, Window } from './window.mjs'

const domain = 'lindqvist.example'
const issuer = 'https://id.lindqvist.example'
/** @type {Internet} */
let net
/** @type {Window} */
let w
before(async () => {
  net = await Internet.open('id.lindqvist.example', domain)
  net.hearthkey = `127.0.0.1:${await freePort()}`
  w = await Window.open()
  await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: 'nora@lindqvist.example' })
  await w.call('PinDomain', { hostName: 'id.lindqvist.example', listen: net.hearthkey, proxies: [] })
  await w.load()
  await w.button('Do this later').click()
})
after(async () => {
  await w.close()
  await net.close()
})

const dialog = () => w.page.getByRole('dialog')
const detail = () => w.page.getByRole('region', { name: domain, exact: true })
const change = () => w.page.getByRole('region', { name: 'What will change' })
/** @param {object} document */
function write(document) {
  mkdirSync(join(net.site, '.well-known'), { recursive: true })
  writeFileSync(join(net.site, '.well-known', 'webfinger'), JSON.stringify(document, null, 2))
}
const mastodon = {
  subject: 'acct:emil@lindqvist.example',
  aliases: ['https://social.lindqvist.example/@emil', 'https://social.lindqvist.example/users/emil'],
  links: [
    { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: 'https://social.lindqvist.example/@emil' },
    { rel: 'self', type: 'application/activity+json', href: 'https://social.lindqvist.example/users/emil' },
    { rel: 'http://ostatus.org/schema/1.0/subscribe', template: 'https://social.lindqvist.example/authorize_interaction?uri={uri}' },
  ],
}

test('an empty page starts the next step', async () => {
  await w.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'WebFinger' }).click()
  await w.page.getByText('No domain yet').waitFor()
  await w.accessibleInBoth()
  await w.page.getByRole('link', { name: 'Add domain' }).click()
  await dialog().getByLabel('Domain', { exact: true }).fill('lindqvist')
  await dialog().getByRole('button', { name: 'Cancel' }).focus()
  await dialog().getByText('Write the part after @').waitFor()
  await dialog().getByRole('radio', { name: 'Only some addresses' }).click()
  await dialog().getByText('This list is public.').waitFor()
  await w.accessibleInBoth()
})

test('a domain without a website is led to a host by three questions, and its records are seen as they appear', async () => {
  const bare = 'rowan.example'
  const host = () => w.page.getByRole('dialog', { name: `A home for ${bare}` })
  const pick = (/** @type {string} */ question, /** @type {string} */ said) => host().getByRole('radiogroup', { name: question }).getByRole('radio', { name: said }).click()
  const look = () => host().getByRole('button', { name: 'Look now' }).click()
  const open = () => w.page.getByRole('button', { name: `No website at ${bare}?` }).click()
  const pages = { A: [108, 109, 110, 111].map((n) => `185.199.${n}.153`), AAAA: [0, 1, 2, 3].map((n) => `2606:50c0:800${n}::153`) }
  const servers = { NS: ['ns-1.a.gandi.net', 'ns-2.b.gandi.net'] }
  net.records.set(bare, servers)
  await dialog().getByRole('radio', { name: 'The whole domain' }).click()
  await dialog().getByLabel('Domain', { exact: true }).fill(`nora@${bare}`)
  await open()
  await host().getByText('As its name servers tell: ns-1.a.gandi.net').waitFor()
  await w.accessibleInBoth()
  await pick('May Cloudflare run it', 'No')
  await w.accessibleInBoth()
  await pick('Is a free host fine', 'Yes')
  await host().getByText('The records are not there yet').waitFor()
  assert.equal(await host().getByRole('row').count(), 9)
  await w.copies('Copy 2606:50c0:8003::153', '2606:50c0:8003::153')
  await w.accessibleInBoth()
  net.records.set(bare, { ...servers, A: [...pages.A, '203.0.113.9'] })
  await look()
  await host().getByText('4 of 8 records are there').waitFor()
  await host().getByText('203.0.113.9', { exact: true }).waitFor()
  await w.accessibleInBoth()
  await w.page.setViewportSize({ width: 900, height: 600 })
  assert.ok(await host().evaluate((e) => [e, ...e.querySelectorAll('*')].every((at) => !at.matches('[data-body], footer, table') || at.scrollWidth <= at.clientWidth)), 'scrolls sideways at 900')
  await w.page.setViewportSize({ width: 1180, height: 760 })
  net.records.set(bare, { ...servers, ...pages })
  await look()
  await host().getByText('All records are there').waitFor()
  await w.accessibleInBoth()
  await host().getByRole('button', { name: 'Go on' }).click()
  await host().waitFor({ state: 'detached' })
  assert.equal(await dialog().getByLabel('Domain', { exact: true }).inputValue(), `nora@${bare}`)

  net.records.set(bare, { NS: ['amy.ns.cloudflare.com'] })
  await open()
  await host().getByText('As its name servers tell: amy.ns.cloudflare.com').waitFor()
  assert.equal(await host().getByRole('radio').count(), 0, 'nothing is asked that the name servers tell')
  await host().getByText('The record is not there yet').waitFor()
  await w.copies('Copy 100::', '100::')
  net.records.set(bare, { NS: ['amy.ns.cloudflare.com'], A: ['104.16.1.1'] })
  await look()
  await host().getByText('The record is there').waitFor()
  await w.page.keyboard.press('Escape')
  await host().waitFor({ state: 'detached' })
  await dialog().getByRole('heading', { name: 'Add domain' }).waitFor()
})

test('a domain is added by an address at it', async () => {
  await dialog().getByLabel('Domain', { exact: true }).fill('Nora@Lindqvist.example')
  await dialog().getByRole('radio', { name: 'The whole domain' }).click()
  await dialog().getByRole('button', { name: 'Add domain' }).click()
  await detail().getByRole('heading', { name: domain }).waitFor()
  assert.match(w.page.url(), /#\/webfinger\/lindqvist\.example$/)
  await change().getByText('This document is new.').waitFor()
  await w.page.getByText(`"href": "${issuer}"`).waitFor()
  await detail().getByText('Not checked yet').waitFor()
  await w.accessibleInBoth()
})

test('whom it answers for can be changed, and the list is called public', async () => {
  await w.button('Answers for', false).click()
  await dialog().getByRole('radio', { name: 'Only some addresses' }).click()
  await dialog().getByLabel('Addresses').fill('nora@lindqvist.example emil')
  await w.accessibleInBoth()
  await dialog().getByRole('button', { name: 'Save' }).click()
  await w.page.getByText('2 addresses, and nobody else. This list is public.').waitFor()
  assert.deepEqual((await w.call('WebFingerDomain', domain)).accounts, ['emil', 'nora'])
  await w.call('SetWebFingerDomain', { domain, scope: 'domain', accounts: ['nora'] }) // whom a file names as its subject
  await w.page.getByText(`Every address at ${domain}.`).waitFor()
})

test('a publisher is chosen by keyboard, tried and kept', async () => {
  await w.button('Choose a publisher').focus()
  await w.page.keyboard.press('Enter')
  await dialog().getByText(`How shall it get to ${domain}?`).waitFor()
  await w.accessibleInBoth()
  await dialog().getByRole('button', { name: 'Folder' }).focus()
  await w.page.keyboard.press('Enter')
  const folder = dialog().getByLabel('Folder')
  await eventually(() => folder.evaluate((e) => e === document.activeElement))
  await folder.fill(join(net.site, 'nowhere'))
  await dialog().getByRole('button', { name: 'Test' }).click()
  await dialog().getByText('nowhere', { exact: false }).waitFor()
  await w.accessibleInBoth()
  await folder.fill(net.site)
  await dialog().getByRole('button', { name: 'Test' }).click()
  await dialog().getByRole('listitem').first().waitFor()
  await w.accessibleInBoth()
  assert.equal(net.document, '', 'a test leaves everything as it is')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await detail().getByText(`Folder ${net.site}.`).waitFor()
  await change().getByText('Publishing does this').waitFor()
})

test('publishing puts the document there and proves it', async () => {
  await change().getByRole('button', { name: 'Publish' }).click()
  await detail().getByText(/All \d+ passed/).waitFor()
  assert.equal(JSON.parse(net.document).links[0].href, issuer)
  await change().getByText('Nothing. What stands there is what it should be.').waitFor()
  await detail().getByText(/^Published /).waitFor()
  await w.accessibleInBoth()
})

test('drift is marked in the navigation, and the change that mends it is shown', async () => {
  write({ ...JSON.parse(net.document), links: [{ rel: 'http://openid.net/specs/connect/1.0/issuer', href: `${issuer}/` }] })
  await detail().getByRole('button', { name: 'Check now' }).click()
  await detail().getByText(`Signing up to Tailscale with ${domain} fails now.`).waitFor()
  await w.page.getByRole('link', { name: 'WebFinger, needs attention' }).waitFor()
  await detail().getByText('Changed there, not by Hearthkey.').waitFor()
  await change().getByRole('button', { name: 'Look again' }).click()
  await detail().getByRole('button', { name: /^See change/ }).first().click()
  await change().getByText(`"href": "${issuer}/"`).waitFor()
  await w.accessibleInBoth()
  await change().getByRole('button', { name: 'Publish again' }).click()
  await detail().getByText(/All \d+ passed/).waitFor()
  await w.page.getByRole('link', { name: 'WebFinger', exact: true }).waitFor()
})

test('what others have there is kept, and stays when it is taken back', async () => {
  write(mastodon)
  await change().getByRole('button', { name: 'Look again' }).click()
  await change().getByText('Mastodon uses this document.').waitFor()
  await change().getByText('Its 5 entries stay as they are:').waitFor()
  await w.accessibleInBoth()
  await change().getByRole('button', { name: 'Publish again' }).click()
  await eventually(async () => net.document.includes(issuer))
  assert.deepEqual(JSON.parse(net.document).aliases, mastodon.aliases)
  await change().getByText('Nothing. What stands there').waitFor()

  await w.choose(`More for ${domain}`, 'Take it back')
  await w.accessibleInBoth()
  await w.page.getByRole('alertdialog').getByRole('button', { name: 'Take it back' }).click()
  await eventually(async () => !net.document.includes(issuer))
  assert.deepEqual(JSON.parse(net.document), mastodon)
})

test('the lines for by hand are there to copy, for each host', async () => {
  await w.button('By hand', false).click()
  const tabs = dialog().getByRole('tab')
  await tabs.first().waitFor()
  assert.ok((await tabs.count()) >= 10)
  await tabs.first().focus()
  await w.page.keyboard.press('ArrowDown')
  await eventually(async () => (await tabs.nth(1).getAttribute('aria-selected')) === 'true')
  await dialog().getByRole('tab', { name: 'nginx' }).click()
  await w.accessibleInBoth()
  await dialog().getByRole('tabpanel').getByRole('button', { name: 'Copy' }).first().click()
  await eventually(async () => (await w.desk()).clipboard.includes('webfinger'))
  await dialog().getByRole('button', { name: 'Done' }).click()
})

test('a host key is shown, and pinned once the owner says so', async () => {
  const found = { ok: false, said: '', hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA', fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDHpUfS3m0XuQ2Jt4k', pinned: false, changes: [] }
  /** @type {any} */
  let asked
  await w.page.route('**/call/TestPublisher', (route) => {
    asked = route.request().postDataJSON()[1]
    const pinned = asked.hostKey !== ''
    return route.fulfill({ json: { result: { ...found, pinned, ok: pinned, said: pinned ? 'Signed in at web1.example.' : '' } } })
  })
  await w.button('Publisher').click()
  await dialog().getByRole('button', { name: 'Another way' }).click()
  await dialog().getByRole('button', { name: 'SFTP' }).click()
  await dialog().getByLabel('Host', { exact: true }).fill('web1.example')
  await dialog().getByLabel('User', { exact: true }).fill('nora')
  await dialog().getByLabel('Password').last().fill('a secret')
  await dialog().getByLabel('Directory').fill('/var/www/html')
  await dialog().getByRole('button', { name: 'Test' }).click()
  await dialog().getByText(found.fingerprint).waitFor()
  assert.deepEqual([asked.hostKey, asked.secret, asked.auth], ['', 'a secret', 'password'])
  await w.accessibleInBoth()
  await dialog().getByRole('button', { name: 'Pin this key' }).click()
  await dialog().getByText('Signed in at web1.example.').waitFor()
  assert.equal(asked.hostKey, found.hostKey)
  await eventually(() => dialog().getByRole('button', { name: 'Save' }).evaluate((e) => e === document.activeElement))
  await w.accessibleInBoth()
  await w.page.unroute('**/call/TestPublisher')
  await w.page.keyboard.press('Escape')
  await dialog().waitFor({ state: 'detached' })
})

test('it fits a small window and text at 200 %', async () => {
  for (const [width = 0, height = 0, text = ''] of /** @type {const} */ ([[900, 600, '100%'], [1180, 760, '200%']])) {
    await w.page.setViewportSize({ width, height })
    await w.page.evaluate((size) => document.documentElement.style.setProperty('font-size', size), text)
    await detail().waitFor()
    const wide = await w.page.evaluate(() => [...document.querySelectorAll('main, main > div')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className))
    assert.deepEqual(wide, [], `at ${width} px and ${text}`)
  }
  await w.page.evaluate(() => document.documentElement.style.removeProperty('font-size'))
  await w.page.setViewportSize({ width: 1180, height: 760 })
})

test('a domain is removed, and what stands there stays', async () => {
  await w.choose(`More for ${domain}`, 'Remove domain')
  await w.page.getByRole('alertdialog').getByText(/Nothing is changed at|stays as it is/).waitFor()
  await w.accessibleInBoth()
  await w.page.getByRole('alertdialog').getByRole('button', { name: 'Remove domain' }).click()
  await w.page.getByText('No domain yet').waitFor()
  assert.deepEqual(JSON.parse(net.document), mastodon)
})

test('a trial has nothing to publish, and says the way out', async () => {
  const trial = await Window.open()
  try {
    await trial.settle()
    await trial.go('webfinger')
    await trial.page.getByText('Nothing to publish in a trial').waitFor()
    await trial.accessibleInBoth()
    await trial.button('Leave the trial').click()
    await trial.page.getByRole('dialog', { name: 'Leave the trial' }).waitFor()
  } finally {
    await trial.close()
  }
})
