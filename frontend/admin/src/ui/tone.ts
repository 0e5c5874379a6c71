import type { IconName } from './icons'

/** How something stands. Each tone has a colour and a shape of its own. */
export type Tone = 'ok' | 'warn' | 'danger' | 'off' | 'todo'

export const toneText: Record<Tone, string> = {
  ok: 'text-ok-solid',
  warn: 'text-warn-solid',
  danger: 'text-danger-solid',
  off: 'text-ink-3',
  todo: 'text-ink-3',
}

export const toneIcon: Record<Tone, IconName> = { ok: 'ok', warn: 'warn', danger: 'fail', off: 'off', todo: 'todo' }
