import { tick } from 'svelte'

/** Brings the first field of a refused form that is wrong into view, with the focus. */
export async function showWrong(form: HTMLElement | undefined) {
  await tick()
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
}
