import { ApiError } from './api'
import { live } from './live.svelte'

/** Keeps the answer of a read fresh: it is read again whenever anything changed, and the old answer stays until then. */
export function load<T>(read: () => Promise<T>) {
  let value = $state.raw<T>()
  let failure = $state.raw<ApiError>()
  let turn = 0

  $effect(() => {
    void live.change
    const mine = ++turn
    read().then(
      (answer) => {
        if (mine === turn) [value, failure] = [answer, undefined]
      },
      (err: unknown) => {
        if (mine === turn) failure = err instanceof ApiError ? err : new ApiError('internal', String(err))
      },
    )
  })

  return {
    get value() {
      return value
    },
    get failure() {
      return failure
    },
  }
}
