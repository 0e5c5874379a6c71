package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"hearthkey/backend/store"
)

// costs are what no program can go below: a signature, and a commit that survives a power cut.
type costs struct {
	rsa, ecdsa time.Duration // of one signature, processor time
	commit     time.Duration // of one transaction with one row, from its call to its answer
	commitCPU  time.Duration // processor time of the same
}

// measureCosts does both by themselves, the commits in a database beside the one under test.
func measureCosts(ctx context.Context, dir string) (c costs, err error) {
	digest := sha256.Sum256([]byte("bench"))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return c, err
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	c.rsa = threadTime(300, func() { _, _ = rsa.SignPKCS1v15(nil, rsaKey, crypto.SHA256, digest[:]) })
	c.ecdsa = threadTime(2000, func() { _, _ = ecdsa.SignASN1(rand.Reader, ecKey, digest[:]) })
	s, err := store.Open(ctx, filepath.Join(dir, "commit.db"))
	if err != nil {
		return c, err
	}
	defer func() { _ = s.Close() }()
	var times []time.Duration
	before := processCPU()
	for i := range 200 {
		from := time.Now()
		if err := s.Write(ctx, func(tx *store.Tx) error { return tx.SetKeyRotation(i) }); err != nil {
			return c, err
		}
		times = append(times, time.Since(from))
	}
	c.commitCPU = (processCPU() - before) / time.Duration(len(times))
	slices.Sort(times)
	c.commit = times[len(times)/2]
	return c, nil
}

// threadTime is the processor time of one call, the median of ten groups.
func threadTime(n int, call func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var groups []time.Duration
	for range 10 {
		before := threadCPU()
		for range n / 10 {
			call()
		}
		groups = append(groups, (threadCPU()-before)/time.Duration(n/10))
	}
	slices.Sort(groups)
	return groups[len(groups)/2]
}

func threadCPU() time.Duration { return used(1) } // RUSAGE_THREAD of Linux

func processCPU() time.Duration { return used(syscall.RUSAGE_SELF) }

func used(who int) time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(who, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
