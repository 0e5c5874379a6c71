package backend

import (
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// A change is told once it holds; what comes and goes is told less and less, and a quiet hour makes it new again.
func TestNews(t *testing.T) {
	now := idp.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	n := news{said: admin.StatePublic}
	told := 0
	stand := func(state string, seconds int) {
		for range seconds {
			if n.hear(state, now) {
				told++
			}
			now = now.Add(time.Second)
		}
	}
	stand(admin.StatePublic, 60)
	stand(admin.StateStarting, 60)
	stand(admin.StateAttention, 5)
	stand(admin.StatePublic, 60)
	if told != 0 {
		t.Errorf("%d told of a start and a blink", told)
	}
	stand(admin.StateAttention, 60)
	if told != 1 || n.said != admin.StateAttention {
		t.Errorf("%d told of one outage, the last %s", told, n.said)
	}
	for range 100 {
		stand(admin.StatePublic, 30)
		stand(admin.StateAttention, 30)
	}
	if told > 8 {
		t.Errorf("flapping is told %d times", told)
	}
	stand(admin.StatePublic, 700)
	if n.said != admin.StatePublic {
		t.Error("a state that lasts is not told")
	}
	stand(admin.StatePublic, 3600)
	told = 0
	stand(admin.StateAttention, 11)
	if told != 1 {
		t.Errorf("after a quiet hour %d told", told)
	}
}
