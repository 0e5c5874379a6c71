package main

import (
	"fmt"
	"strings"
)

// command is one thing hearthkeyd can be told. Methods are the operations of admin.API that it reaches.
type command struct {
	name    string // one or two words
	args    string // the words after it, for the usage line
	does    string
	methods []string
	run     func(*call) error
}

// commands is everything hearthkeyd can be told.
func commands() []command {
	return []command{
		{"serve", "", "serve the provider until interrupted", []string{"SetUp", "StartTrial", "Invite"}, serve},
		{"status", "", "say how the provider stands", []string{"Status", "ReachHistory"}, status},
		{"reach check", "", "measure now whether people get in, from the internet and the tailnet", []string{"CheckReach"}, reachCheck},
		{"reach history", "", "list how people got in, on each of the last 30 days", []string{"ReachHistory"}, reachHistory},
		{"set-up", "", "name this home and its owner", []string{"SetUp"}, setUp},
		{"invite", "[USER]", "make a single-use link that enrols a passkey; for the owner where no user is named", []string{"Invite"}, invite},
		{"invite revoke", "USER", "end a person's open invite links", []string{"RevokeInvites"}, inviteRevoke},

		{"user add", "", "add a person", []string{"CreateUser"}, userAdd},
		{"user list", "[TEXT]", "list people, by part of name, user name or e-mail", []string{"Users"}, userList},
		{"user show", "USER", "show a person with passkeys, sign-ins and permissions", []string{"User"}, userShow},
		{"user change", "USER", "change a person's profile or groups; what is not named stays", []string{"UpdateUser"}, userChange},
		{"user disable", "USER", "switch a person off: all their sign-ins end now", []string{"SetUserDisabled"}, userDisable},
		{"user enable", "USER", "switch a person on again", []string{"SetUserDisabled"}, userEnable},
		{"user delete", "USER", "delete a person for good; their names stay reserved", []string{"DeleteUser"}, userDelete},
		{"user sign-out", "USER", "end all of a person's sign-ins", []string{"EndSessions"}, userSignOut},

		{"passkey rename", "ID NAME", "give a passkey another name", []string{"RenamePasskey"}, passkeyRename},
		{"passkey remove", "ID", "remove a passkey", []string{"RemovePasskey"}, passkeyRemove},
		{"session end", "ID", "end one sign-in with all that came from it", []string{"EndSession"}, sessionEnd},
		{"consent revoke", "USER APP", "forget a person's permission for an app", []string{"RevokeConsent"}, consentRevoke},

		{"group add", "NAME", "add a group", []string{"CreateGroup"}, groupAdd},
		{"group list", "", "list groups with their people and apps", []string{"Groups"}, groupList},
		{"group change", "GROUP", "change a group's name, claims or members; what is not named stays", []string{"UpdateGroup"}, groupChange},
		{"group delete", "GROUP", "delete a group", []string{"DeleteGroup"}, groupDelete},

		{"app add", "", "register an app; nobody may use it unless you say who", []string{"CreateClient"}, appAdd},
		{"app list", "[TEXT]", "list apps, by part of name or client ID", []string{"Clients"}, appList},
		{"app show", "APP", "show an app with all its settings, secrets and endpoints", []string{"Client"}, appShow},
		{"app preview", "APP USER", "show what an app would be told of a person, and whether it would let them in", []string{"Preview"}, appPreview},
		{"app change", "APP", "change an app's settings or who may use it; what is not named stays, and --NAME=false takes a tick away", []string{"UpdateClient"}, appChange},
		{"app add-secret", "APP", "give an app one more secret, or a new one in place of the others", []string{"AddSecret"}, appAddSecret},
		{"app remove-secret", "SECRET-ID", "end one of an app's secrets", []string{"RemoveSecret"}, appRemoveSecret},
		{"app disable", "APP", "switch an app off", []string{"SetClientDisabled"}, appDisable},
		{"app enable", "APP", "switch an app on again", []string{"SetClientDisabled"}, appEnable},
		{"app delete", "APP", "delete an app with its secrets and tokens", []string{"DeleteClient"}, appDelete},

		{"claim list", "", "list the custom claims of people and groups, with the scope each belongs to", []string{"CustomClaims"}, claimList},
		{"claim scope", "CLAIM SCOPE", "let apps see a claim by this scope: openid, profile, email or groups", []string{"SetClaimScope"}, claimScope},

		{"key list", "", "list the keys that sign tokens, and when the next takes over", []string{"SigningKeys"}, keyList},
		{"key rotate", "ALGORITHM", "let the next key take over: RS256, ES256 or EdDSA", []string{"RotateSigningKey"}, keyRotate},
		{"key withdraw", "ID", "stop publishing a retired key: nothing that it signed counts any more", []string{"WithdrawSigningKey"}, keyWithdraw},
		{"key schedule", "DAYS", "let each key sign for so many days, 7 to 730", []string{"SetKeyRotation"}, keySchedule},

		{"tailnet connect", "", "join a tailnet under a host name", []string{"ConnectTailnet"}, tailnetConnect},
		{"tailnet doctor", "", "say what the tailnet has to allow, with the page and the policy text for what it does not", []string{"Doctor"}, tailnetDoctor},
		{"tailnet pin", "NAME", "make the node's full name the issuer, for good", []string{"PinHostName"}, tailnetPin},
		{"tailnet take-back", "", "ask the tailnet once more for the name that the issuer has", []string{"TakeBackName"}, tailnetTakeBack},
		{"tailnet move", "NAME", "move the issuer to the name that the node has now or to one of your own, and invite everybody anew", []string{"MoveIssuer"}, tailnetMove},
		{"tailnet move-plan", "[NAME]", "say who and what a move would leave behind; nothing is changed", []string{"MovePlan"}, tailnetMovePlan},
		{"tailnet reinvite", "", "make the links of a move anew; the earlier ones end", []string{"Reinvite"}, tailnetReinvite},
		{"tailnet forget", "HOST", "let go of a host that was the issuer before", []string{"ForgetHost"}, tailnetForget},
		{"tailnet people", "", "list the Tailscale logins that the node sees, and whose they are", []string{"TailnetPeople"}, tailnetPeople},
		{"tailnet link", "USER LOGIN", "make a Tailscale login a person's; LOGIN may be its number", []string{"LinkTailnetLogin"}, tailnetLink},
		{"tailnet unlink", "LOGIN", "take a Tailscale login from its person, and end what came by it", []string{"UnlinkTailnetLogin"}, tailnetUnlink},
		{"tailnet funnel", "on|off", "serve the internet, or the tailnet alone", []string{"SetFunnel"}, tailnetFunnel},
		{"pause", "", "let nobody begin a sign-in from the internet for a while; everything else goes on", []string{"PausePublic"}, pause},
		{"resume", "", "end the pause", []string{"ResumePublic"}, resume},
		{"tailnet log-out", "", "say what leaving the tailnet breaks; --yes takes the node off it", []string{"LogOutEffects", "LogOutTailnet"}, tailnetLogOut},
		{"tailnet renew", "", "ask for a page to log the node in again, before its key expires", []string{"RenewNodeKey"}, tailnetRenew},
		{"tailnet carrier", "yes|no", "say whether this issuer signs people in to the tailnet that carries it", []string{"SetCarrier"}, tailnetCarrier},
		{"tailnet passkey-admin", "yes|no", "say whether an admin of the tailnet signs in to Tailscale with a passkey", []string{"SetPasskeyAdmin"}, tailnetPasskeyAdmin},
		{"keep-awake", "on|off", "keep this machine from going to sleep by itself on mains power", []string{"SetKeepAwake"}, keepAwake},
		{"domain pin", "NAME", "make a name of your own the issuer, for good, behind your reverse proxy", []string{"PinDomain"}, domainPin},
		{"domain show", "", "say where the proxy finds Hearthkey, and which proxies are trusted", []string{"Domain"}, domainShow},
		{"domain set", "", "change where the proxy finds Hearthkey or which proxies are trusted; what is not named stays", []string{"Domain", "SetDomain"}, domainSet},
		{"domain lines", "[PROXY]", "print what to paste into the proxy: caddy, nginx or traefik", []string{"Domain"}, domainLines},
		{"domain check", "", "visit the name as anybody would, and say what is wrong on the way", []string{"CheckDomain"}, domainCheck},
		{"webfinger list", "", "list the domains whose WebFinger names the issuer", []string{"WebFingerDomains"}, webFingerList},
		{"webfinger show", "DOMAIN", "say how a domain stands: whom it answers for, how it is published, what the last look found", []string{"WebFingerDomain"}, webFingerShow},
		{"webfinger add", "DOMAIN", "put a domain on the list; an e-mail address at it will do", []string{"AddWebFingerDomain"}, webFingerAdd},
		{"webfinger set", "DOMAIN", "change whom a domain's WebFinger answers for; what is not named stays", []string{"SetWebFingerDomain"}, webFingerSet},
		{"webfinger plan", "DOMAIN", "read what stands on a domain, and show what publishing would make of it; nothing is changed", []string{"PlanWebFinger"}, webFingerPlan},
		{"webfinger publish", "DOMAIN", "say what publishing would change; --yes does it, and reads the domain back", []string{"PlanWebFinger", "PublishWebFinger"}, webFingerPublish},
		{"webfinger unpublish", "DOMAIN", "take the issuer out of what stands on a domain", []string{"UnpublishWebFinger"}, webFingerUnpublish},
		{"webfinger publisher", "DOMAIN [KIND]", "choose how a domain's document gets there: folder, sftp, webdav, s3, git, cloudflare or hand", []string{"WebFingerDomain", "SetPublisher", "TestPublisher"}, webFingerPublisher},
		{"webfinger test", "DOMAIN", "sign in where a domain's document is published, and change nothing there", []string{"WebFingerDomain", "TestPublisher"}, webFingerTest},
		{"webfinger check", "[DOMAIN]", "look at a domain, or at all of them, as Tailscale does; fails where Tailscale would", []string{"WebFingerDomains", "CheckWebFinger"}, webFingerCheck},
		{"webfinger no-website", "DOMAIN", "say how a domain without a website comes to answer, and which DNS records are there by now", []string{"WebFingerGuide"}, webFingerGuide},
		{"webfinger print", "DOMAIN [HOST]", "print what to put onto a web server by hand; without HOST, say for which there is something", []string{"WebFingerLines"}, webFingerPrint},
		{"webfinger remove", "DOMAIN", "take a domain off the list; what is published stays there", []string{"RemoveWebFingerDomain"}, webFingerRemove},
		{"trial", "", "pin and serve http://localhost", []string{"StartTrial"}, trial},

		{"tailscale show", "", "say how signing up a tailnet with this issuer stands, and who may join", []string{"SignUp"}, signUpShow},
		{"tailscale sign-up", "EMAIL", "make ready what Tailscale needs: user, app and domain", []string{"StartSignUp"}, signUpStart},
		{"tailscale people", "[USER]...", "let these people join the tailnet, and nobody else beside who signs up", []string{"SetSignUpPeople"}, signUpPeople},
		{"tailscale fields", "", "print the fields of Tailscale's form in its order, with a new client secret", []string{"SignUp", "SignUpSecret"}, signUpFields},
		{"tailscale sign-out", "", "sign out here who signed up, to sign in to Tailscale once more", []string{"EndSignUpSessions"}, signUpEnd},
		{"tailscale card", "", "print how people get into the tailnet", []string{"SignUp"}, signUpCard},
		{"tailscale support", "", "print a letter to Tailscale's support, to move a tailnet that is there already", []string{"SignUp"}, signUpSupport},
		{"tailscale forget", "DOMAIN", "guard the tailnet's user, app and domain no more; people can sign in on", []string{"ForgetSignUp"}, signUpForget},

		{"approvals", "", "list the requests that wait for you", []string{"Approvals"}, approvals},
		{"approvals list", "", "the same", []string{"Approvals"}, approvals},
		{"approvals approve", "ID", "let the browser that asked have what it asked for", []string{"Approve"}, approve},
		{"approvals deny", "ID", "turn a request away", []string{"Deny"}, deny},
		{"approvals at-once", "on|off", "let first passkeys from the tailnet be made without asking you, or not", []string{"SetEnrolAtOnce"}, approvalsAtOnce},

		{"activity", "", "list what happened, newest first", []string{"Activity"}, activity},
		{"activity verify", "", "check that no event was changed or removed", []string{"VerifyActivity"}, activityVerify},
		{"version", "", "print the version", nil, printVersion},
	}
}

const environment = `Environment:
  HEARTHKEY_DATA        data directory (default: $XDG_DATA_HOME/hearthkey, on Linux ~/.local/share/hearthkey)
  HEARTHKEY_PORT        port of a local trial that is not pinned yet (default 1411)
  HEARTHKEY_KEY         where to keep a new key: keychain, passphrase or file (default: file)
  HEARTHKEY_PASSPHRASE  the passphrase, where the key is kept under one; asked for at the terminal otherwise
  TS_AUTHKEY            auth key to join a tailnet with

Exit codes: 0 done, 1 it could not be done, 2 the command line is wrong.
`

func (c *call) overview() {
	fmt.Fprintf(c.stdout, "hearthkeyd is Hearthkey without a window.\n\nCommands:\n")
	for _, cmd := range commands() {
		fmt.Fprintf(c.stdout, "  %-38s %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.does)
	}
	fmt.Fprintf(c.stdout, "\nEach takes --data DIR, --json where it prints something, and --help.\nUSER is a user name or ID, APP a client ID or name, GROUP a name or ID.\n\n%s", environment)
}

// find takes the longest command name that args begin with.
func find(args []string) (command, []string, bool) {
	for words := 2; words >= 1; words-- {
		if len(args) < words {
			continue
		}
		name := strings.Join(args[:words], " ")
		for _, cmd := range commands() {
			if cmd.name == name {
				return cmd, args[words:], true
			}
		}
	}
	return command{}, nil, false
}

func (c *call) dispatch(args []string) error {
	if len(args) == 0 || args[0] == "--help" || args[0] == "-h" || args[0] == "help" {
		c.overview()
		return nil
	}
	cmd, rest, ok := find(args)
	if !ok {
		return usageError{fmt.Sprintf("there is no command %q; hearthkeyd --help lists them all", strings.Join(args[:min(2, len(args))], " "))}
	}
	c.begin(cmd, rest)
	return cmd.run(c)
}
