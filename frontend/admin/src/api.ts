// The only door to the Go side: its bound methods, with failures made readable and a limit on waiting.
import * as bound from './wailsjs/go/main/App'
import type { admin, idp } from './wailsjs/go/models'
import { EventsOn } from './wailsjs/runtime/runtime'

export type Status = admin.Status
export type Todo = admin.Todo
export type SetUp = admin.SetUp
export type ConnectTailnet = admin.ConnectTailnet
export type Domain = admin.Domain
export type DomainInput = admin.DomainInput
export type DomainCheck = admin.DomainCheck
export type DomainFinding = admin.DomainFinding
export type ProxyLines = admin.ProxyLines
export type UserInput = admin.UserInput
export type UserRow = admin.UserRow
export type UserDetail = admin.UserDetail
export type PasskeyRow = admin.PasskeyRow
export type ConsentRow = admin.ConsentRow
export type InviteLink = admin.InviteLink
export type GroupInput = admin.GroupInput
export type GroupRow = admin.GroupRow
export type Access = admin.Access
export type ClientInput = admin.ClientInput
export type ClientRow = admin.ClientRow
export type ClientDetail = admin.ClientDetail
export type Endpoints = admin.Endpoints
export type NewClient = admin.NewClient
export type NewSecret = admin.NewSecret
export type SecretInput = admin.SecretInput
export type PreviewInput = admin.PreviewInput
export type Preview = admin.Preview
export type CustomClaim = admin.CustomClaim
export type SigningKeys = admin.SigningKeys
export type SigningKeyRow = admin.SigningKeyRow
export type ActivityQuery = admin.ActivityQuery
export type ActivityRow = admin.ActivityRow
export type ActivityPage = admin.ActivityPage
export type Mismatch = admin.Mismatch
export type FormerHost = admin.FormerHost
export type MovePlan = admin.MovePlan
export type MoveInvite = admin.MoveInvite
export type ChainReport = admin.ChainReport
export type TailnetPerson = admin.TailnetPerson
export type ApprovalRow = admin.ApprovalRow
export type User = idp.User
export type Group = idp.Group
export type Client = idp.Client
export type ClientSecret = idp.ClientSecret
export type Passkey = idp.Passkey
export type Session = idp.Session
export type Tunnel = idp.Tunnel
export type Reach = idp.Reach
export type ReachHistory = admin.ReachHistory
export type ReachWay = admin.ReachWay
export type ReachDay = admin.ReachDay
export type ReachSum = Pick<ReachDay, 'up' | 'down' | 'paused' | 'outages'>
export type Pause = idp.Pause
export type Ending = admin.Ending
export type LogOutEffects = admin.LogOutEffects
export type ConnectStep = admin.ConnectStep
export type Doctor = admin.Doctor
export type DoctorCheck = admin.DoctorCheck
export type WebFingerRow = admin.WebFingerRow
export type WebFingerDetail = admin.WebFingerDetail
export type WebFingerGuide = admin.WebFingerGuide
export type WebFingerLines = admin.WebFingerLines
export type WebFingerInput = admin.WebFingerInput
export type WebFingerPlan = admin.WebFingerPlan
export type DiffLine = admin.DiffLine
export type WebFingerFinding = admin.WebFingerFinding
export type Publisher = idp.Publisher
export type PublisherInput = admin.PublisherInput
export type PublisherTest = admin.PublisherTest

export type SignUp = admin.SignUp
export type SignUpPerson = admin.SignUpPerson
export type SignUpField = admin.SignUpField

/** A failure that a person can act on. field is the JSON name of the input that is wrong, "" when it is none in particular; args are the values in its message. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field = '',
    readonly args: Record<string, string> = {},
  ) {
    super(message)
  }
}

const silent = (seconds: number) => `Hearthkey did not answer within ${seconds} seconds. It may still be working. Try again, and restart Hearthkey if it stays silent.`

// Go writes an empty list as null.
const lists = new Set([
  'ways', 'days', 'reach', 'groups', 'passkeys', 'sessions', 'consents', 'mayUse', 'members', 'clients', 'secrets', 'rows', 'todo', 'transports', 'keys',
  'redirectUris', 'postLogoutRedirectUris', 'groupIds', 'userIds', 'keys', 'tags', 'oneClick', 'lines',
  'proxies', 'addresses', 'findings', 'mend',
  'people', 'nodes',
  'connect', 'checks',
  'accounts', 'account', 'foreign', 'notes', 'diff', 'changes', 'files',
])
function fillLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fillLists)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, v === null && lists.has(k) ? [] : fillLists(v)]))
}

function readable(err: unknown): ApiError {
  const text = err instanceof Error ? err.message : String(err)
  try {
    const said = JSON.parse(text) as { code?: string; message?: string; field?: string; args?: Record<string, string> }
    if (said.message) return new ApiError(said.code ?? 'internal', said.message, said.field ?? '', said.args ?? {})
  } catch {
    // not one of ours: shown as it is
  }
  return new ApiError('internal', text)
}

/** Gives a bound method its limit in seconds, its readable failures, and lists where Go says null. */
function door<A extends unknown[], R>(method: (...args: A) => Promise<R>, limit = 20) {
  return async (...args: A): Promise<R> => {
    if (!('go' in window)) throw new ApiError('unavailable', 'This page is not inside Hearthkey. Open it from the app.')
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ApiError('unavailable', silent(limit))), limit * 1000)
    })
    try {
      return fillLists(await Promise.race([method(...args), late])) as R
    } catch (err) {
      throw err instanceof ApiError ? err : readable(err)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The same for a method that answers a list. */
function listDoor<A extends unknown[], R>(method: (...args: A) => Promise<R[] | null>) {
  const open = door(method)
  return async (...args: A): Promise<R[]> => (await open(...args)) ?? []
}

export const api = {
  status: door(bound.Status),
  checkReach: door(bound.CheckReach),
  reachHistory: door(bound.ReachHistory),

  setUp: door(bound.SetUp),
  startTrial: door(bound.StartTrial),
  connectTailnet: door(bound.ConnectTailnet),
  doctor: door(bound.Doctor),
  pinHostName: door(bound.PinHostName),
  takeBackName: door(bound.TakeBackName),
  movePlan: door(bound.MovePlan),
  moveIssuer: door(bound.MoveIssuer),
  reinvite: door(bound.Reinvite),
  forgetHost: door(bound.ForgetHost),
  setFunnel: door(bound.SetFunnel),
  logOutTailnet: door(bound.LogOutTailnet),
  logOutEffects: door(bound.LogOutEffects),
  renewNodeKey: door(bound.RenewNodeKey),
  setCarrier: door(bound.SetCarrier),
  setPasskeyAdmin: door(bound.SetPasskeyAdmin),
  setKeepAwake: door(bound.SetKeepAwake),

  domain: door(bound.Domain),
  pinDomain: door(bound.PinDomain),
  setDomain: door(bound.SetDomain),
  checkDomain: door(bound.CheckDomain),

  approvals: listDoor(bound.Approvals),
  approve: door(bound.Approve),
  deny: door(bound.Deny),
  setEnrolAtOnce: door(bound.SetEnrolAtOnce),
  tailnetPeople: door(bound.TailnetPeople),
  linkTailnetLogin: door(bound.LinkTailnetLogin),
  unlinkTailnetLogin: door(bound.UnlinkTailnetLogin),

  users: listDoor(bound.Users),
  user: door(bound.User),
  createUser: door(bound.CreateUser),
  updateUser: door(bound.UpdateUser),
  setUserDisabled: door(bound.SetUserDisabled),
  deleteUser: door(bound.DeleteUser),
  invite: door(bound.Invite),
  revokeInvites: door(bound.RevokeInvites),
  renamePasskey: door(bound.RenamePasskey),
  removePasskey: door(bound.RemovePasskey),
  endSession: door(bound.EndSession),
  endSessions: door(bound.EndSessions),
  revokeConsent: door(bound.RevokeConsent),

  groups: listDoor(bound.Groups),
  createGroup: door(bound.CreateGroup),
  updateGroup: door(bound.UpdateGroup),
  deleteGroup: door(bound.DeleteGroup),

  clients: listDoor(bound.Clients),
  client: door(bound.Client),
  createClient: door(bound.CreateClient),
  updateClient: door(bound.UpdateClient),
  addSecret: door(bound.AddSecret),
  removeSecret: door(bound.RemoveSecret),
  setClientDisabled: door(bound.SetClientDisabled),
  deleteClient: door(bound.DeleteClient),
  preview: door(bound.Preview),

  customClaims: listDoor(bound.CustomClaims),
  setClaimScope: door(bound.SetClaimScope),

  signingKeys: door(bound.SigningKeys),
  rotateSigningKey: door(bound.RotateSigningKey),
  withdrawSigningKey: door(bound.WithdrawSigningKey),
  setKeyRotation: door(bound.SetKeyRotation),

  pausePublic: door(bound.PausePublic),
  resumePublic: door(bound.ResumePublic),

  webFingerDomains: listDoor(bound.WebFingerDomains),
  webFingerDomain: door(bound.WebFingerDomain),
  addWebFingerDomain: door(bound.AddWebFingerDomain),
  setWebFingerDomain: door(bound.SetWebFingerDomain),
  planWebFinger: door(bound.PlanWebFinger, 60),
  publishWebFinger: door(bound.PublishWebFinger),
  unpublishWebFinger: door(bound.UnpublishWebFinger, 60),
  setPublisher: door(bound.SetPublisher),
  testPublisher: door(bound.TestPublisher, 60),
  checkWebFinger: door(bound.CheckWebFinger, 60),
  webFingerGuide: door(bound.WebFingerGuide),
  webFingerLines: listDoor(bound.WebFingerLines),
  removeWebFingerDomain: door(bound.RemoveWebFingerDomain),

  signUp: door(bound.SignUp),
  startSignUp: door(bound.StartSignUp),
  setSignUpPeople: door(bound.SetSignUpPeople),
  signUpSecret: door(bound.SignUpSecret),
  endSignUpSessions: door(bound.EndSignUpSessions),
  forgetSignUp: door(bound.ForgetSignUp),

  activity: door(bound.Activity),
  verifyActivity: door(bound.VerifyActivity),

  mailInvite: door(bound.MailInvite),
  openInBrowser: door(bound.OpenInBrowser),
  copy: door(bound.Copy),
  remote: door(bound.Remote),
  ready: door(bound.Ready),
  trayNotice: door(bound.TrayNotice),
  dismissTrayNotice: door(bound.DismissTrayNotice),
}

/** Hears an event of the Go side until the answer is called. */
export function on(name: 'changed' | 'tray-notice' | 'approvals', heard: () => void): () => void {
  return 'runtime' in window ? EventsOn(name, heard) : () => undefined
}
