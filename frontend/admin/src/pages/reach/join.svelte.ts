import { api, type Status, type Tunnel } from '../../api'
import { Form } from '../../form.svelte'
import { suggestHostName, tagsOf } from '../../check'
import { live } from '../../live.svelte'

/** The node has joined and has a name that can become the issuer. */
export const named = (tunnel: Tunnel) => tunnel.dnsName !== '' && tunnel.state === 'needs_name'

/** Joining a tailnet, in the set-up and in Settings: ask, connect, confirm the name. */
export class Join {
  readonly form = new Form(['hostName', 'authKey', 'tags'])
  input = $state({ hostName: '', authKey: '', tags: '', funnel: true })
  #edit = $state(false)
  #opened = ''

  constructor(private readonly status: () => Status) {
    const { tunnel, pin, home } = status()
    const pinned = pin.mode === 'funnel' || pin.mode === 'tailnet' ? pin.hostName.split('.')[0] : undefined
    this.input.hostName = (pinned ?? tunnel.hostName) || suggestHostName(home)
    this.input.tags = tunnel.askedTags
    if (tunnel.state !== 'off') this.input.funnel = tunnel.funnel

    // the page to sign in at opens once by itself, after Connect was pressed in this window
    $effect(() => {
      const { state, loginURL } = this.status().tunnel
      if (!this.#connecting || state !== 'needs_login' || !loginURL || loginURL === this.#opened) return
      this.#opened = loginURL
      void api.openInBrowser(loginURL).catch(() => undefined)
    })
  }

  #connecting = $state(false)

  /** The form is shown: nothing has been started, or the owner came back to it. */
  get asking(): boolean {
    return this.#edit || this.status().tunnel.state === 'off'
  }

  /** Tags are asked for: an OAuth client secret needs them, and a machine that has some keeps them. */
  get tagged(): boolean {
    return this.input.authKey.trim().startsWith('tskey-client-') || this.status().tunnel.askedTags !== ''
  }

  async connect() {
    const sent = await this.form.send(() => api.connectTailnet({ ...this.input, hostName: this.input.hostName.trim(), authKey: this.input.authKey.trim(), tags: this.tagged ? tagsOf(this.input.tags) : [] }))
    if (!sent) return
    this.#connecting = true
    this.#edit = false
    this.input.authKey = ''
  }

  /** Back to the form; what has been joined stays until Connect is pressed again. */
  again() {
    this.form.clear()
    this.#edit = true
  }

  async stop() {
    this.#connecting = false
    await this.form.send(() => api.logOutTailnet())
  }

  async pin(): Promise<boolean> {
    const pinned = await this.form.send(() => api.pinHostName(this.status().tunnel.dnsName))
    if (pinned) await live.read() // the next page begins from what is true now
    return pinned !== undefined
  }
}
