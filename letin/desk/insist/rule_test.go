package insist

import (
	"strings"
	"testing"
	"time"

	"muster/fault"
	"muster/id"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestFL14TheAgentAsksAndTheHeadDecides(t *testing.T) {
	asked := Exception{State: Asked, AskedBy: "stf_agent", Scope: "class:high"}
	good := "They signed for it with us."
	for name, c := range map[string]struct {
		from  Exception
		yes   bool
		words string
		until time.Time
		head  string
		want  string
	}{
		"allowed":          {asked, true, good, noon.Add(Longest), "stf_head", ""},
		"refused":          {asked, false, good, time.Time{}, "stf_head", ""},
		"alone":            {asked, true, good, noon.Add(time.Hour), "stf_agent", "insist_own"},
		"refused alone":    {asked, false, good, time.Time{}, "stf_agent", "insist_own"},
		"too long":         {asked, true, good, noon.Add(Longest + time.Second), "stf_head", "insist_too_long"},
		"without an end":   {asked, true, good, time.Time{}, "stf_head", "in_the_past"},
		"already over":     {asked, true, good, noon, "stf_head", "in_the_past"},
		"without a reason": {asked, true, " ", noon.Add(time.Hour), "stf_head", "required"},
		"with a dot":       {asked, true, strings.Repeat(".", 20), noon.Add(time.Hour), "stf_head", "say_more"},
		"decided before":   {Exception{State: Refused, AskedBy: "stf_agent"}, true, good, noon.Add(time.Hour), "stf_head", "already_done"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.from.decide(c.yes, c.words, c.until, noon, staffed(c.head), "Head")
			code := ""
			if err != nil {
				code = fault.From(err).Code
			}
			if code != c.want {
				t.Fatalf("%q, want %q", code, c.want)
			}
			if err == nil && (got.Holds(noon) != c.yes || got.Holds(c.until)) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestFL14AnExceptionIsForOneThingUntilADay(t *testing.T) {
	e := Exception{State: Allowed, Scope: "class:high", Until: noon.Add(time.Hour)}
	if !e.Covers("users", "high") || e.Covers("numbering", "medium") || !(Exception{Scope: "numbering"}).Covers("numbering", "medium") {
		t.Error("covers something else")
	}
	ended, err := e.end(noon)
	if err != nil || ended.Holds(noon) || !e.Holds(noon) || e.Holds(noon.Add(time.Hour)) {
		t.Error("an end is no end")
	}
	if _, err := ended.end(noon); err == nil {
		t.Error("ended twice")
	}
	for s, ok := range map[string]bool{"class:high": true, "class:medium": true, "class:other": false, "numbering": true, "": false, "class:": false} {
		if (scope(s, []string{"numbering"}) == nil) != ok {
			t.Errorf("scope %q", s)
		}
	}
}

func staffed(s string) id.Staff { return id.Staff(s) }
