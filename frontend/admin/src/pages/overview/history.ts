import type { ReachDay, ReachSum, ReachWay } from '../../api'
import { count } from '../../words'

/** Seconds as people read them: "40 s", "12 min", "3 h 5 min", "12 d 4 h". */
export function span(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`
}

export const measured = (s: ReachSum) => s.up + s.down + s.paused

/** A day in words: "Reachable 23 h 46 min, closed 14 min, once". */
export function inWords(s: ReachSum): string {
  if (!measured(s)) return 'Not measured'
  const parts = [`Reachable ${span(s.up)}`]
  if (s.down) parts.push(`closed ${span(s.down)}`)
  if (s.paused) parts.push(`paused ${span(s.paused)}`)
  return parts.join(', ')
}

/** The 30 days in one line. */
export function summary(way: ReachWay): string {
  const all = measured(way)
  if (!all) return 'Nothing measured yet'
  const good = (100 * (way.up + way.paused)) / all
  const share = good === 100 ? '100' : Math.min(99.9, good).toFixed(1)
  const closed = way.outages ? `; closed ${count(way.outages, 'time')}, at most for ${span(way.longest)}` : ''
  return `Reachable ${share} % of the ${span(all)} measured${closed}`
}

const full = 24 * 3600

/** The parts of a day's bar in a hundred, from below: reachable, paused, closed. What is closed for a moment is seen all the same. */
export function bar(d: ReachDay): { up: number; paused: number; down: number } {
  const down = d.down ? Math.max(20, (100 * d.down) / full) : 0
  const paused = d.paused ? Math.max(6, (100 * d.paused) / full) : 0
  const up = d.up ? Math.max(6, (100 * d.up) / full) : 0
  return { up: Math.min(up, 100 - down - paused), paused: Math.min(paused, 100 - down), down }
}
