import { untrack } from 'svelte'
import { ApiError, api, type WebFingerPlan } from '../../api'

/** What publishing would change. It is looked up at the domain and its target, so only when what decides it has changed, or when asked for. */
export class Plan {
  value = $state.raw<WebFingerPlan>()
  failure = $state('')
  busy = $state(false)
  #turn = 0

  /** basis answers what decides the plan, and "" while that is not known or under way. */
  constructor(
    private readonly domain: string,
    basis: () => string,
  ) {
    const now = $derived(basis()) // equal texts are no change, however often they are read
    $effect(() => {
      if (now) untrack(() => void this.look())
    })
  }

  look = async () => {
    const mine = ++this.#turn
    this.busy = true
    try {
      const answer = await api.planWebFinger(this.domain)
      if (mine === this.#turn) [this.value, this.failure] = [answer, '']
    } catch (err) {
      if (mine === this.#turn) this.failure = err instanceof ApiError ? err.message : String(err)
    } finally {
      if (mine === this.#turn) this.busy = false
    }
  }
}
