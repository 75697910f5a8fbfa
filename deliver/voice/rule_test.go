package voice

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/deliver"
	"muster/lang"
)

func begun() Call {
	return Begin(deliver.Outgoing{Lang: lang.English, Text: "Aino called for help.", Asks: true})
}

// TestOA5NoKeyButTheDigitAnswers plays any sequence of keys and silences.
func TestOA5NoKeyButTheDigitAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, turns, known := begun(), 0, false
		if strings.ContainsAny(c.Digit, "01") || c.Digit[0] == c.Digit[1] {
			t.Fatalf("digits %s", c.Digit)
		}
		for !c.Over() {
			if turns++; turns > 100 {
				t.Fatal("the call never ends")
			}
			raw, err := json.Marshal(c) // it survives the way over the carrier
			if err != nil {
				t.Fatal(err)
			}
			var back Call
			if json.Unmarshal(raw, &back) != nil || back != c {
				t.Fatalf("%s", raw)
			}
			turn := c.Turn()
			known = known || strings.Contains(strings.Join(turn.Say, " "), "press "+c.digit())
			if turn.Last || len(turn.Say) == 0 {
				t.Fatalf("%+v of %+v", turn, c)
			}
			key := rapid.SampledFrom([]string{"", "", "1", "0", "5", "*", "#", c.digit()}).Draw(t, "key")
			was := c
			if key == "" {
				c = c.Silence()
				continue
			}
			var event Event
			c, event = c.Key(key)
			if (event == Answered) != (key == was.digit() && known) {
				t.Fatalf("%s in %+v: event %d", key, was, event)
			}
			if event == Heard && key != "1" {
				t.Fatalf("%s in %+v is taken for a listener", key, was)
			}
		}
		r := c.Outcome("CA1")
		if (r.State == deliver.Delivered) != c.Heard || r.State == deliver.Failed && (r.Code == "" || r.Detail == "") || !c.Turn().Last {
			t.Fatalf("%+v: %+v", c, r)
		}
	})
}

func TestThePromptIsSaidTwiceUnasked(t *testing.T) {
	c, news, keys := begun(), 0, 0
	for !c.Over() {
		switch say := c.Turn().Say[0]; {
		case say == c.News:
			news++
		case strings.Contains(say, "press "+c.digit()):
			keys++
		}
		c = c.Silence()
	}
	if news != unasked || keys != unasked || c.Why != "no_key" {
		t.Errorf("the news %d times, the keys %d times, then %s", news, keys, c.Why)
	}
	if listen.Seconds() >= 10 {
		t.Errorf("it waits %v for a key: an attempt that nobody answers has to move on within 10 s", listen)
	}
}

func TestWhatACallerTypes(t *testing.T) {
	for keys, want := range map[string]struct {
		pin  string
		help bool
		done bool
	}{
		"1234#": {"1234", false, true}, "1234": {"1234", false, false}, "**": {"", true, true}, "12**": {"", true, true},
		"#": {"", false, true}, "": {}, "*": {}, "12345678901234": {"12345678901234", false, true},
	} {
		if pin, help := typed(keys); pin != want.pin || help != want.help || Complete(keys) != want.done {
			t.Errorf("%q: %q, help %t, complete %t", keys, pin, help, Complete(keys))
		}
	}
}
