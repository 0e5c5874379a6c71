/** A way to a host that costs nothing: what to do in turn, and the DNS records that are entered at step `at`. */
type Way = { steps: string[]; at: number; records: [type: string, value: string][] }

// Cloudflare answers by a Worker before any server is asked, so the address behind the record is one that is never used: 100:: (RFC 6666).
const worker: Way = {
  at: 0,
  records: [['AAAA', '100::']],
  steps: [
    'At Cloudflare, under DNS of {domain}, add this record. Leave its proxy switched on: the cloud is orange. The address leads nowhere, which is right.',
    'Close this, press “Choose a publisher” and take Cloudflare Worker. It names the permissions of the API token to make; paste the token there, and Hearthkey does the rest.',
  ],
}

export const ways = {
  worker,
  moved: {
    at: 1,
    records: worker.records,
    steps: [
      'At Cloudflare, add the site {domain} on the Free plan. It reads the records that are there; look that none for mail is missing. Then enter its two name servers where {domain} is registered.',
      ...worker.steps,
    ],
  },
  // the addresses that GitHub's documentation gives for the top of a domain
  pages: {
    at: 0,
    records: [
      ...[108, 109, 110, 111].map((n): [string, string] => ['A', `185.199.${n}.153`]),
      ...[8000, 8001, 8002, 8003].map((n): [string, string] => ['AAAA', `2606:50c0:${n}::153`]),
    ],
    steps: [
      'Where the DNS of {domain} is run, enter these records.',
      'At GitHub, make a public repository with a README, so that it has a branch. In its settings, under Pages, publish the branch main, name {domain} as the custom domain, and tick Enforce HTTPS once it lets you.',
      'Close this, press “Choose a publisher” and take Git, with the address of the repository and a key or token that may write to it.',
    ],
  },
  own: {
    at: 0,
    records: [],
    steps: [
      'Enter an A record, and AAAA if it has one, with the address at which the internet reaches your machine or its router.',
      'Run a web server there that gets a certificate by itself, such as Caddy.',
      'Close this, press “Choose a publisher” and take the way by hand: it has the lines to paste, for Caddy and others.',
    ],
  },
} satisfies Record<string, Way>
