// An internet of the tests' own: a name server whose names all lead here, unless a test says otherwise, and one web server with https for them. Hearthkey's name is passed on to it, as a reverse proxy would; any other serves a folder.
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @typedef {{A?: string[], AAAA?: string[], NS?: string[]}} Records of one name */

/** A name as DNS writes it (RFC 1035 §3.1). @param {string} name */
const labels = (name) => Buffer.concat([...name.split('.'), ''].map((label) => Buffer.from([label.length, ...Buffer.from(label)])))
/** An IPv6 address in its 16 bytes. @param {string} address */
function inet6(address) {
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** An answer to one question (RFC 1035 §4). @param {Buffer} asked @param {(name: string) => Records} of */
function answer(asked, of) {
  let end = 12
  const name = []
  for (let n = asked[end] ?? 0; n; n = asked[end] ?? 0) {
    name.push(asked.toString('latin1', end + 1, end + 1 + n))
    end += n + 1
  }
  const type = asked.readUInt16BE(end + 1)
  const found = of(name.join('.'))
  const data = { 1: found.A?.map((a) => Buffer.from(a.split('.').map(Number))), 2: found.NS?.map(labels), 28: found.AAAA?.map(inet6) }[type] ?? []
  const head = Buffer.from(asked.subarray(0, 12))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(data.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, asked.subarray(12, end + 5), ...data.map((d) => Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 5, 0, d.length, ...d]))])
}

export class Internet {
  /** @type {string} where Hearthkey listens, host and port */
  hearthkey = ''
  /** @type {Map<string, Records>} what names have; the rest have the address 127.0.0.1 alone */
  records = new Map()
  names = createSocket('udp4')

  /**
   * @param {string} parent
   * @param {string[]} hosts the first is Hearthkey's
   */
  constructor(parent, hosts) {
    this.parent = parent
    this.site = join(parent, 'site') // what the web server serves
    this.cert = join(parent, 'cert.pem')
    const key = join(parent, 'key.pem')
    const names = hosts.map((name) => `DNS:${name}`).join(',')
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90', '-subj', '/CN=test', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', this.cert], { stdio: 'ignore' })
    this.names.on('message', (asked, from) => this.names.send(answer(asked, (name) => this.records.get(name) ?? { A: ['127.0.0.1'] }), from.port, from.address))
    this.web = createServer({ key: readFileSync(key), cert: readFileSync(this.cert) }, (req, res) => (req.headers.host?.split(':')[0] === hosts[0] ? this.pass(req, res) : this.serve(req, res)))
  }

  /**
   * Puts it up, and into the environment of every window that is opened after it.
   * @param {string[]} hosts that the certificate is for, Hearthkey's first
   */
  static async open(...hosts) {
    const parent = await mkdtemp(join(tmpdir(), 'hearthkey-internet-'))
    await mkdir(join(parent, 'site'))
    const net = new Internet(parent, hosts)
    await new Promise((done) => net.names.bind(0, '127.0.0.1', () => done(undefined)))
    await new Promise((done) => net.web.listen(0, '127.0.0.1', () => done(undefined)))
    process.env['HEARTHKEY_TEST_DNS'] = `127.0.0.1:${net.names.address().port}`
    process.env['HEARTHKEY_TEST_PORT'] = `${/** @type {import('node:net').AddressInfo} */ (net.web.address()).port}`
    process.env['SSL_CERT_FILE'] = net.cert
    return net
  }

  /** The document of the domain as the web has it, "" for none. */
  get document() {
    const file = join(this.site, '.well-known', 'webfinger')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
  serve(req, res) {
    const body = req.url?.startsWith('/.well-known/webfinger') ? this.document : ''
    if (!body) return void res.writeHead(404).end('Nothing here')
    res.writeHead(200, { 'Content-Type': 'application/jrd+json', 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'max-age=60' }).end(body)
  }

  /** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
  pass(req, res) {
    const [host, port] = this.hearthkey.split(':')
    const headers = { ...req.headers, 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': req.headers.host, 'X-Forwarded-For': '203.0.113.7' }
    const on = request({ host, port, path: req.url, method: req.method, headers }, (from) => {
      res.writeHead(from.statusCode ?? 502, from.headers)
      from.pipe(res)
    })
    on.on('error', () => res.writeHead(502).end())
    req.pipe(on)
  }

  async close() {
    this.web.close()
    this.web.closeAllConnections()
    this.names.close()
    await rm(this.parent, { recursive: true })
  }
}
