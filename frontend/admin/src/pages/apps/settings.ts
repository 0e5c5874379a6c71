import type { Client, ClientDetail, ClientInput } from '../../api'
import type { PasteLine } from '../../ui/PasteList.svelte'

/** Where an app is, as people know it: the host of its address. */
export function place(client: Client): string {
  const uri = client.launchUrl || client.redirectUris[0] || ''
  try {
    return new URL(uri).host || uri
  } catch {
    return uri
  }
}

/** What is pasted into an app, the few that most apps ask for first. secret is the new one while it is shown. */
export function pasteLines({ client, endpoints }: ClientDetail, secret = ''): PasteLine[] {
  return [
    { name: 'Issuer', value: endpoints.issuer },
    { name: 'Client ID', value: client.id },
    secret ? { name: 'Client secret', value: secret } : { name: 'Client secret', value: '', instead: client.public ? 'None: a public app' : 'Shown once, see Secrets' },
    { name: 'Discovery URL', value: endpoints.discovery },
    { name: 'Scopes', value: 'openid profile email groups' },
  ]
}

/** For apps that do not read the discovery document. */
export function endpointLines({ endpoints }: ClientDetail): PasteLine[] {
  return [
    { name: 'Authorization URL', value: endpoints.authorization },
    { name: 'Token URL', value: endpoints.token },
    { name: 'User info URL', value: endpoints.userInfo },
    { name: 'JWKS URL', value: endpoints.jwks },
    { name: 'End session URL', value: endpoints.endSession },
    { name: 'Revocation URL', value: endpoints.revocation },
    { name: 'Introspection URL', value: endpoints.introspection },
    { name: 'Pushed requests URL', value: endpoints.par },
    { name: 'Device code URL', value: endpoints.deviceCode },
  ]
}

export const asText = (lines: PasteLine[]) =>
  lines
    .filter((l) => !l.instead)
    .map((l) => `${l.name}: ${l.value}`)
    .join('\n')

/** An app as its forms hold it. Its dates go along and are passed over. */
export const inputOf = ({ client, access }: ClientDetail): ClientInput => ({ ...client, access })

/** An app that has nothing but its defaults. */
export const blank = (): ClientInput => ({
  id: '',
  name: '',
  public: false,
  native: false,
  allowHttp: false,
  requirePkce: false,
  requirePar: false,
  skipConsent: false,
  reauthenticate: false,
  alwaysRefresh: false,
  clientCredentials: false,
  deviceGrant: false,
  deviceAnywhere: false,
  userInfoOnly: false,
  idTokenAlgorithm: '',
  accessFormat: '',
  audience: '',
  accessLife: 0,
  idTokenLife: 0,
  refreshIdle: 0,
  refreshAbsolute: 0,
  networkRule: '',
  tailnetHint: false,
  tailnetEnrol: false,
  tailnetSignIn: false,
  launchUrl: '',
  initiateLoginUri: '',
  backchannelLogoutUri: '',
  backchannelInward: false,
  redirectUris: [],
  postLogoutRedirectUris: [],
  access: { everyone: false, groupIds: [], userIds: [] },
})

/** How long tokens last where an app has no length of its own, in seconds; the Go side's defaults. */
export const defaults = ({ accessFormat }: Pick<ClientInput, 'accessFormat'>) => ({
  accessLife: accessFormat === 'jwt' ? 300 : 3600,
  idTokenLife: 3600,
  refreshIdle: 30 * 86_400,
  refreshAbsolute: 180 * 86_400,
})

/** How long an access token of an app lasts, in seconds. */
export const accessLife = (input: Pick<ClientInput, 'accessFormat' | 'accessLife'>) => input.accessLife || defaults(input).accessLife
