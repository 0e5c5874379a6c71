// Lengths of time as people write them. The Go side counts seconds.
const units: [number, RegExp, string][] = [
  [86_400, /^d(ays?)?$/, 'day'],
  [3600, /^h(ours?)?$/, 'h'],
  [60, /^m(in(utes?)?)?$/, 'min'],
  [1, /^s(ec(onds?)?)?$/, 's'],
]

/** "30 days", "1 h", "1 h 30 min"; "" for 0. */
export function duration(seconds: number): string {
  const parts: string[] = []
  let rest = seconds
  for (const [size, , name] of units) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n) parts.push(`${n} ${name === 'day' && n !== 1 ? 'days' : name}`)
  }
  return parts.join(' ')
}

/** The seconds of a text such as "90 min" or "1 h 30 min": 0 for none, NaN for what is no length of time. */
export function secondsOf(text: string): number {
  const typed = text.trim().toLowerCase()
  if (!/^(\d{1,6}\s*[a-z]+\s*)*$/.test(typed)) return NaN
  let sum = 0
  for (const [, n, name = ''] of typed.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const size = units.find(([, is]) => is.test(name))?.[0]
    if (size === undefined) return NaN
    sum += Number(n) * size
  }
  return sum
}
