export namespace admin {
	
	export interface Access {
	    everyone: boolean;
	    groupIds: string[];
	    userIds: string[];
	}
	export interface ActivityRow {
	    event: idp.Event;
	    text: string;
	    userName: string;
	    clientName: string;
	    level: string;
	}
	export interface ActivityPage {
	    rows: ActivityRow[];
	    more: boolean;
	}
	export interface ActivityQuery {
	    before: number;
	    limit: number;
	    text: string;
	    userId: string;
	    clientId: string;
	    kind: string;
	    network: string;
	}
	
	export interface ApprovalRow {
	    id: string;
	    kind: string;
	    userId: string;
	    userName: string;
	    clientId: string;
	    clientName: string;
	    login: string;
	    node: string;
	    network: string;
	    source: string;
	    userAgent: string;
	    createdAt: number;
	    expiresAt: number;
	}
	export interface ChainReport {
	    ok: boolean;
	    events: number;
	    broken: number;
	    text: string;
	}
	export interface Endpoints {
	    issuer: string;
	    discovery: string;
	    authorization: string;
	    token: string;
	    userInfo: string;
	    jwks: string;
	    endSession: string;
	    par: string;
	    introspection: string;
	    revocation: string;
	    deviceCode: string;
	}
	export interface ClientDetail {
	    client: idp.Client;
	    access: Access;
	    secrets: idp.ClientSecret[];
	    people: number;
	    lastUsed: number;
	    endpoints: Endpoints;
	}
	export interface ClientInput {
	    id: string;
	    name: string;
	    public: boolean;
	    native: boolean;
	    allowHttp: boolean;
	    requirePkce: boolean;
	    requirePar: boolean;
	    skipConsent: boolean;
	    reauthenticate: boolean;
	    alwaysRefresh: boolean;
	    clientCredentials: boolean;
	    deviceGrant: boolean;
	    deviceAnywhere: boolean;
	    userInfoOnly: boolean;
	    idTokenAlgorithm: string;
	    accessFormat: string;
	    audience: string;
	    accessLife: number;
	    idTokenLife: number;
	    refreshIdle: number;
	    refreshAbsolute: number;
	    networkRule: string;
	    tailnetHint: boolean;
	    tailnetEnrol: boolean;
	    tailnetSignIn: boolean;
	    launchUrl: string;
	    initiateLoginUri: string;
	    backchannelLogoutUri: string;
	    backchannelInward: boolean;
	    redirectUris: string[];
	    postLogoutRedirectUris: string[];
	    access: Access;
	}
	export interface ClientRow {
	    client: idp.Client;
	    access: Access;
	    accessText: string;
	    people: number;
	    lastUsed: number;
	}
	export interface ConnectStep {
	    key: string;
	    state: string;
	    title: string;
	    detail: string;
	    link: string;
	    open: string;
	}
	export interface ConnectTailnet {
	    hostName: string;
	    authKey: string;
	    tags: string[];
	    funnel: boolean;
	}
	export interface ConsentRow {
	    consent: idp.Consent;
	    clientName: string;
	}
	export interface CustomClaim {
	    name: string;
	    scope: string;
	    users: number;
	    groups: number;
	}
	export interface DiffLine {
	    sign: string;
	    text: string;
	}
	export interface DoctorCheck {
	    key: string;
	    state: string;
	    title: string;
	    detail: string;
	    page: string;
	    snippet: string;
	}
	export interface Doctor {
	    checks: DoctorCheck[];
	}
	
	export interface ProxyLines {
	    proxy: string;
	    name: string;
	    where: string;
	    text: string;
	}
	export interface Domain {
	    pinned: boolean;
	    hostName: string;
	    listen: string;
	    proxies: string[];
	    addresses: string[];
	    lines: ProxyLines[];
	}
	export interface DomainFinding {
	    key: string;
	    state: string;
	    title: string;
	    detail: string;
	    mend: ProxyLines[];
	    add: string;
	}
	export interface DomainCheck {
	    hostName: string;
	    checkedAt: number;
	    ok: boolean;
	    address: string;
	    took: number;
	    findings: DomainFinding[];
	}
	
	export interface DomainInput {
	    hostName: string;
	    listen: string;
	    proxies: string[];
	}
	export interface Ending {
	    ends: number;
	    level: string;
	    title: string;
	    detail: string;
	}
	
	export interface FormerHost {
	    host: string;
	    leftAt: number;
	    passkeys: number;
	    people: number;
	    state: string;
	    checkedAt: number;
	    problem: string;
	}
	export interface GroupInput {
	    name: string;
	    claims: string;
	    memberIds: string[];
	    networkRule: string;
	}
	export interface GroupRow {
	    group: idp.Group;
	    members: idp.User[];
	    clients: idp.Client[];
	}
	export interface Notice {
	    key: string;
	    title: string;
	    body: string;
	}
	export interface Guard {
	    ask: boolean;
	    passkeyAdmin: boolean;
	    oneClick: string[];
	    machine: string;
	    key: Ending;
	    certificate: Ending;
	    notice: Notice;
	}
	export interface InviteLink {
	    invite: idp.Invite;
	    url: string;
	    userName: string;
	    phone: boolean;
	}
	export interface LogOutEffects {
	    lines: string[];
	    typed: string;
	}
	export interface Mismatch {
	    host: string;
	    name: string;
	    kind: string;
	    page: string;
	    passkeys: number;
	    people: number;
	    apps: number;
	}
	export interface MoveApp {
	    id: string;
	    name: string;
	    tailnet: boolean;
	}
	export interface MoveInput {
	    to: string;
	    confirm: string;
	    days: number;
	    domain: DomainInput;
	}
	export interface MoveInvite {
	    userId: string;
	    name: string;
	    userName: string;
	    email: string;
	    owner: boolean;
	    url: string;
	    expiresAt: number;
	}
	export interface MovePerson {
	    id: string;
	    name: string;
	    userName: string;
	    email: string;
	    owner: boolean;
	    passkeys: number;
	}
	export interface MovePlan {
	    from: idp.Pin;
	    to: idp.Pin;
	    people: MovePerson[];
	    apps: MoveApp[];
	    keep: number;
	    lost: boolean;
	    mostDays: number;
	}
	export interface Todo {
	    key: string;
	    level: string;
	    title: string;
	    detail: string;
	    link: string;
	}
	export interface Status {
	    version: string;
	    home: string;
	    pin: idp.Pin;
	    tunnel: idp.Tunnel;
	    state: string;
	    pause: idp.Pause;
	    problem: string;
	    owner?: idp.User;
	    ownerReady: boolean;
	    phoneInvite: boolean;
	    users: number;
	    passkeys: number;
	    clients: number;
	    trialOnly: number;
	    stranded: number;
	    mismatch?: Mismatch;
	    former: FormerHost[];
	    signIns: number;
	    startedAt: number;
	    dataDir: string;
	    keyStorage: string;
	    keyWarning: string;
	    todo: Todo[];
	    approvals: number;
	    carrier: string;
	    guard: Guard;
	    awake: idp.Awake;
	    webFinger: Notice;
	    reach: idp.Reach[];
	    connect: ConnectStep[];
	}
	export interface Moved {
	    status: Status;
	    invites: MoveInvite[];
	}
	export interface NewClient {
	    detail: ClientDetail;
	    secret: string;
	}
	export interface NewSecret {
	    secret: idp.ClientSecret;
	    value: string;
	}
	
	export interface PasskeyRow {
	    passkey: idp.Passkey;
	    trialOnly: boolean;
	}
	export interface Preview {
	    allowed: boolean;
	    reason: string;
	    scope: string;
	    idToken: string;
	    userInfo: string;
	}
	export interface PreviewInput {
	    clientId: string;
	    userId: string;
	    scope: string;
	}
	
	export interface PublisherInput {
	    kind: string;
	    root?: string;
	    url?: string;
	    host?: string;
	    user?: string;
	    auth?: string;
	    hostKey?: string;
	    bucket?: string;
	    region?: string;
	    branch?: string;
	    pages?: string;
	    zone?: string;
	    inward?: boolean;
	    secret: string;
	    passphrase: string;
	}
	export interface PublisherTest {
	    ok: boolean;
	    said: string;
	    hostKey: string;
	    fingerprint: string;
	    pinned: boolean;
	    changes: string[];
	}
	export interface ReachDay {
	    at: number;
	    up: number;
	    down: number;
	    paused: number;
	    outages: number;
	}
	export interface ReachWay {
	    network: string;
	    up: number;
	    down: number;
	    paused: number;
	    outages: number;
	    longest: number;
	    days: ReachDay[];
	}
	export interface ReachHistory {
	    from: number;
	    until: number;
	    ways: ReachWay[];
	}
	
	export interface SecretInput {
	    name: string;
	    lifeDays: number;
	    othersHours: number;
	}
	export interface SetUp {
	    home: string;
	    name: string;
	    userName: string;
	    email: string;
	}
	export interface SignUpField {
	    key: string;
	    name: string;
	    value: string;
	    said: string;
	}
	export interface SignUpPerson {
	    userId: string;
	    name: string;
	    email: string;
	    signer: boolean;
	    allowed: boolean;
	    here: boolean;
	    said: string;
	    joinedAt: number;
	}
	export interface WebFingerRow {
	    domain: string;
	    publisher: string;
	    users: number;
	    verdict: string;
	    summary: string;
	    checkedAt: number;
	    publishedAt: number;
	}
	export interface WebFingerFinding {
	    key: string;
	    state: string;
	    title: string;
	    detail: string;
	}
	export interface WebFingerCheck {
	    at: number;
	    verdict: string;
	    summary: string;
	    address: string;
	    took: number;
	    href: string;
	    host: string;
	    drifted: boolean;
	    findings: WebFingerFinding[];
	}
	export interface SignUp {
	    email: string;
	    domain: string;
	    userId: string;
	    clientId: string;
	    startedAt: number;
	    problem: string;
	    name: string;
	    app: string;
	    made: Todo[];
	    webFinger: WebFingerCheck;
	    publisher: WebFingerRow;
	    people: SignUpPerson[];
	    everyone: boolean;
	    groups: string[];
	    secret: idp.ClientSecret;
	    fields: SignUpField[];
	    signedInAt: number;
	    signedOut: boolean;
	    verifiedAt: number;
	    trouble: string;
	    checklist: Todo[];
	    support: string;
	    card: string[];
	    startUrl: string;
	    consoleUrl: string;
	    supportUrl: string;
	    downloadUrl: string;
	}
	
	export interface SignUpInput {
	    email: string;
	    person: string;
	}
	
	export interface SigningKeyRow {
	    id: string;
	    algorithm: string;
	    state: string;
	    clients: number;
	    publishedAt: number;
	    activeAt: number;
	    retiredAt: number;
	    dueAt: number;
	}
	export interface SigningKeys {
	    keys: SigningKeyRow[];
	    rotationDays: number;
	}
	
	export interface TailnetPerson {
	    id: string;
	    login: string;
	    name: string;
	    nodes: string[];
	    seen: boolean;
	    userId: string;
	    userName: string;
	    linkedAt: number;
	    suggestedId: string;
	    suggestedName: string;
	}
	export interface TailnetPeople {
	    people: TailnetPerson[];
	    problem: string;
	    enrolAtOnce: boolean;
	}
	
	
	export interface UserDetail {
	    user: idp.User;
	    groups: idp.Group[];
	    passkeys: PasskeyRow[];
	    sessions: idp.Session[];
	    consents: ConsentRow[];
	    mayUse: idp.Client[];
	    openInvite: number;
	    lastSignIn: number;
	    seenOnTailnet: boolean;
	}
	export interface UserInput {
	    userName: string;
	    name: string;
	    givenName: string;
	    familyName: string;
	    email: string;
	    claims: string;
	    groupIds: string[];
	    networkRule: string;
	}
	export interface UserRow {
	    user: idp.User;
	    groups: string[];
	    passkeys: number;
	    lastSignIn: number;
	    openInvite: number;
	}
	
	export interface WebFingerDetail {
	    domain: string;
	    publisher: string;
	    users: number;
	    verdict: string;
	    summary: string;
	    checkedAt: number;
	    publishedAt: number;
	    scope: string;
	    accounts: string[];
	    settings: idp.Publisher;
	    hasCredentials: boolean;
	    account: string[];
	    kept: string;
	    published: string;
	    busy: string;
	    problem: string;
	    check: WebFingerCheck;
	}
	export interface WebFingerFile {
	    where: string;
	    name: string;
	    text: string;
	}
	
	export interface WebFingerRecord {
	    type: string;
	    name: string;
	    value: string;
	    seen: boolean;
	}
	export interface WebFingerGuide {
	    domain: string;
	    looked: boolean;
	    problem: string;
	    dns: string;
	    servers: string[];
	    addresses: string[];
	    ask: string;
	    host: string;
	    steps: string[];
	    records: WebFingerRecord[];
	    at: number;
	    extra: string[];
	    ready: boolean;
	}
	export interface WebFingerGuideInput {
	    domain: string;
	    cloudflare: string;
	    freeHost: string;
	}
	export interface WebFingerInput {
	    domain: string;
	    scope: string;
	    accounts: string[];
	}
	export interface WebFingerLines {
	    host: string;
	    name: string;
	    said: string;
	    files: WebFingerFile[];
	}
	export interface WebFingerPlan {
	    domain: string;
	    found: string;
	    where: string;
	    kind: string;
	    foreign: string[];
	    notes: string[];
	    result: string;
	    diff: DiffLine[];
	    digest: string;
	    problem: string;
	    same: boolean;
	}
	

}

export namespace idp {
	
	export interface Awake {
	    on: boolean;
	    state: string;
	    detail: string;
	}
	export interface Client {
	    id: string;
	    name: string;
	    public: boolean;
	    native: boolean;
	    allowHttp: boolean;
	    requirePkce: boolean;
	    requirePar: boolean;
	    skipConsent: boolean;
	    reauthenticate: boolean;
	    alwaysRefresh: boolean;
	    clientCredentials: boolean;
	    deviceGrant: boolean;
	    deviceAnywhere: boolean;
	    userInfoOnly: boolean;
	    idTokenAlgorithm: string;
	    accessFormat: string;
	    audience: string;
	    accessLife: number;
	    idTokenLife: number;
	    refreshIdle: number;
	    refreshAbsolute: number;
	    networkRule: string;
	    tailnetHint: boolean;
	    tailnetEnrol: boolean;
	    tailnetSignIn: boolean;
	    launchUrl: string;
	    initiateLoginUri: string;
	    backchannelLogoutUri: string;
	    backchannelInward: boolean;
	    redirectUris: string[];
	    postLogoutRedirectUris: string[];
	    createdAt: number;
	    updatedAt: number;
	    disabledAt: number;
	}
	export interface ClientSecret {
	    id: string;
	    clientId: string;
	    name: string;
	    createdAt: number;
	    expiresAt: number;
	    lastUsedAt: number;
	}
	export interface Consent {
	    userId: string;
	    clientId: string;
	    scope: string;
	    grantedAt: number;
	}
	export interface Event {
	    seq: number;
	    at: number;
	    kind: string;
	    actor: string;
	    userId: string;
	    clientId: string;
	    objectId: string;
	    reason: string;
	    network: string;
	    detail: Record<string, string>;
	}
	export interface Group {
	    id: string;
	    name: string;
	    claims: string;
	    createdAt: number;
	    updatedAt: number;
	    networkRule: string;
	}
	export interface Invite {
	    id: string;
	    userId: string;
	    createdAt: number;
	    expiresAt: number;
	    usedAt: number;
	    revokedAt: number;
	}
	export interface Machine {
	    name: string;
	    os: string;
	    owner: string;
	    online: boolean;
	    lastSeen: number;
	}
	export interface Passkey {
	    id: string;
	    userId: string;
	    name: string;
	    provider: string;
	    transports: string[];
	    attachment: string;
	    backupEligible: boolean;
	    backedUp: boolean;
	    rpId: string;
	    origin: string;
	    createdAt: number;
	    lastUsedAt: number;
	    flaggedAt: number;
	}
	export interface Pause {
	    on: boolean;
	    until: number;
	}
	export interface Pin {
	    mode: string;
	    issuer: string;
	    rpId: string;
	    hostName: string;
	    pinnedAt: number;
	}
	export interface Publisher {
	    kind: string;
	    root?: string;
	    url?: string;
	    host?: string;
	    user?: string;
	    auth?: string;
	    hostKey?: string;
	    bucket?: string;
	    region?: string;
	    branch?: string;
	    pages?: string;
	    zone?: string;
	    inward?: boolean;
	}
	export interface Reach {
	    network: string;
	    state: string;
	    since: number;
	    checkedAt: number;
	    took: number;
	    problem: string;
	}
	export interface Session {
	    id: string;
	    browserId: string;
	    userId: string;
	    createdAt: number;
	    authTime: number;
	    seenAt: number;
	    acr: string;
	    amr: string;
	    passkeyId: string;
	    network: string;
	    source: string;
	    userAgent: string;
	    clientId: string;
	    endedAt: number;
	    endReason: string;
	}
	export interface TunnelNode {
	    known: boolean;
	    tags: string;
	    magicDNS: boolean;
	    https: boolean;
	    funnelAttr: boolean;
	    funnelPort: boolean;
	    port: number;
	    portTaken: boolean;
	}
	export interface Tunnel {
	    state: string;
	    hostName: string;
	    askedTags: string;
	    dnsName: string;
	    url: string;
	    pinnedURL: string;
	    account: string;
	    tagged: boolean;
	    address: string;
	    loginURL: string;
	    enableURL: string;
	    keyExpiry: number;
	    certExpiry: number;
	    online: boolean;
	    funnel: boolean;
	    problem: string;
	    loggedOut: boolean;
	    collision: Machine;
	    takingBack: boolean;
	    certRetry: number;
	    node: TunnelNode;
	}
	
	export interface User {
	    id: string;
	    userName: string;
	    name: string;
	    givenName: string;
	    familyName: string;
	    email: string;
	    emailVerified: boolean;
	    locale: string;
	    claims: string;
	    owner: boolean;
	    createdAt: number;
	    updatedAt: number;
	    disabledAt: number;
	    networkRule: string;
	}

}

