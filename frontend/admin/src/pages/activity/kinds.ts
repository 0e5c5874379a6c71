import type { Choice } from '../../ui/Select.svelte'

const groups: [name: string, kinds: Record<string, string>][] = [
  [
    'Sign-in',
    {
      signed_in: 'Signed in',
      sign_in_failed: 'Sign-in failed',
      signed_out: 'Signed out',
      session_revoked: 'Session ended',
      device_allowed: 'Device allowed',
      device_denied: 'Device refused',
    },
  ],
  [
    'Passkeys and invites',
    {
      passkey_added: 'Passkey added',
      passkey_renamed: 'Passkey renamed',
      passkey_removed: 'Passkey removed',
      passkey_flagged: 'Passkey refused',
      invited: 'Invite made',
      invite_revoked: 'Invite withdrawn',
    },
  ],
  [
    'Use of apps',
    {
      authorized: 'Signed in to an app',
      access_denied: 'Access refused',
      consented: 'Consent given',
      consent_denied: 'Consent refused',
      consent_revoked: 'Consent withdrawn',
      tokens_issued: 'Tokens given',
      app_acted: 'App acted for itself',
      token_revoked: 'Tokens given up',
      code_reused: 'Code used twice',
      refresh_reused: 'Refresh token used twice',
      exchange_refused: 'Token request refused',
      logout_delivered: 'App told of sign-out',
      logout_failed: 'App not told of sign-out',
    },
  ],
  [
    'Users and groups',
    {
      user_created: 'User added',
      user_changed: 'User changed',
      user_disabled: 'User disabled',
      user_enabled: 'User enabled',
      user_deleted: 'User deleted',
      group_created: 'Group added',
      group_changed: 'Group changed',
      group_deleted: 'Group deleted',
      claim_scope: 'Claim moved',
    },
  ],
  [
    'Apps',
    {
      app_created: 'App added',
      app_changed: 'App changed',
      app_access: 'App access changed',
      app_secret_added: 'Secret made',
      app_secret_removed: 'Secret removed',
      app_disabled: 'App disabled',
      app_enabled: 'App enabled',
      app_deleted: 'App deleted',
    },
  ],
  [
    'Hearthkey',
    {
      set_up: 'Set up',
      issuer_pinned: 'Issuer pinned',
      issuer_moved: 'Issuer moved',
      host_forgotten: 'Former host given up',
      domain_changed: 'Reverse proxy changed',
      tunnel_asked: 'Tailnet joined',
      tunnel_logged_out: 'Tailnet left',
      key_rotated: 'Key rotated',
      key_withdrawn: 'Key withdrawn',
      key_schedule: 'Key schedule changed',
      node_key_ending: 'Node key ends soon',
      node_key_ended: 'Node key expired',
      certificate_ending: 'Certificate ends soon',
      certificate_ended: 'Certificate ended',
      carrier_said: 'Tailscale through this issuer',
      keep_awake: 'Keep awake',
      started: 'Started',
      reach_changed: 'Reachability changed',
      tunnel_relistened: 'Listened anew',
      tunnel_rebuilt: 'Node started anew',
      fault: 'Fault',
    },
  ],
]

/** The kinds of events that the list can be narrowed to; the Go side writes each event's own sentence. */
export const kinds: Choice[] = [
  { value: '', label: 'All kinds' },
  ...groups.flatMap(([group, of]) => Object.entries(of).map(([value, label]) => ({ value, label, group }))),
]
