import { untrack } from 'svelte'
import { api, type PublisherInput, type PublisherTest, type WebFingerDetail } from '../../api'
import { Form } from '../../form.svelte'
import type { IconName } from '../../ui/icons'

export type Kind = 'hand' | 'folder' | 'sftp' | 'webdav' | 's3' | 'git' | 'cloudflare'

/** The ways by which a document gets onto a domain, those that most people have first. */
export const kinds: { kind: Kind; title: string; note: string; icon: IconName }[] = [
  { kind: 'hand', title: 'By hand', note: 'You paste ready lines into your web server. Hearthkey checks them.', icon: 'copy' },
  { kind: 'cloudflare', title: 'Cloudflare Worker', note: 'For a domain whose DNS is at Cloudflare, with a website or without.', icon: 'globe' },
  { kind: 'sftp', title: 'SFTP', note: 'Web space or a server that you reach over SSH.', icon: 'key' },
  { kind: 'git', title: 'Git repository', note: 'GitHub Pages, Codeberg Pages, or any site made from a repository.', icon: 'groups' },
  { kind: 'webdav', title: 'WebDAV', note: 'Web space that takes files over https.', icon: 'net' },
  { kind: 's3', title: 'S3 bucket', note: 'A site served from a bucket, at Amazon or any compatible host.', icon: 'apps' },
  { kind: 'folder', title: 'Folder', note: 'The web server runs on this computer, or its folder is mounted here.', icon: 'laptop' },
]

type Texts = 'root' | 'url' | 'host' | 'user' | 'auth' | 'hostKey' | 'bucket' | 'region' | 'branch' | 'pages' | 'zone'
const uses: Record<Kind, Texts[]> = {
  hand: [],
  folder: ['root'],
  sftp: ['host', 'user', 'auth', 'root', 'hostKey'],
  webdav: ['url', 'user'],
  s3: ['url', 'bucket', 'region', 'user', 'root'],
  git: ['url', 'user', 'auth', 'branch', 'root', 'pages', 'hostKey'],
  cloudflare: ['zone'],
}
const texts = [...new Set(Object.values(uses).flat())]

/** A publisher as it is being chosen and tried. */
export class PublisherForm {
  readonly form = new Form([...texts, 'secret', 'passphrase', 'inward'])
  readonly testing = new Form([...texts, 'secret', 'passphrase', 'inward'])
  readonly domain: string
  kind = $state<Kind | ''>('')
  fields = $state(Object.fromEntries(texts.map((t) => [t, ''])) as Record<Texts, string>)
  inward = $state(false)
  secret = $state('')
  passphrase = $state('')
  test = $state.raw<PublisherTest>()
  readonly #saved: WebFingerDetail

  constructor(detail: WebFingerDetail) {
    this.#saved = detail
    this.domain = detail.domain
    this.choose(detail.publisher as Kind | '')

    // what a visit found holds for what was typed then
    $effect(() => {
      void this.#typed()
      untrack(() => (this.test = undefined))
    })
  }

  choose(kind: Kind | '') {
    const saved = this.#saved.settings
    const same = kind === this.#saved.publisher
    for (const t of texts) this.fields[t] = (same && saved[t]) || ''
    this.fields.auth ||= kind === 'git' ? 'key' : 'password'
    this.inward = same && saved.inward === true
    ;[this.kind, this.secret, this.passphrase] = [kind, '', '']
    this.form.clear()
    this.testing.clear()
  }

  /** Git over ssh, where a key signs in; over https it is a token. */
  get ssh() {
    return this.kind === 'sftp' || (this.kind === 'git' && this.fields.url.trim() !== '' && !/^https?:/i.test(this.fields.url.trim()))
  }

  /** Credentials are kept that still belong to what is typed. */
  get kept() {
    const s = this.#saved.settings
    const same = (t: Texts) => (s[t] ?? '') === this.fields[t].trim()
    return this.#saved.hasCredentials && this.kind === this.#saved.publisher && (['host', 'url', 'user', 'bucket', 'zone', 'auth', 'hostKey'] as const).every((t) => !uses[this.kind as Kind].includes(t) || same(t))
  }

  error(field: string) {
    return this.form.error(field) || this.testing.error(field)
  }

  get general() {
    return this.form.general || this.testing.general
  }

  #typed(): PublisherInput {
    const used = this.kind ? uses[this.kind] : []
    const own = Object.fromEntries(texts.map((t) => [t, used.includes(t) ? this.fields[t].trim() : '']))
    if (this.kind === 'git' && !this.ssh) [own['auth'], own['hostKey']] = ['', '']
    if (this.kind === 'git' && this.ssh) own['user'] = ''
    return { ...own, kind: this.kind, inward: this.inward, secret: this.secret, passphrase: this.passphrase } as PublisherInput
  }

  /** Visits the target and changes nothing there. */
  try = async () => {
    this.form.clear()
    const sent = await this.testing.send(() => api.testPublisher(this.domain, this.#typed()))
    this.test = sent?.result
  }

  /** The key that the host showed is the one that it has to show from now on. */
  pin = async () => {
    this.fields.hostKey = this.test?.hostKey ?? ''
    await this.try()
  }

  save = async () => {
    this.testing.clear()
    return (await this.form.send(() => api.setPublisher(this.domain, this.#typed()))) !== undefined
  }
}
