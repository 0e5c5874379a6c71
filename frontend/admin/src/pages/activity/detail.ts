/** What the personal details of an event are called. One that is not named here is shown under its own name. */
export const detailNames: Record<string, string> = {
  name: 'Name',
  userName: 'User name',
  email: 'E-mail',
  source: 'Address',
  node: 'Tailnet node',
  login: 'Tailscale login',
  userAgent: 'Browser',
  passkey: 'Passkey',
  group: 'Group',
  app: 'App name',
  issuer: 'Issuer',
  redirectUri: 'Redirect URI',
  scope: 'Scopes',
  access: 'Who may use it',
  ref: 'Reference',
}
