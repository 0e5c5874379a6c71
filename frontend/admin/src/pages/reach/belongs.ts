import type { Mismatch } from '../../api'
import { count, sentence } from '../../words'

/** "14 passkeys of 5 people and 3 apps". */
export function belongs(m: Mismatch): string {
  const passkeys = `${count(m.passkeys, 'passkey')} of ${count(m.people, 'person', 'people')}`
  return sentence([passkeys, ...(m.apps ? [count(m.apps, 'app')] : [])])
}
