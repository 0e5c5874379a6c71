import type { Pause, Status } from '../../api'
import { count } from '../../words'
import { until } from '../../time'

/** Whether there is an internet side that can be paused. */
export const pausable = (status: Status) => status.pin.mode === 'funnel' || status.pin.mode === 'domain'

/** How long a pause goes on: "12 minutes left, until 17:40 today". */
export function pauseLeft(pause: Pause, now: number): string {
  if (!pause.until) return 'until you resume'
  return `${count(Math.max(1, Math.round((pause.until - now) / 60_000)), 'minute')} left, until ${until(pause.until, now)}`
}
