import type { UserDetail } from '../../api'
import { count } from '../../words'

/** What the owner should know who was never seen in the tailnet, "" for anybody else. */
export const lockout = ({ user, seenOnTailnet }: UserDetail) =>
  user.owner && !seenOnTailnet ? `You have never signed in from a device in the tailnet. Connect one to Tailscale first, or no browser but those on this machine lets you in. The window stays open to you.` : ''

/** What ends when a person may sign in from the tailnet only. */
export function narrowing(detail: UserDetail): string {
  const out = detail.sessions.filter((s) => s.network === 'public').length
  const name = detail.user.name || detail.user.userName
  return [out ? `${name} is signed out of ${count(out, 'session')} outside the tailnet now, and of the apps opened there.` : '', lockout(detail)].filter(Boolean).join(' ')
}
