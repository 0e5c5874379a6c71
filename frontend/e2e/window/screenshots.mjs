// Pictures of every page, at both sizes and in both themes, into build/cache/screenshots. The data is made through the bound methods; tailnet states are put into the answers of Go, as in tailnet.test.mjs.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { signUpScreens } from './signup-screens.mjs'
import { Window } from './window.mjs'

const out = fileURLToPath(new URL('../../../build/cache/screenshots/', import.meta.url))
const sizes = [
  [1180, 760],
  [900, 600],
]
const themes = /** @type {const} */ (['light', 'dark'])

await mkdir(out, { recursive: true })
const w = await Window.open()
/** @type {Record<string, unknown> | undefined} */
let tunnel
/** @type {Record<string, unknown>} */
let over = {}
await w.page.route('**/call/Status', async (route) => {
  if (!tunnel) return route.continue()
  const answer = await route.fetch()
  const { result } = await answer.json()
  await route.fulfill({ response: answer, json: { result: { ...result, ...over, tunnel: { ...result.tunnel, ...tunnel } } } })
})

/** @param {string} name */
async function shoot(name, of = w) {
  for (const [width = 0, height = 0] of sizes) {
    await of.page.setViewportSize({ width, height })
    for (const colorScheme of themes) {
      await of.page.emulateMedia({ colorScheme })
      await of.page.screenshot({ path: `${out}${name}-${width}-${colorScheme}.png`, animations: 'disabled' })
    }
  }
  await of.page.setViewportSize({ width: 1180, height: 760 })
}
const changed = () => w.page.evaluate(() => void window.dispatchEvent(new Event('focus')))
const button = (/** @type {string} */ name) => w.button(name).first()

// the first run
await w.load()
await shoot('setup-1-who')
const owner = await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: 'nora@lindqvist.example' })
await w.load()
await shoot('setup-2-reach')
await button('Continue with Tailscale').click()
await shoot('setup-2a-connect')
over = {
  connect: [
    { key: 'sign_in', state: 'now', title: 'Sign in to Tailscale and connect this machine', detail: 'Use the account whose tailnet shall carry Hearthkey.', link: 'https://login.tailscale.com/a/1a2b3c4d5e6f7', open: 'Open the sign-in page' },
    { key: 'join', state: 'waiting', title: 'Join the tailnet', detail: '', link: '', open: '' },
    { key: 'certificate', state: 'waiting', title: 'Get a certificate', detail: '', link: '', open: '' },
    { key: 'funnel', state: 'waiting', title: 'Open it to the internet', detail: '', link: '', open: '' },
    { key: 'public', state: 'waiting', title: 'Be found from the internet', detail: '', link: '', open: '' },
  ],
}
tunnel = { state: 'needs_login', hostName: 'hearth', loginURL: 'https://login.tailscale.com/a/1a2b3c4d5e6f7' }
await w.load()
await w.page.getByText('Sign in to Tailscale').first().waitFor()
await shoot('setup-2b-login')
over = {}
tunnel = { state: 'needs_name', hostName: 'hearth', dnsName: 'hearth.otter-finch.ts.net', url: 'https://hearth.otter-finch.ts.net', account: 'nora@github', funnel: true }
await changed()
await w.page.getByText('This name cannot change later').waitFor()
await shoot('setup-2c-name')
tunnel = undefined
await w.call('StartTrial', 0)
await w.load()
await shoot('setup-3-passkey')
await button('Open in my browser').click()
await w.page.getByText('Waiting for your passkey').waitFor()
await shoot('setup-3a-waiting')
await w.enrol((await w.call('Invite', owner.id)).url)
await w.page.getByText('Hearthkey is ready').waitFor()
await shoot('setup-4-done')
await button('Go to Overview').click()

// empty pages
for (const page of ['groups', 'apps', 'users']) {
  await w.go(page)
  await w.page.getByRole('heading', { level: 1, name: new RegExp(page, 'i') }).waitFor()
  await shoot(`empty-${page}`)
}

// a home that is lived in
const person = (/** @type {string} */ userName, /** @type {string} */ name) =>
  w.call('CreateUser', { userName, name, givenName: name.split(' ')[0], familyName: name.split(' ')[1] ?? '', email: `${userName}@lindqvist.example`, claims: '{"shelf": "a12"}', groupIds: [] })
const emil = await person('emil', 'Emil Lindqvist')
const astrid = await person('astrid', 'Astrid Lindqvist')
const jonas = await person('jonas', 'Jonas Berg')
const sven = await person('sven', 'Sven Wilhelmsson')
const family = await w.call('CreateGroup', { name: 'family', claims: '{"quota_gb": 50}', memberIds: [owner.id, emil.id, astrid.id] })
const builders = await w.call('CreateGroup', { name: 'builders', memberIds: [owner.id, jonas.id] })
/** @param {string} name @param {string} host @param {object} access */
const app = async (name, host, access, path = '/auth/callback') =>
  (await w.call('CreateClient', {
    name, public: false, native: false, allowHttp: false, requirePkce: true, skipConsent: false, alwaysRefresh: false,
    launchUrl: `https://${host}`, redirectUris: [`https://${host}${path}`], postLogoutRedirectUris: [], access: { everyone: false, groupIds: [], userIds: [], ...access },
  })).detail.client
const forgejo = await app('Forgejo', 'git.lindqvist.example', { groupIds: [family.id, builders.id] }, '/user/oauth2/hearthkey/callback')
await app('Immich', 'photos.lindqvist.example', { groupIds: [family.id] }, '/auth/login')
await app('Mealie', 'food.lindqvist.example', { groupIds: [family.id], userIds: [sven.id] }, '/login')
await app('Paperless-ngx', 'paper.lindqvist.example', {})
await app('Vikunja', 'tasks.lindqvist.example', { everyone: true }, '/auth/openid/hearthkey')
await w.enrol((await w.call('Invite', emil.id)).url)
await w.enrol((await w.call('Invite', astrid.id)).url)
await w.enrol((await w.call('Invite', astrid.id)).url)
await w.call('Invite', sven.id)
await w.call('SetUserDisabled', jonas.id, true)

/** @param {string} path @param {string} name @param {() => Promise<unknown>} [then] */
async function page(path, name, then) {
  await w.load(path)
  await w.page.getByRole('heading', { level: 1 }).waitFor()
  await w.page.waitForFunction(() => document.querySelector('table, dl, section') !== null)
  await then?.()
  await shoot(name)
}
await page('overview', 'overview', () => w.page.getByText('Jonas Berg was disabled').waitFor())
await page('users', 'users', () => w.page.getByText('Jonas Berg').waitFor())
await page(`users/${emil.id}`, 'user', () => w.page.getByText(/On one device|Synced/).first().waitFor())
await page(`users/${sven.id}`, 'user-invite', async () => {
  await button('New link').click()
  await w.page.getByText(/Works once, until/).waitFor()
})
await page('users/new', 'user-add', () => w.page.getByRole('dialog').waitFor())
await page(`users/${emil.id}`, 'user-delete', async () => {
  await w.choose('More for Emil Lindqvist', 'Delete user')
  await w.page.getByRole('alertdialog').waitFor()
})
await page(`groups/${family.id}`, 'group', () => w.page.getByRole('complementary').getByText('3 members').waitFor())
await page('groups/new', 'group-add', () => w.page.getByRole('dialog').waitFor())
await page('apps', 'apps', () => w.page.getByText('Vikunja').waitFor())
await page(`apps/${forgejo.id}`, 'app', () => w.page.getByText('Paste into Forgejo').waitFor())
/** @param {RegExp} group @param {string} name @param {string[]} ticks */
const settings = (group, name, ticks) =>
  page(`apps/${forgejo.id}`, name, async () => {
    await w.page.getByRole('complementary').getByRole('button', { name: group }).click()
    for (const tick of ticks) await w.page.getByRole('dialog').getByRole('checkbox', { name: tick }).or(w.page.getByRole('dialog').getByRole('radio', { name: tick })).click()
  })
await settings(/^Sign-in/, 'app-sign-in', ['Tailnet only', 'A passkey for each sign-in'])
await settings(/^Tokens/, 'app-tokens', ['ES256', 'JWT'])
await settings(/^Protection/, 'app-protection', ['Only pushed requests'])
await settings(/^Other ways in/, 'app-ways', ['Sign-in on a device', 'Also from another network'])
await settings(/^Sign-out/, 'app-sign-out', [])
await page(`apps/${forgejo.id}`, 'app-secret', () => button('New secret').click())
await page(`apps/${forgejo.id}`, 'app-sees', async () => {
  await button('Choose a person').click()
  await w.page.getByText('is let in').waitFor()
})
await page('apps/new', 'app-add', async () => {
  await w.page.getByLabel('Name').fill('Karakeep')
  await w.page.getByLabel('Redirect URIs').fill('https://keep.lindqvist.example/api/auth/callback/custom')
})
await page('apps/new', 'app-added', async () => {
  await w.page.getByLabel('Name').fill('Karakeep')
  await w.page.getByLabel('Redirect URIs').fill('https://keep.lindqvist.example/api/auth/callback/custom')
  await button('Add Karakeep').click()
  await w.page.getByText('Secret of Karakeep').waitFor()
})
await page('activity', 'activity', () => w.page.getByText('Hearthkey was set up').first().waitFor())
await page('activity', 'activity-event', async () => {
  await w.page.getByRole('link', { name: 'Emil Lindqvist signed in' }).first().click()
  await w.page.getByRole('complementary').getByText('Details').waitFor()
})
await page('settings', 'settings')
await page('settings', 'settings-rotate', () => button('Rotate RS256').click())
const dialog = () => w.page.getByRole('dialog').waitFor()
await page('settings/leave', 'settings-leave-trial', dialog)
await page('settings/tailnet', 'settings-leave-trial-tailnet', dialog)
await page('settings/domain', 'settings-leave-trial-domain', () => w.page.getByLabel('Host name').fill('id.lindqvist.example'))

// the same home behind Funnel
const week = 7 * 24 * 3600_000
const host = 'hearth.otter-finch.ts.net'
tunnel = { state: 'online', hostName: 'hearth', dnsName: host, url: `https://${host}`, pinnedURL: `https://${host}`, account: 'nora@github', online: true, funnel: true, keyExpiry: Date.now() + 20 * week, certExpiry: Date.now() + 10 * week }
const looked = { state: 'up', took: 41e6, checkedAt: Date.now() - 20_000, since: Date.now() - week }
const reach = [{ network: 'local', state: 'off' }, { ...looked, network: 'tailnet', took: 6e6 }, { ...looked, network: 'public' }]
const ending = (/** @type {number} */ ends) => ({ ends, level: '', title: '', detail: '' })
const guard = { ask: false, passkeyAdmin: false, oneClick: [], machine: 'https://login.tailscale.com/admin/machines/100.101.7.1', key: ending(Date.now() + 20 * week), certificate: ending(Date.now() + 10 * week), notice: { key: '', title: '', body: '' } }
over = { guard, reach, pin: { mode: 'funnel', issuer: `https://${host}`, rpId: host, hostName: host, pinnedAt: 1 }, state: 'online_public', problem: '', ownerReady: true, phoneInvite: true }
await page('overview', 'overview-funnel', () => w.page.getByText('Answered in 41 ms').waitFor())
await page('settings', 'settings-funnel', () => w.page.getByText('nora@github').waitFor())
await page('settings?at=tailscale', 'settings-funnel-tailscale')
await page('settings?at=tokens', 'settings-funnel-tokens')
await page('settings?at=machine', 'settings-funnel-machine')

// what Go answers in states that this machine cannot be in
/** @type {Record<string, unknown>} */
const answers = {}
for (const method of ['Approvals', 'TailnetPeople', 'MovePlan', 'Doctor']) {
  await w.page.route(`**/call/${method}`, (route) => (method in answers ? route.fulfill({ json: { result: answers[method] } }) : route.continue()))
}
const serving = { ...over }
const check = (/** @type {string} */ key, /** @type {string} */ state, /** @type {string} */ title, detail = '', page = '', snippet = '') => ({ key, state, title, detail, page, snippet })
answers['Doctor'] = {
  checks: [
    check('funnel', 'missing', 'This machine may not use Funnel', 'Paste this into the policy of the tailnet, in "nodeAttrs".', 'https://login.tailscale.com/admin/acls', '{"target": ["hearth"], "attr": ["funnel"]}'),
    check('magicdns', 'ok', 'MagicDNS is on'),
    check('https', 'ok', 'HTTPS certificates are on'),
    check('key', 'warn', 'The node key expires in 27 days', 'Disable key expiry on its page, or tag the node.', 'https://login.tailscale.com/admin/machines'),
  ],
}
over = { ...serving, connect: [{ key: 'join', state: 'done', title: 'Joined otter-finch.ts.net', detail: '', link: '', open: '' }] }
await page('settings?at=tailscale', 'settings-doctor', () => w.page.getByText('This machine may not use Funnel').first().waitFor())

const asked = { id: 'apr_1', kind: 'enrol', userId: emil.id, userName: 'Emil Lindqvist', clientId: forgejo.id, clientName: 'Forgejo', login: 'emil@github', node: 'emils-phone', network: 'tailnet', source: '100.101.7.9', userAgent: 'Safari on iPhone', createdAt: Date.now() - 40_000, expiresAt: Date.now() + 560_000 }
answers['Approvals'] = [asked]
over = { ...serving, approvals: 1 }
await page('overview', 'overview-approval', () => w.page.getByText('emils-phone').first().waitFor())
delete answers['Approvals']
answers['TailnetPeople'] = { people: [{ id: '1', login: 'emil@github', name: 'Emil Lindqvist', nodes: ['emils-phone'], seen: true, userId: '', userName: '', linkedAt: 0, suggestedId: emil.id, suggestedName: emil.name }], enrolAtOnce: false }
over = serving
await page(`users/${emil.id}`, 'user-tailnet', () => w.page.getByRole('complementary').getByText(/Tailscale/).first().scrollIntoViewIfNeeded())
await settings(/^Tailnet/, 'app-tailnet', [])

over = { ...serving, pause: { on: true, until: Date.now() + 12 * 60_000 }, state: 'paused', reach: [reach[0], reach[1], { ...looked, network: 'public', state: 'paused' }] }
await page('overview', 'overview-paused')
const down = { ...looked, network: 'public', state: 'down', problem: 'The relay does not answer.', since: Date.now() - 300_000 }
over = { ...serving, state: 'attention', problem: 'Nobody gets in from the internet: the relay does not answer.', reach: [reach[0], reach[1], down] }
await page('overview', 'overview-attention')
over = { ...serving, state: 'tailnet_only', pin: { .../** @type {object} */ (serving['pin']), mode: 'tailnet' }, reach: [reach[0], reach[1], { network: 'public', state: 'off' }] }
await page('overview', 'overview-tailnet')

// another name, and a move
const fresh = 'hearth-1.otter-finch.ts.net'
tunnel = { ...tunnel, state: 'name_mismatch', dnsName: fresh, url: `https://${fresh}`, collision: { name: host, os: 'linux', owner: 'nora@github', online: false, lastSeen: Date.now() - week } }
over = { ...serving, state: 'attention', problem: `The tailnet now calls this machine ${fresh}.`, mismatch: { host, name: fresh, kind: 'suffix', page: 'https://login.tailscale.com/admin/machines', passkeys: 14, people: 5, apps: 3 } }
await page('overview', 'overview-mismatch', () => w.page.getByText('14 passkeys of 5 people').waitFor())
await page('settings', 'settings-mismatch')
await page('settings/name', 'take-back', dialog)
const toDomain = { mode: 'domain', issuer: 'https://id.lindqvist.example', rpId: 'id.lindqvist.example', hostName: 'id.lindqvist.example', pinnedAt: 1 }
answers['MovePlan'] = {
  from: serving['pin'], to: toDomain, keep: 1, lost: false, mostDays: 7,
  people: [owner, emil, astrid].map((u, i) => ({ id: u.id, name: u.name, userName: u.userName, email: u.email, owner: i === 0, passkeys: 3 - i })),
  apps: [{ id: 'a1', name: 'Tailscale', tailnet: true }, { id: 'a2', name: 'Forgejo', tailnet: false }],
}
over = serving
tunnel = { ...tunnel, state: 'online', dnsName: host, url: `https://${host}`, collision: {} }
await page('settings/own', 'move-own', () => w.page.getByLabel('Host name').fill('id.lindqvist.example'))
await button('Show what it takes').click()
await w.page.getByText('3 people need a new passkey').waitFor()
await shoot('move-plan')
await button('Prepare 2 invites').click()
await shoot('move-sure')

// a domain of the owner's own, with the address that was left
over = { ...serving, pin: toDomain, former: [{ host, leftAt: Date.now() - week, passkeys: 14, people: 2, state: 'up', checkedAt: Date.now() - 60_000, problem: '' }], stranded: 2 }
await page('settings', 'settings-domain', () => w.page.getByText('Own domain, behind your reverse proxy').waitFor())
await page('overview', 'overview-domain')
// the domains whose WebFinger points here: one that drifted, one by hand, one just added
const mine = 'https://id.lindqvist.example'
for (const method of ['WebFingerDomains', 'WebFingerDomain', 'PlanWebFinger', 'WebFingerLines', 'WebFingerGuide', 'TestPublisher']) {
  await w.page.route(`**/call/${method}`, (route) => (method in answers ? route.fulfill({ json: { result: answers[method] } }) : route.continue()))
}
answers['WebFingerDomains'] = []
await page('webfinger', 'webfinger-empty', () => w.page.getByText('No domain yet').waitFor())
await page('webfinger/new', 'webfinger-add', async () => {
  await w.page.getByLabel('Domain', { exact: true }).fill('nora@lindqvist.example')
  await w.page.getByRole('radio', { name: 'Only some addresses' }).click()
})
const records = [...[108, 109, 110, 111].map((n) => ['A', `185.199.${n}.153`]), ...[0, 1, 2, 3].map((n) => ['AAAA', `2606:50c0:800${n}::153`])].map(([type, value], i) => ({ type, name: 'lindqvist.example', value, seen: i < 3 }))
const guide = { domain: 'lindqvist.example', looked: true, problem: '', dns: 'Gandi', servers: ['ns-1.a.gandi.net', 'ns-2.b.gandi.net'], addresses: [], ask: 'cloudflare', host: '', steps: [], records: [], at: 0, extra: [], ready: false }
answers['WebFingerGuide'] = guide
await w.page.getByRole('button', { name: 'No website at' }).click()
await w.page.getByText('May Cloudflare run it from now on?').waitFor()
await shoot('webfinger-host-asked')
const steps = ['Make a public repository at GitHub.', 'Enter lindqvist.example as the custom domain of its Pages.', 'Enter these records for lindqvist.example where its DNS is run. Mail is not touched.', 'Choose Git as the publisher in Hearthkey.']
answers['WebFingerGuide'] = { ...guide, ask: '', host: 'github', steps, records, at: 2, extra: ['203.0.113.9'] }
await w.page.getByRole('radio', { name: 'No' }).click()
await w.page.getByText('3 of 8 records are there').waitFor()
await w.page.getByRole('radio', { name: 'Yes' }).last().click()
await w.page.getByText('203.0.113.9').scrollIntoViewIfNeeded()
await shoot('webfinger-host')
const row = { domain: 'lindqvist.example', publisher: 'sftp', users: 4, verdict: 'danger', summary: '', checkedAt: Date.now() - 40_000, publishedAt: Date.now() - week }
const byHand = { ...row, domain: 'rowan.example', publisher: 'hand', users: 1, verdict: 'ok' }
const added = { ...row, domain: 'wilhelmsson.example', publisher: '', users: 1, verdict: 'unknown', checkedAt: 0, publishedAt: 0 }
/** @param {string} key @param {string} state @param {string} title */
const finding = (key, state, title, detail = '') => ({ key, state, title, detail })
const fine = [
  finding('dns', 'ok', 'Reached at 198.51.100.20 in 88 ms'), finding('tls', 'ok', 'HTTPS, with a certificate to 11 Feb'), finding('status', 'ok', 'Answered with 200'), finding('json', 'ok', 'A WebFinger document'),
  finding('type', 'ok', 'Type application/jrd+json'), finding('cors', 'ok', 'Open to every origin'), finding('encoding', 'ok', 'Answered for acct: in both spellings'), finding('foreign', 'ok', 'What others have there is kept'),
]
const drifted = [
  finding('issuer', 'danger', 'The issuer differs by a slash at its end', `Tailscale compares every byte and refuses. ${mine}/ stands there, ${mine} is right. Publish again to put it right.`),
  finding('cache', 'warn', 'Kept by others for 24 hours', 'A change takes that long to arrive everywhere. An hour or less (max-age=3600) is better.'),
]
const looks = { at: Date.now() - 40_000, verdict: 'ok', summary: 'Tailscale accepts rowan.example.', address: '198.51.100.20', took: 88, href: mine, host: 'nginx', drifted: false, findings: fine }
const detail = {
  ...row, scope: 'domain', accounts: [], settings: { kind: 'sftp', host: 'web1.host.example', user: 'nora', auth: 'password', root: '/var/www/html' }, hasCredentials: true, kept: '', published: '', busy: '', problem: '',
  account: ['Puts the file /var/www/html/.well-known/webfinger there, in the place of the one that is there.'],
  check: { ...looks, verdict: 'danger', summary: 'Signing up to Tailscale with lindqvist.example fails now. The issuer differs by a slash at its end.', href: `${mine}/`, drifted: true, findings: [...drifted, ...fine] },
}
const lined = ['{', '  "subject": "acct:nora@lindqvist.example",', '  "aliases": [', '    "https://social.lindqvist.example/@nora"', '  ],', '  "links": [', '    {', '      "rel": "http://openid.net/specs/connect/1.0/issuer",', `-      "href": "${mine}/"`, `+      "href": "${mine}"`, '    }', '  ]', '}']
const diff = (/** @type {string[]} */ of) => of.map((text) => (/^[-+]/.test(text) ? { sign: text[0], text: text.slice(1) } : { sign: '', text }))
const plan = { domain: row.domain, found: '{}', where: 'Read where it will be published.', kind: 'Mastodon', foreign: ['alias https://social.lindqvist.example/@nora'], notes: [], result: '{}', diff: diff(lined), digest: 'x', problem: '', same: false }
answers['WebFingerDomains'] = [row, byHand, added]
answers['WebFingerDomain'] = detail
answers['PlanWebFinger'] = plan
const nginx = `location = /.well-known/webfinger {\n    default_type application/jrd+json;\n    add_header Access-Control-Allow-Origin * always;\n    return 200 '{"links":[{"rel":"http://openid.net/specs/connect/1.0/issuer","href":"${mine}"}]}';\n}\n`
answers['WebFingerLines'] = ['nginx', 'Caddy', 'Apache', 'Traefik', 'Cloudflare Worker', 'Netlify', 'WordPress'].map((name) => ({ host: name, name, said: 'Answers for every address of the domain.', files: [{ where: 'Within the server of rowan.example.', name: '', text: nginx }] }))
await page('webfinger', 'webfinger', () => w.page.getByRole('button', { name: 'Publish again' }).waitFor())
await w.button('Publisher').click()
await shoot('webfinger-publisher')
answers['TestPublisher'] = { ok: false, said: '', hostKey: 'ssh-ed25519 AAAA', fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDHpUfS3m0XuQ2Jt4k', pinned: false, changes: [] }
await button('Test').click()
await w.page.getByText('Is this the host that you mean?').waitFor()
await shoot('webfinger-host-key')
await button('Another way').click()
await shoot('webfinger-publishers')
answers['WebFingerDomain'] = { ...detail, ...byHand, settings: { kind: 'hand' }, check: looks, account: [] }
answers['PlanWebFinger'] = { ...plan, same: true, diff: [] }
await page('webfinger/rowan.example', 'webfinger-by-hand', () => w.page.getByText('Put it there by hand').waitFor())
answers['WebFingerDomain'] = { ...detail, ...added, settings: { kind: '' }, hasCredentials: false, check: { ...looks, at: 0, verdict: 'unknown', summary: '', findings: [] }, account: [] }
answers['PlanWebFinger'] = { ...plan, found: '', kind: '', foreign: [], where: 'wilhelmsson.example has no document yet.', diff: diff(['+{', '+  "links": [', '+    {', '+      "rel": "http://openid.net/specs/connect/1.0/issuer",', `+      "href": "${mine}"`, '+    }', '+  ]', '+}']) }
await page('webfinger/wilhelmsson.example', 'webfinger-new', () => w.page.getByRole('button', { name: 'Choose a publisher' }).waitFor())
await w.close()
await signUpScreens(shoot)
console.log(`Pictures are in ${out}`)
