import type { Status } from '../../api'

/** The element of a section. */
export const place = (id: string) => `settings-${id}`

/** The sections of Settings that a home in this state has, in their order. The address of one is #/settings?at=keys. */
export function parts(status: Status): { id: string; title: string }[] {
  return [
    { id: 'address', title: 'Address' },
    ...(onTailnet(status) ? [{ id: 'tailscale', title: 'Tailscale' }] : []),
    { id: 'tokens', title: 'Keys and claims' },
    { id: 'machine', title: 'This computer' },
  ]
}

/** Whether anything about a tailnet can be told. */
export const onTailnet = (status: Status) => status.pin.mode === 'funnel' || status.tunnel.dnsName !== '' || status.connect.length > 0
