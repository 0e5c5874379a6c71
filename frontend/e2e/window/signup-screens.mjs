// Pictures of the guide that signs a tailnet up, on an issuer of the owner's own domain. What Tailscale and a look from outside would bring about is put into the answers.
import { freePort, Window } from './window.mjs'

/** @param {(name: string, window: Window) => Promise<void>} shoot */
export async function signUpScreens(shoot) {
  const w = await Window.open()
  await w.call('SetUp', { home: 'Lindqvist home', name: 'Nora Lindqvist', userName: 'nora', email: '' })
  await w.call('PinDomain', { hostName: 'id.lindqvist.example', listen: `127.0.0.1:${await freePort()}`, proxies: [] })
  const person = { givenName: '', familyName: '', claims: '', groupIds: [] }
  await w.call('CreateUser', { ...person, userName: 'emil', name: 'Emil Lindqvist', email: 'emil@lindqvist.example' })
  await w.call('CreateUser', { ...person, userName: 'ida', name: 'Ida Berg', email: 'ida@berg.example' })
  /** @type {(s: any) => any} */
  let outside = (s) => s
  await w.page.route(/\/call\/(Status|SignUp)$/, async (route) => {
    const answer = await route.fetch()
    const { result } = await answer.json()
    await route.fulfill({ response: answer, json: { result: route.request().url().endsWith('Status') ? { ...result, ownerReady: true } : outside(result) } })
  })
  const heading = (/** @type {string} */ name) => w.page.getByRole('heading', { level: 1, name }).waitFor()
  const at = async (/** @type {string} */ title, /** @type {string} */ name) => {
    await w.load('webfinger/tailscale')
    await heading(title)
    await shoot(name, w)
  }
  await w.load('webfinger/tailscale')
  await w.page.getByLabel('Your e-mail address').fill('nora@lindqvist.example')
  await shoot('sign-up-1-address', w)
  await w.button('Use this address').click()
  await heading('Let lindqvist.example name your issuer')
  await shoot('sign-up-2-domain', w)
  await w.button('No website at lindqvist.example?', false).click()
  await w.page.getByRole('radio', { name: 'Yes' }).click()
  await w.button('Copy 100::').waitFor()
  await shoot('sign-up-2a-host', w)
  outside = (s) => ({ ...s, webFinger: { ...s.webFinger, verdict: 'ok' }, made: s.made.map((/** @type {any} */ l) => ({ ...l, level: 'ok', detail: '' })) })
  await at('Who may join lindqvist.example?', 'sign-up-3-people')
  await w.button('Only me').click()
  await heading("Fill in Tailscale's form")
  await w.button('Make the client secret').click()
  await w.page.getByText('Waiting for Nora Lindqvist').waitFor()
  await shoot('sign-up-4-form', w)
  await w.button('I move a tailnet I have').click()
  await shoot('sign-up-4a-letter', w)
  const green = outside
  outside = (s) => ({ ...green(s), signedInAt: Date.now() - 30_000 })
  await at('It worked', 'sign-up-5-proof')
  outside = (s) => ({ ...green(s), signedInAt: Date.now() - 90_000, signedOut: true, verifiedAt: Date.now() - 9000 })
  await at('Keep the door open', 'sign-up-6-after')
  await w.page.unrouteAll({ behavior: 'ignoreErrors' })
  await w.close()
}
