// Package control is the control socket: the owner's operations of package admin, for another process of the same owner on the same machine. The window beside a running hearthkeyd and the
// command line speak it to whichever process holds the data.
//
// It is a Unix socket, on Windows too: a named pipe could be reached over SMB. It stands as control.sock in the data directory, and where that path would be too long for a socket, in the runtime
// directory, named in the file control.path. Folder (0700), file (0600) and the peer's credentials, where the operating system gives them, each keep other users out.
//
// The protocol is not HTTP, so no browser can speak it. Both sides begin with one line:
//
//	peer:   hearthkey-control/1
//	server: hearthkey-control/1 PID PROGRAM
//
// Then the peer sends calls and the server answers each in turn. A frame is its length in four bytes, big-endian, and that many bytes of JSON:
//
//	{"method": "User", "args": ["usr_..."]}
//	{"result": ...} or {"error": {"code", "field", "key", "message", "args", "ref"}}
//
// Calls that run at the same time take a connection each. A call ends when its peer leaves.
package control
