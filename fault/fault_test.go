package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"muster/fault"
)

func TestFaultIsFoundHoweverDeepItLies(t *testing.T) {
	taken := fault.New(fault.Conflict, "taken").At("pin")
	err := fmt.Errorf("save: %w", errors.Join(errors.New("other"), taken))
	if f := fault.From(err); f.Kind != fault.Conflict || f.Field != "pin" {
		t.Errorf("found %v", f)
	}
	if !errors.Is(err, fault.New(fault.Conflict, "taken")) {
		t.Error("kind and code agree and it is not the same")
	}
	if errors.Is(err, fault.New(fault.Conflict, "other")) || errors.Is(err, fault.New(fault.Invalid, "taken")) {
		t.Error("kind or code differ and it is the same")
	}
}

func TestUnknownErrorsAreInternalAndNilIsNothing(t *testing.T) {
	f := fault.From(errors.New("password=hunter2"))
	if f.Kind != fault.Internal || f.Code != "internal" || len(f.Args) != 0 {
		t.Errorf("an error that nobody knows became %+v", f)
	}
	if fault.From(nil) != nil || fault.All(nil) != nil {
		t.Error("no error became a fault")
	}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if fault.KindOf(nil) == k {
			t.Errorf("no error is of kind %s", k)
		}
	}
	if fault.KindOf(nil).String() != "none" {
		t.Error("the kind of no error has no name")
	}
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	plain := fault.New(fault.Invalid, "too_long")
	a, b := plain.With("Max", 3).At("x"), plain.With("Max", 4).At("y")
	if plain.Field != "" || plain.Args != nil || a.Args["Max"] != 3 || b.Args["Max"] != 4 {
		t.Errorf("%+v %+v %+v", plain, a, b)
	}
}

func TestAllKeepsTheOrder(t *testing.T) {
	all := fault.All(fault.Join(fault.New(fault.Invalid, "a"), nil, fmt.Errorf("x: %w", fault.New(fault.Invalid, "b"))))
	if len(all) != 2 || all[0].Code != "a" || all[1].Code != "b" {
		t.Errorf("%v", all)
	}
	if fault.Join(nil, nil) != nil {
		t.Error("nothing joined is something")
	}
}
