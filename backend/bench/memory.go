package main

import (
	"context"
	"fmt"

	"hearthkey/backend/idp"
)

// memory signs in many times and reads what the process holds then.
func (r *runner) memory(ctx context.Context) error {
	before, held := r.d.rss(), size(r.dir)
	apps := r.w.apps[idp.ES256]
	v := r.w.visits()
	defer v.close()
	_, err := measure(r.d, "sign-in", 8, r.signIns, 0, func(i int) error {
		a := apps[i%len(apps)]
		code, err := r.w.authorize(v.browser(i), a)
		if err == nil {
			_, err = r.w.exchange(a, code)
		}
		return err
	})
	if err != nil {
		return err
	}
	r.d.idle(ctx)
	after := r.d.rss()
	fmt.Printf("memory after %d sign-ins: %.1f MiB, %.1f MiB before them", r.signIns, float64(after)/(1<<20), float64(before)/(1<<20))
	if r.signIns < 100_000 {
		fmt.Printf(" (fewer than 100,000: what grows with each would be %.1f MiB then)", float64(before)/(1<<20)+float64(after-before)/(1<<20)*100_000/float64(r.signIns))
	}
	fmt.Printf("; the database grew by %.2f KiB a sign-in\n", float64(size(r.dir)-held)/1024/float64(r.signIns))
	return nil
}
