// The only door to the Go side: its bound methods, with failures made readable and a limit on waiting.

export type User = {
  id: string; userName: string; name: string; givenName: string; familyName: string; email: string; emailVerified: boolean
  locale: string; claims: string; owner: boolean; createdAt: number; updatedAt: number; disabledAt: number
}
export type Group = { id: string; name: string; claims: string; createdAt: number; updatedAt: number }
export type Client = {
  id: string; name: string; public: boolean; native: boolean; allowHttp: boolean; requirePkce: boolean; skipConsent: boolean; alwaysRefresh: boolean
  launchUrl: string; redirectUris: string[]; postLogoutRedirectUris: string[]; createdAt: number; updatedAt: number; disabledAt: number
}
export type ClientSecret = { id: string; clientId: string; name: string; createdAt: number; expiresAt: number; lastUsedAt: number }
export type Passkey = {
  id: string; userId: string; name: string; provider: string; transports: string[]; attachment: string; backupEligible: boolean; backedUp: boolean
  rpId: string; origin: string; createdAt: number; lastUsedAt: number; flaggedAt: number
}
export type Session = {
  id: string; browserId: string; userId: string; createdAt: number; authTime: number; seenAt: number; acr: string; amr: string
  passkeyId: string; network: string; source: string; userAgent: string; endedAt: number; endReason: string
}
export type Invite = { id: string; userId: string; createdAt: number; expiresAt: number; usedAt: number; revokedAt: number }
export type Consent = { userId: string; clientId: string; scope: string; grantedAt: number }
export type Pin = { mode: string; issuer: string; rpId: string; hostName: string; pinnedAt: number }
export type Tunnel = {
  state: string; hostName: string; dnsName: string; url: string; pinnedURL: string; account: string; loginURL: string; enableURL: string
  keyExpiry: number; certExpiry: number; online: boolean; funnel: boolean; problem: string
}
export type Todo = { key: string; level: string; title: string; detail: string; link: string }
export type Status = {
  version: string; home: string; pin: Pin; tunnel: Tunnel; state: string; problem: string; owner?: User | null; ownerReady: boolean; phoneInvite: boolean
  users: number; passkeys: number; clients: number; trialOnly: number; signIns: number; startedAt: number; dataDir: string
  keyStorage: string; keyWarning: string; todo: Todo[]
}
export type SetUp = { home: string; name: string; userName: string; email: string }
export type ConnectTailnet = { hostName: string; authKey: string; funnel: boolean }
export type UserInput = { userName: string; name: string; givenName: string; familyName: string; email: string; claims: string; groupIds: string[] }
export type UserRow = { user: User; groups: string[]; passkeys: number; lastSignIn: number; openInvite: number }
export type PasskeyRow = { passkey: Passkey; trialOnly: boolean }
export type ConsentRow = { consent: Consent; clientName: string }
export type UserDetail = {
  user: User; groups: Group[]; passkeys: PasskeyRow[]; sessions: Session[]; consents: ConsentRow[]; mayUse: Client[]; openInvite: number; lastSignIn: number
}
export type InviteLink = { invite: Invite; url: string; userName: string; phone: boolean }
export type GroupInput = { name: string; memberIds: string[] }
export type GroupRow = { group: Group; members: User[]; clients: Client[] }
export type Access = { everyone: boolean; groupIds: string[]; userIds: string[] }
export type ClientInput = {
  name: string; public: boolean; native: boolean; allowHttp: boolean; requirePkce: boolean; skipConsent: boolean; alwaysRefresh: boolean
  launchUrl: string; redirectUris: string[]; postLogoutRedirectUris: string[]; access: Access
}
export type ClientRow = { client: Client; access: Access; accessText: string; people: number; lastUsed: number }
export type Endpoints = { issuer: string; discovery: string; authorization: string; token: string; userInfo: string; jwks: string; endSession: string }
export type ClientDetail = { client: Client; access: Access; secrets: ClientSecret[]; people: number; lastUsed: number; endpoints: Endpoints }
export type NewClient = { detail: ClientDetail; secret: string }
export type NewSecret = { secret: ClientSecret; value: string }
export type ActivityQuery = { before: number; limit: number; text: string; userId: string; clientId: string; kind: string; network: string }
export type Event = {
  seq: number; at: number; kind: string; actor: string; userId: string; clientId: string; objectId: string; reason: string; network: string
  detail?: Record<string, string> | null
}
export type ActivityRow = { event: Event; text: string; userName: string; clientName: string; level: string }
export type ActivityPage = { rows: ActivityRow[]; more: boolean }
export type ChainReport = { ok: boolean; events: number; broken: number; text: string }

/** A failure that a person can act on. field is the JSON name of the input that is wrong, "" when it is none in particular. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field = '',
  ) {
    super(message)
  }
}

const limit = 20_000

// Go writes an empty list as null.
const lists = new Set([
  'groups', 'passkeys', 'sessions', 'consents', 'mayUse', 'members', 'clients', 'secrets', 'rows', 'todo', 'transports',
  'redirectUris', 'postLogoutRedirectUris', 'groupIds', 'userIds',
])
function fillLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fillLists)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, v === null && lists.has(k) ? [] : fillLists(v)]))
}

function readable(err: unknown): ApiError {
  const text = err instanceof Error ? err.message : String(err)
  try {
    const said = JSON.parse(text) as { code?: string; message?: string; field?: string }
    if (said.message) return new ApiError(said.code ?? 'internal', said.message, said.field ?? '')
  } catch {
    // not one of ours: shown as it is
  }
  return new ApiError('internal', text)
}

async function call<T>(method: string, ...args: unknown[]): Promise<T> {
  const bound = (window as unknown as { go?: { main?: { App?: Record<string, (...args: unknown[]) => Promise<unknown>> } } }).go?.main?.App?.[method]
  if (!bound) throw new ApiError('unavailable', 'This page is not inside Hearthkey. Open it from the app.')
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ApiError('unavailable', 'Hearthkey did not answer within 20 seconds. It may still be working. Try again, and restart Hearthkey if it stays silent.')), limit)
  })
  try {
    return fillLists(await Promise.race([bound(...args), late])) as T
  } catch (err) {
    throw err instanceof ApiError ? err : readable(err)
  } finally {
    clearTimeout(timer)
  }
}

export const api = {
  status: () => call<Status>('Status'),
  setUp: (input: SetUp) => call<User>('SetUp', input),
  startTrial: () => call<Status>('StartTrial'),
  connectTailnet: (input: ConnectTailnet) => call<void>('ConnectTailnet', input),
  pinHostName: (name: string) => call<Status>('PinHostName', name),
  setFunnel: (on: boolean) => call<Status>('SetFunnel', on),
  logOutTailnet: () => call<void>('LogOutTailnet'),

  users: async (query: string) => (await call<UserRow[] | null>('Users', query)) ?? [],
  user: (id: string) => call<UserDetail>('User', id),
  createUser: (input: UserInput) => call<User>('CreateUser', input),
  updateUser: (id: string, input: UserInput) => call<User>('UpdateUser', id, input),
  setUserDisabled: (id: string, disabled: boolean) => call<void>('SetUserDisabled', id, disabled),
  deleteUser: (id: string) => call<void>('DeleteUser', id),
  invite: (userId: string) => call<InviteLink>('Invite', userId),
  revokeInvites: (userId: string) => call<void>('RevokeInvites', userId),
  renamePasskey: (id: string, name: string) => call<void>('RenamePasskey', id, name),
  removePasskey: (id: string) => call<void>('RemovePasskey', id),
  endSession: (id: string) => call<void>('EndSession', id),
  endSessions: (userId: string) => call<void>('EndSessions', userId),
  revokeConsent: (userId: string, clientId: string) => call<void>('RevokeConsent', userId, clientId),

  groups: async () => (await call<GroupRow[] | null>('Groups')) ?? [],
  createGroup: (input: GroupInput) => call<Group>('CreateGroup', input),
  updateGroup: (id: string, input: GroupInput) => call<Group>('UpdateGroup', id, input),
  deleteGroup: (id: string) => call<void>('DeleteGroup', id),

  clients: async (query: string) => (await call<ClientRow[] | null>('Clients', query)) ?? [],
  client: (id: string) => call<ClientDetail>('Client', id),
  createClient: (input: ClientInput) => call<NewClient>('CreateClient', input),
  updateClient: (id: string, input: ClientInput) => call<ClientDetail>('UpdateClient', id, input),
  rotateSecret: (clientId: string, endOthers: boolean) => call<NewSecret>('RotateSecret', clientId, endOthers),
  removeSecret: (id: string) => call<void>('RemoveSecret', id),
  setClientDisabled: (id: string, disabled: boolean) => call<void>('SetClientDisabled', id, disabled),
  deleteClient: (id: string) => call<void>('DeleteClient', id),

  activity: (query: ActivityQuery) => call<ActivityPage>('Activity', query),
  verifyActivity: () => call<ChainReport>('VerifyActivity'),

  openInBrowser: (url: string) => call<void>('OpenInBrowser', url),
  openInvite: (userId: string) => call<void>('OpenInvite', userId),
  copy: (text: string) => call<void>('Copy', text),
  remote: () => call<string>('Remote'),
  ready: () => call<void>('Ready'),
  trayNotice: () => call<boolean>('TrayNotice'),
  dismissTrayNotice: () => call<void>('DismissTrayNotice'),
}

type Runtime = { EventsOnMultiple: (name: string, heard: (...data: unknown[]) => void, max: number) => () => void }

/** Hears an event of the Go side until the answer is called. */
export function on(name: 'changed' | 'tray-notice', heard: () => void): () => void {
  const runtime = (window as unknown as { runtime?: Runtime }).runtime
  return runtime?.EventsOnMultiple(name, () => heard(), -1) ?? (() => undefined)
}
