import type { Publisher, WebFingerDetail, WebFingerRow } from '../../api'
import type { Tone } from '../../ui/tone'
import { count } from '../../words'

const tones: Record<string, Tone> = { ok: 'ok', warn: 'warn', danger: 'danger' }

/** A verdict or a finding's state. What is not known is never shown as good. */
export const toneOf = (state: string): Tone => tones[state] ?? 'todo'

const verdicts: Record<string, string> = { ok: '', warn: 'worth a look', danger: 'does not work' }

/** The line below a domain in the list: "4 users, does not work". */
export function standingWords(row: WebFingerRow): string {
  const stands = verdicts[row.verdict] ?? (row.publishedAt ? 'not checked yet' : 'not published')
  return [row.users ? count(row.users, 'user') : 'No users', stands].filter((part) => part !== '').join(', ')
}

const host = (url: string) => {
  try {
    return new URL(url).host
  } catch {
    return url.replace(/^[^@/]*@/, '').split(/[:/]/)[0] || url
  }
}

/** Where a domain's document goes: "SFTP to web1.host.example". */
export function publisherWords(p: Publisher): string {
  switch (p.kind) {
    case 'hand':
      return 'By hand'
    case 'folder':
      return `Folder ${p.root ?? ''}`
    case 'sftp':
      return `SFTP to ${p.host ?? ''}`
    case 'webdav':
      return `WebDAV at ${host(p.url ?? '')}`
    case 's3':
      return `Bucket ${p.bucket ?? ''} at ${host(p.url ?? '')}`
    case 'git':
      return `Git at ${host(p.url ?? '')}`
    case 'cloudflare':
      return 'Cloudflare Worker'
    default:
      return 'No publisher chosen yet'
  }
}

/** Whom the domain's WebFinger answers for, in a sentence. */
export function scopeWords(d: Pick<WebFingerDetail, 'scope' | 'accounts' | 'domain'>): string {
  if (d.scope !== 'accounts') return `Every address at ${d.domain}. The answer says nothing of who exists.`
  return `${count(d.accounts.length, 'address', 'addresses')}, and nobody else. This list is public.`
}

/** The parts before @, as they are typed: with spaces, commas or lines between, whole addresses too. */
export const accountsOf = (text: string) => text.split(/[\s,;]+/).filter((name) => name !== '')
