import type { Status } from '../../api'
import { explain } from '../reach/explain'
import { day } from '../../time'
import type { Tone } from '../../ui/tone'

export type Reach = { name: string; tone: Tone; detail: string }

/** The three ways in, told as what is known: what serves here is known, what reaches us from outside is not measured yet. */
export function reaches(status: Status, now: number): Reach[] {
  const { pin, tunnel } = status
  if (pin.mode === 'trial') {
    return [
      { name: 'This machine', tone: 'ok', detail: 'The trial answers here' },
      { name: 'Tailnet', tone: 'off', detail: tunnel.state === 'off' ? 'Not in a local trial' : explain(tunnel).title },
      { name: 'Public', tone: 'off', detail: 'Not in a local trial' },
    ]
  }
  const serving = tunnel.state === 'online' || tunnel.state === 'degraded'
  const certificate = tunnel.certExpiry ? `Certificate to ${day(tunnel.certExpiry, now)}` : 'No certificate yet'
  const key = tunnel.keyExpiry ? `Node key to ${day(tunnel.keyExpiry, now)}` : 'The node key does not expire'
  const tailnet: Reach = serving
    ? { name: 'Tailnet', tone: tunnel.online ? 'ok' : 'warn', detail: tunnel.online ? certificate : 'Tailscale cannot be reached from this machine' }
    : { name: 'Tailnet', tone: tunnel.state === 'starting' || tunnel.state === 'fetching_certificate' ? 'todo' : 'warn', detail: explain(tunnel).title }
  const open: Reach = !tunnel.funnel
    ? { name: 'Public', tone: 'off', detail: 'Off: only the tailnet' }
    : serving
      ? { name: 'Public', tone: 'todo', detail: 'Funnel is on. Not checked from outside yet' }
      : { name: 'Public', tone: 'warn', detail: 'Not reachable until the tailnet is' }
  return [tailnet, open, { name: 'Node', tone: nodeTone(tunnel.keyExpiry, now), detail: key }]
}

const month = 30 * 24 * 3600 * 1000

function nodeTone(expiry: number, now: number): Tone {
  if (!expiry) return 'ok'
  return expiry <= now ? 'danger' : expiry - now < month ? 'warn' : 'ok'
}
