/** "1 app", "3 apps". */
export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

/** "a", "a and b", "a, b and c". */
export function sentence(parts: string[]): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}

/** What a network is called; the Go side decides which one it was. */
export const networkName = (network: string) => ({ local: 'This machine', tailnet: 'Tailnet', public: 'Public' })[network] ?? ''

/** Where somebody came from, as far as it is known: "emils-phone", "203.0.113.7". */
export const place = (detail: Record<string, string> | undefined) => detail?.node || detail?.source || ''

/** A user agent as people know it: "Firefox on Linux". */
export function deviceName(userAgent: string): string {
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => userAgent.includes(mark ?? ''))?.[1]
  const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']].find(([mark]) => userAgent.includes(mark ?? ''))?.[1]
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? (userAgent ? userAgent.slice(0, 40) : 'Unknown browser')
}
