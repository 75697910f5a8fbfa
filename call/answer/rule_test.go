package answer

import (
	"testing"

	"muster/deliver"
)

func TestACodeThatStandsForTwoAlarmsIsForNeither(t *testing.T) {
	for _, c := range []struct {
		about []string
		want  bool
	}{
		{nil, false},
		{[]string{"a"}, true},
		{[]string{"a", "a"}, true},
		{[]string{"a", "b"}, false},
		{[]string{"a", "b", "a"}, false},
	} {
		var meant []deliver.Message
		for _, a := range c.about {
			meant = append(meant, deliver.Message{About: a})
		}
		if got := unambiguous(meant); got != c.want {
			t.Errorf("%q: %t", c.about, got)
		}
	}
}
