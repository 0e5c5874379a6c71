import { ApiError } from './api'
import { live } from './live.svelte'

/** The state of one form: busy, what is wrong with which field, and what is wrong with no field in particular. */
export class Form {
  busy = $state(false)
  #wrong = $state.raw<ApiError>()

  /** fields are the JSON names that the form shows; an error about any other becomes general. */
  constructor(private readonly fields: string[] = []) {}

  error(field: string): string {
    return this.#wrong?.field === field ? this.#wrong.message : ''
  }

  /** A value that the message names, such as the next free port. */
  arg(name: string): string {
    return this.#wrong?.args[name] ?? ''
  }

  get general(): string {
    return this.#wrong && !this.fields.includes(this.#wrong.field) ? this.#wrong.message : ''
  }

  clear() {
    this.#wrong = undefined
  }

  /** Runs the change and answers its result, or undefined after it was refused. What was typed stays. */
  async send<T>(change: () => Promise<T>): Promise<{ result: T } | undefined> {
    if (this.busy) return undefined
    this.busy = true
    try {
      const result = await change()
      this.#wrong = undefined
      live.touch()
      return { result }
    } catch (err) {
      this.#wrong = err instanceof ApiError ? err : new ApiError('internal', String(err))
      return undefined
    } finally {
      this.busy = false
    }
  }
}
