import type { Tunnel } from '../../api'

type Explained = { title: string; detail: string; waiting: boolean; /** Something is wrong, rather than a step to take. */ wrong: boolean; url: string; open: string; phone: boolean }

const wait = (title: string, detail = ''): Explained => ({ title, detail, waiting: true, wrong: false, url: '', open: '', phone: false })
const ask = (title: string, detail = '', url = '', open = '', phone = false): Explained => ({ title, detail, waiting: false, wrong: false, url, open, phone })
const bad = (title: string, detail = '', url = '', open = '', phone = false): Explained => ({ ...ask(title, detail, url, open, phone), wrong: true })

/** What a state of the tunnel means, and the page that the owner has to open, if any. */
export function explain(t: Tunnel): Explained {
  switch (t.state) {
    case 'off':
      return ask('Not connected to a tailnet')
    case 'starting':
      return wait('Connecting to Tailscale')
    case 'needs_login':
      if (!t.loginURL) return wait('Asking Tailscale for a sign-in page')
      return ask('Sign in to Tailscale and connect this machine', 'Use the account whose tailnet shall carry Hearthkey.', t.loginURL, 'Open the sign-in page', true)
    case 'needs_approval':
      return ask('Waiting for an admin of the tailnet', 'Your tailnet approves new machines by hand. Approve this one on the machines page.', 'https://login.tailscale.com/admin/machines', 'Open the machines page')
    case 'needs_https':
      return ask('Your tailnet gives out no certificates yet', 'Switch on HTTPS certificates for the tailnet. Without them no browser makes a passkey.', t.enableURL || 'https://login.tailscale.com/admin/dns', 'Switch on HTTPS')
    case 'needs_funnel':
      return ask('This machine may not use Funnel yet', 'Funnel lets phones and apps outside the tailnet reach it. Allow it for this machine.', t.enableURL || 'https://login.tailscale.com/admin/acls', 'Allow Funnel')
    case 'needs_name':
      return ask('The name waits for your yes', 'Nothing is served before you confirm it.')
    case 'name_mismatch':
      return bad('The tailnet gives this machine another name', `It is ${t.dnsName || 'unknown'} there, and passkeys are bound to ${t.pinnedURL}. Nothing is served until the old name is back. Rename the machine on the machines page.`, 'https://login.tailscale.com/admin/machines', 'Open the machines page')
    case 'fetching_certificate':
      return wait('Fetching the certificate', 'This takes up to a minute the first time.')
    case 'online':
      return ask(t.funnel ? 'Serving the internet and the tailnet' : 'Serving the tailnet')
    case 'degraded':
      return bad('Serving, with a problem')
    case 'key_expired':
      if (!t.loginURL) return wait('The node key has expired. Asking Tailscale for a sign-in page')
      return bad('The node key has expired', 'Nobody outside this machine can sign in until you log the node in again.', t.loginURL, 'Log in to Tailscale', true)
    case 'paused':
      return ask('Paused', 'Nobody can sign in until you resume.')
    default:
      return wait(`The tunnel is in a state this window does not know (${t.state})`)
  }
}
