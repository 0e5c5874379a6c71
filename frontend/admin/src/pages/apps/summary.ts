import type { Client } from '../../api'
import { place } from './settings'

const said = (...parts: (string | false)[]) => parts.filter(Boolean).join(', ')

/** How each group of an app's settings stands, in one line. */
export const summary = {
  signIn: (c: Client) =>
    said(c.networkRule === 'tailnet' ? 'From the tailnet only' : 'From anywhere', c.skipConsent ? 'no consent asked' : 'consent asked', c.reauthenticate && 'a passkey each time'),

  tailnet: (c: Client) => said(c.tailnetHint && 'Names the person', c.tailnetEnrol && 'first passkeys', c.tailnetSignIn && 'one click') || 'Not used',

  tokens: (c: Client) =>
    said(
      c.idTokenAlgorithm,
      c.accessFormat === 'jwt' ? 'JWT access tokens' : 'opaque access tokens',
      c.userInfoOnly && 'claims in user info only',
      (c.accessLife || c.idTokenLife || c.refreshIdle || c.refreshAbsolute) > 0 && 'lifetimes of its own',
      c.alwaysRefresh && 'always a refresh token',
    ),

  protection: (c: Client) =>
    said(c.public || c.requirePkce ? 'PKCE required' : 'PKCE where the app sends it', c.requirePar && 'pushed requests only', c.native && 'links of its own', c.allowHttp && 'http allowed'),

  ways: (c: Client) => said(c.deviceGrant && (c.deviceAnywhere ? 'Devices in any network' : 'Devices'), c.clientCredentials && 'Acts for itself') || 'None',

  signOut: (c: Client) => (c.backchannelLogoutUri ? `Told at ${place({ ...c, launchUrl: c.backchannelLogoutUri })}` : 'Not told when people sign out'),
}
