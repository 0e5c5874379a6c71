import type { Reach, Status } from '../../api'
import { agoInline, day, until } from '../../time'
import type { Tone } from '../../ui/tone'

export type Way = { name: string; tone: Tone; detail: string; title: string }

/** The ways in, told as what the last look found and when. What was not looked at is not told as good. */
export function ways(status: Status, now: number): Way[] {
  const of = (network: string) => status.reach.find((r) => r.network === network)
  const { mode } = status.pin
  const local = tell('This machine', of('local'), now, 'Not used with this address')
  const tailnet = tell('Tailnet', of('tailnet'), now, mode === 'trial' ? 'Not in a local trial' : 'Not used with this address')
  const open = tell('Public', of('public'), now, mode === 'trial' ? 'Not in a local trial' : 'Off: only the tailnet')
  if (mode === 'trial') return [local, tailnet, open]
  if (mode === 'domain') return [open, tailnet]
  return [open, tailnet, node(status, now)]
}

function tell(name: string, r: Reach | undefined, now: number, off: string): Way {
  const said = (tone: Tone, detail: string): Way => ({ name, tone, detail, title: r?.problem ?? '' })
  if (!r || r.state === 'off') return said('off', off)
  switch (r.state) {
    case 'up':
      return said('ok', `Answered in ${milliseconds(r.took)}, ${seconds(r.checkedAt, now)}`)
    case 'paused':
      return said('off', `Paused. Answered in ${milliseconds(r.took)}, ${seconds(r.checkedAt, now)}`)
    case 'down':
      return said('danger', `Nobody gets in since ${until(r.since, now).replace(' today', '')}. Looked ${seconds(r.checkedAt || r.since, now)}`)
    default:
      if (r.problem) return said('warn', `Not known. Looked ${seconds(r.checkedAt, now)}`)
      return said('todo', r.checkedAt ? `Checking. Last looked ${seconds(r.checkedAt, now)}` : 'Not checked yet')
  }
}

function node(status: Status, now: number): Way {
  const { keyExpiry } = status.tunnel
  return { name: 'Node', tone: nodeTone(keyExpiry, now), detail: keyExpiry ? `Node key to ${day(keyExpiry, now)}` : 'The node key does not expire', title: '' }
}

/** A duration of Go, which counts nanoseconds. */
const milliseconds = (took: number) => `${Math.max(1, Math.round(took / 1e6))} ms`

/** As LOOK.md has it: "20 s ago", then minutes. */
function seconds(at: number, now: number): string {
  const past = Math.max(0, now - at)
  return past < 60_000 ? `${Math.floor(past / 1000)} s ago` : agoInline(at, now)
}

const month = 30 * 24 * 3600 * 1000

function nodeTone(expiry: number, now: number): Tone {
  if (!expiry) return 'ok'
  return expiry <= now ? 'danger' : expiry - now < month ? 'warn' : 'ok'
}
