import type { Status } from './api'
import type { IconName } from './ui/icons'
import type { Tone } from './ui/tone'

/** The one line that says how Hearthkey stands, as in the tray. */
export function standing(status: Status): { tone: Tone; icon: IconName; text: string } {
  switch (status.state) {
    case 'online_public':
      return { tone: 'ok', icon: 'globe', text: 'Online, public' }
    case 'tailnet_only':
      return { tone: 'ok', icon: 'net', text: 'Tailnet only' }
    case 'trial':
      return { tone: 'off', icon: 'laptop', text: 'Local trial' }
    case 'set_up':
      return { tone: 'off', icon: 'todo', text: 'Not set up yet' }
    case 'starting':
      return { tone: 'off', icon: 'refresh', text: status.tunnel.state === 'online' || status.pin.mode === 'trial' ? 'Checking' : 'Starting' }
    case 'attention':
      return { tone: 'warn', icon: 'warn', text: 'Needs attention' }
    case 'paused':
      return { tone: 'off', icon: 'pause', text: 'Paused' }
    default:
      return { tone: 'danger', icon: 'fail', text: 'Stopped' }
  }
}
