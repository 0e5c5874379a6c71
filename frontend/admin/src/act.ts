import { live } from './live.svelte'
import { toasts } from './ui/toast.svelte'

/** Makes a change and says so in a toast. Throws when it is refused, for dialogs that say it themselves. */
export async function done(change: () => Promise<unknown>, said: string): Promise<void> {
  try {
    await change()
    toasts.say(said)
  } finally {
    live.touch()
  }
}

/** The same for a change made at once from a page: a refusal is a toast too. Answers whether it was done. */
export async function act(change: () => Promise<unknown>, said: string): Promise<boolean> {
  try {
    await done(change, said)
    return true
  } catch (err) {
    toasts.fail(err)
    return false
  }
}
