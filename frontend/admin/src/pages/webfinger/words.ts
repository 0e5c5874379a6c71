import type { Publisher, WebFingerDetail, WebFingerGuide, WebFingerRow } from '../../api'
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

/** What a domain without a website is offered. */
export const hostNote = 'Three questions lead to a free host and the DNS records to enter.'

/** Who runs a domain's DNS, as its name servers tell, and what that means. */
export function dnsWords(g: Pick<WebFingerGuide, 'domain' | 'dns' | 'servers' | 'problem'>): { title: string; detail: string } {
  const servers = g.servers.join(', ')
  if (g.dns) return { title: g.dns, detail: `As its name servers tell: ${servers}` }
  if (servers) return { title: 'Somebody that Hearthkey does not know by name', detail: `Its name servers are ${servers}` }
  if (g.problem) return { title: 'Not known', detail: g.problem }
  return { title: 'Nobody yet', detail: `The internet knows no name servers of ${g.domain}. See that it is registered and spelt right.` }
}

/** How many of the records that a way takes are there. */
export function recordWords(g: Pick<WebFingerGuide, 'records' | 'extra' | 'ready'>): string {
  const [there, of] = [g.records.filter((r) => r.seen).length, g.records.length]
  if (g.ready) return of === 1 ? 'The record is there' : 'All records are there'
  if (there === of && g.extra.length) return 'All records are there, and others beside them'
  if (there === 0) return of === 1 ? 'The record is not there yet' : 'The records are not there yet'
  return `${there} of ${of} records are there`
}

/** The parts before @, as they are typed: with spaces, commas or lines between, whole addresses too. */
export const accountsOf = (text: string) => text.split(/[\s,;]+/).filter((name) => name !== '')
