// Instants are Unix milliseconds; 0 means never.
const minute = 60_000
const hour = 60 * minute
const locale = 'en-GB'

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' })
const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const withYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })

const midnight = (t: number) => new Date(t).setHours(0, 0, 0, 0)
const daysBetween = (from: number, to: number) => Math.round((midnight(to) - midnight(from)) / (24 * hour))

/** The time of a day: "17:40". */
export const time = (t: number) => clock.format(t)

/** As people say it: "8 min ago", "Yesterday", "Fri 20 Nov". */
export function ago(t: number, now: number): string {
  if (!t) return 'Never'
  const past = now - t
  if (past < minute) return 'Just now'
  if (past < hour) return `${Math.floor(past / minute)} min ago`
  const days = daysBetween(t, now)
  if (days === 0) return `${Math.floor(past / hour)} h ago`
  if (days === 1) return 'Yesterday'
  return day(t, now)
}

/** The same inside a sentence: "yesterday", but "Fri 20 Nov". */
export const agoInline = (t: number, now: number) => ago(t, now).replace(/^(Never|Just now|Yesterday)$/, (word) => word.toLowerCase())

/** A day, near or far: "Fri 20 Nov", "4 Nov", "4 Nov 2025". */
export function day(t: number, now: number): string {
  const days = Math.abs(daysBetween(t, now))
  // some systems write a comma after the weekday
  return (days < 7 ? weekday : days < 300 ? dayMonth : withYear).format(t).replace(',', '')
}

/** A day inside a sentence: "today", "yesterday", "4 Nov". */
export function dayInline(t: number, now: number): string {
  const days = daysBetween(t, now)
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : day(t, now)
}

/** A day as a name: "4 Nov", "4 Nov 2025". */
export const date = (t: number, now: number) => (Math.abs(daysBetween(t, now)) < 300 ? dayMonth : withYear).format(t)

/** A day inside a sentence as a name: "today", "yesterday", "4 Nov". */
export function dateInline(t: number, now: number): string {
  const days = daysBetween(t, now)
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : date(t, now)
}

/** When something ends: "17:40 today", "17:40 tomorrow", "Fri 27 Nov". */
export function until(t: number, now: number): string {
  const days = daysBetween(now, t)
  if (days === 0) return `${clock.format(t)} today`
  if (days === 1) return `${clock.format(t)} tomorrow`
  return day(t, now)
}

/** The same inside a sentence: "at 17:40 today", "27 Nov". */
export const untilInline = (t: number, now: number) => until(t, now).replace(/^(\d\d:\d\d)/, 'at $1')

/** A day and time: "Tue 17 Nov, 08:12". */
export const moment = (t: number, now: number) => `${day(t, now)}, ${clock.format(t)}`

/** To the second, for tooltips. */
export const exact = (t: number) => whole.format(t)
