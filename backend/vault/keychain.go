package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"hearthkey/backend/idp"

	"github.com/zalando/go-keyring"
)

// keychainService is the name under which the keychain lists the key; the account is the vault's ID, one per data directory.
const keychainService = "Hearthkey"

const (
	keychainWait  = time.Minute     // for a person who has to type the keychain's password
	keychainQuick = 3 * time.Second // for finding out, at the very first start, whether there is a keychain
)

var errSilent = errors.New("the keychain did not answer in time")

// keychainAnswers asks for an entry that does not exist: only a keychain that works says "not found".
func keychainAnswers(ctx context.Context, wait time.Duration) bool {
	if wait == 0 {
		wait = keychainQuick
	}
	_, err := inTime(ctx, wait, func() (string, error) { return keyring.Get(keychainService, "probe") })
	return err == nil || errors.Is(err, keyring.ErrNotFound)
}

// keychainStore reads the key back, because a keychain whose question to its owner was turned down may still report no error.
func keychainStore(ctx context.Context, account string, k key) error {
	_, err := inTime(ctx, keychainWait, func() (string, error) { return "", keyring.Set(keychainService, account, k.text()) })
	if err != nil {
		return keychainFailed(err)
	}
	back, err := keychainLoad(ctx, account, keychainWait)
	if errors.Is(err, errNoKey) || err == nil && back != k {
		return keychainFailed(errors.New("it did not keep the key"))
	}
	return err
}

// keychainLoad gives errNoKey where the keychain answers and has no such entry.
func keychainLoad(ctx context.Context, account string, wait time.Duration) (key, error) {
	s, err := inTime(ctx, wait, func() (string, error) { return keyring.Get(keychainService, account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return key{}, errNoKey
	}
	if err != nil {
		return key{}, keychainFailed(err)
	}
	k, err := parseKey(s)
	if err != nil {
		return key{}, idp.Fail(idp.Unavailable, "vault.key_wrong", "where", keychainService+", "+account).Because(err)
	}
	return k, nil
}

func keychainFailed(err error) error {
	if errors.Is(err, errSilent) {
		return idp.Fail(idp.Unavailable, "vault.keychain_silent").Because(err)
	}
	return idp.Fail(idp.Unavailable, "vault.keychain_unavailable", "reason", err.Error()).Because(err)
}

// inTime gives up on a keychain that waits for an answer nobody gives. The call cannot be cut off, so its goroutine stays until the keychain lets go; it may
// panic there when the session bus goes away under it, which is no reason to end the program.
func inTime(ctx context.Context, wait time.Duration, call func() (string, error)) (string, error) {
	if err := sessionBus(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	type answer struct {
		s   string
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a.err = fmt.Errorf("the keychain went away: %v", p)
			}
			done <- a
		}()
		a.s, a.err = call()
	}()
	select {
	case a := <-done:
		return a.s, a.err
	case <-ctx.Done():
		return "", errSilent
	}
}

// sessionBus looks for the bus on which Linux desktops offer their keychain. Without this look the D-Bus library would start a bus of its own, which
// outlives us and has no keychain.
func sessionBus() error {
	switch runtime.GOOS {
	case "darwin", "windows":
		return nil
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(fmt.Sprintf("/run/user/%d/%s", os.Getuid(), name)); err == nil {
			return nil
		}
	}
	return errors.New("this session has no D-Bus")
}
