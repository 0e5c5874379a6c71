import type { ActivityPage } from '../../api'

/** What has been read so far with its newest page read again. When so much has happened that the two no longer meet, only the newest stays: a gap would look like silence. */
export function refreshed(kept: ActivityPage, head: ActivityPage): ActivityPage {
  const meets = (head.rows.at(-1)?.event.seq ?? 0) <= (kept.rows[0]?.event.seq ?? 0)
  if (!head.more || !meets) return head
  const bySeq = new Map([...kept.rows, ...head.rows].map((row) => [row.event.seq, row]))
  return { rows: [...bySeq.values()].sort((a, b) => b.event.seq - a.event.seq), more: kept.more }
}
