package id_test

import (
	"strings"
	"testing"

	"muster/fault"
	"muster/id"
)

func TestIdentifiersSortByTheirTimeOfMaking(t *testing.T) {
	last := id.New[id.Alarm]()
	for range 1000 {
		next := id.New[id.Alarm]()
		if next <= last {
			t.Fatalf("%s was made after %s and sorts before it", next, last)
		}
		last = next
	}
}

func TestOnlyItsOwnShapeIsRead(t *testing.T) {
	good := id.New[id.Org]()
	if got, err := id.Parse[id.Org](string(good)); err != nil || got != good {
		t.Fatalf("%s: %v", good, err)
	}
	for _, bad := range []string{
		"", "org_", string(good) + "0", string(good)[1:], strings.ToUpper(string(good)), string(id.New[id.Person]()),
		"org_" + strings.Repeat("g", 32), "org_" + strings.Repeat("0", 31) + "'", "org_" + strings.Repeat("٠", 32),
	} {
		if _, err := id.Parse[id.Org](bad); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q: %v, want not found", bad, err)
		}
	}
}
