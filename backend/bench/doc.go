// Command bench is the load program: it starts a built hearthkeyd on a scratch data directory, with all its limits on, drives it as apps and browsers do, and prints what each request costs beside what it must cost: the signature and the durable commit, measured in the same run on the same disk.
//
// CPU is that of the server's process alone. On a machine that has other work it grows less than latencies and rates do, and what it must cost grows with it, so compare within one run. Linux only: the numbers of a process are read from /proc.
//
//	make bench                         the whole run, a few minutes
//	make bench BENCH="-n 500 -quick"   a short one
package main
