import { untrack } from 'svelte'
import { api, type Domain, type DomainInput } from '../../api'
import { linesOf } from '../../check'
import { Form } from '../../form.svelte'
import { load } from '../../load.svelte'
import { live } from '../../live.svelte'

const isHere = (address: string) => /^(127\.|\[::1\])/.test(address)

/** A name of the owner's own and where their proxy finds Hearthkey: in the set-up and in Settings. */
export class OwnDomain {
  readonly form = new Form(['hostName', 'to', 'listen', 'proxies', 'confirm'])
  readonly #state = load(() => api.domain())
  input = $state({ hostName: '', listen: '', proxies: '' })
  #place = $state<'here' | 'elsewhere'>('here')
  #begun = false

  constructor() {
    // the proposal, or what is kept, fills the fields once
    $effect(() => {
      const d = this.now
      if (d && !this.#begun) untrack(() => this.#begin(d))
    })
  }

  #begin(d: Domain) {
    this.#begun = true
    this.#place = isHere(d.listen) ? 'here' : 'elsewhere'
    this.input = { hostName: d.hostName, listen: d.listen, proxies: this.#place === 'here' ? '' : d.proxies.join('\n') }
  }

  get now(): Domain | undefined {
    return this.#state.value
  }

  get place() {
    return this.#place
  }

  /** A proxy elsewhere cannot connect to 127.0.0.1, so the address follows the place. */
  set place(place: 'here' | 'elsewhere') {
    this.#place = place
    this.form.clear()
    const port = this.input.listen.split(':').at(-1) ?? '1411'
    const address = this.now?.addresses[0]
    this.input.listen = place === 'here' ? `127.0.0.1:${port}` : address ? `${address.includes(':') ? `[${address}]` : address}:${port}` : ''
  }

  /** What was typed, as the Go side takes it. */
  get typed(): DomainInput {
    return { hostName: this.input.hostName.trim(), listen: this.input.listen.trim(), proxies: this.#place === 'here' ? [] : linesOf(this.input.proxies.replaceAll(',', ' ')) }
  }

  async send<T>(call: (typed: DomainInput) => Promise<T>): Promise<{ result: T } | undefined> {
    const sent = await this.form.send(() => call(this.typed))
    // another program has the port: the next free one stands in the field, to be taken by the same button
    if (this.form.arg('next')) this.input.listen = this.form.arg('next')
    return sent
  }

  async #keep(call: (typed: DomainInput) => Promise<unknown>): Promise<boolean> {
    const sent = await this.send(call)
    if (sent) await live.read()
    return sent !== undefined
  }

  pin = () => this.#keep(api.pinDomain)
  change = () => this.#keep(api.setDomain)
}
