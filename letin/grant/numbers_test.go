package grant_test

import (
	"testing"
	"time"

	"muster/letin/account"
	"muster/letin/grant"
)

// WK11: the numbers that a customer reads are those by which it goes.
func TestWK11ThePolicyPrintsTheNumbersThatHold(t *testing.T) {
	for name, n := range map[string]struct{ read, holds time.Duration }{
		"usual":     {account.UsualGrant, grant.Usual},
		"longest":   {account.LongestGrant, grant.Longest},
		"pending":   {account.Pending, grant.Pending},
		"emergency": {account.Emergency, grant.Broken},
	} {
		if n.read != n.holds {
			t.Errorf("%s: the policy says %s, and %s holds", name, n.read, n.holds)
		}
	}
}
