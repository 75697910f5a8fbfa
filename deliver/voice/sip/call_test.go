package sip

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/deliver"
)

// TestOA5ACallIsHeardAndAnsweredByTheDigit calls baresip, which records what
// it hears, and SIPp.
func TestOA5ACallIsHeardAndAnsweredByTheDigit(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	for name, test := range map[string]func(t *testing.T, port int){
		"baresip hears it and presses the digit": func(t *testing.T, port int) {
			l, p := dial(t, port, ""), ringUp(t, port, nil)
			var key string
			l.ready = func(d string) { key = d }
			out, err := l.place()
			if err != nil {
				t.Fatal(err)
			}
			news := l.sound(out.Text)
			<-time.After(time.Duration(len(news)/8)*time.Millisecond + 1500*time.Millisecond)
			p.press(key)
			l.until("the answer", func() bool { return len(l.answers) == 1 && len(l.reports) == 1 })
			l.ends(deliver.Delivered, "")
			if a := l.answers[0]; a.Attempt != out.Attempt || a.From != out.To || a.Act != deliver.Acknowledge || a.Channel != "voice" || a.At.IsZero() {
				t.Errorf("answered %+v", a)
			}
			done := l.sound("You have taken charge of Aino.")
			<-time.After(time.Duration(len(done)/8)*time.Millisecond + time.Second)
			heard := p.heard()
			like, at := likeness(news, heard, 0)
			if like < 0.9 {
				t.Errorf("%.0f %% of the alarm was heard", 100*like)
			}
			if like, _ := likeness(done, heard, at); like < 0.9 {
				t.Errorf("%.0f %% of what came of the answer was heard", 100*like)
			}
			t.Logf("%.1f s recorded, %.0f %% of the alarm found in it", float64(len(heard))/8000, 100*like)
		},
		"baresip has it repeated and hangs up": func(t *testing.T, port int) {
			l, p := dial(t, port, ""), ringUp(t, port, nil)
			out, err := l.place()
			if err != nil {
				t.Fatal(err)
			}
			news := l.sound(out.Text)
			<-time.After(time.Duration(len(news)/8)*time.Millisecond + time.Second)
			p.press("1")
			l.until("the report", func() bool { return len(l.reports) == 1 })
			l.ends(deliver.Delivered, "")
			<-time.After(time.Duration(len(news)/8)*time.Millisecond + time.Second)
			p.do("hangup", "")
			heard := p.heard()
			first, at := likeness(news, heard, 0)
			second, _ := likeness(news, heard[min(at, len(heard)):], 0)
			if first < 0.9 || second < 0.9 || len(l.answers) != 0 {
				t.Errorf("%.0f %% of the first round and %.0f %% of the second was heard, answers %v", 100*first, 100*second, l.answers)
			}
			if l.gone(out); len(l.reports) != 1 {
				t.Errorf("reports %+v", l.reports)
			}
		},
		"voicemail that talks is a failure": func(t *testing.T, port int) {
			l := dial(t, port, "")
			ringUp(t, port, l.sound("You have reached the voicemail of somebody. Please leave a message after the tone. One, two, three, four, five, six, seven, eight, nine."))
			if _, err := l.place(); err != nil {
				t.Fatal(err)
			}
			l.ends(deliver.Failed, "no_key")
		},
		"SIPp presses the digit": func(t *testing.T, port int) {
			l := dial(t, port, "")
			wait := func() {}
			l.ready = func(d string) { wait = answering(t, port, "WAIT", "9000", "KEYS", d) }
			if _, err := l.place(); err != nil {
				t.Fatal(err)
			}
			l.until("the answer", func() bool { return len(l.answers) == 1 })
			l.ends(deliver.Delivered, "")
			wait()
		},
		"in the µ-law and by TCP": func(t *testing.T, port int) {
			l := dial(t, port, "transport=tcp")
			wait := func() {}
			l.ready = func(d string) {
				wait = sipp(t, "answers", []string{"-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000), "-t", "t1"}, "CODEC", "0", "NAME", "PCMU", "WAIT", "9000", "KEYS", d)
				listening(t, "tcp", port)
			}
			if _, err := l.place(); err != nil {
				t.Fatal(err)
			}
			l.until("the answer", func() bool { return len(l.answers) == 1 })
			wait()
		},
		"wrong digits are a failure": func(t *testing.T, port int) {
			l := dial(t, port, "")
			wait := answering(t, port, "WAIT", "12000", "KEYS", "00")
			if _, err := l.place(); err != nil {
				t.Fatal(err)
			}
			l.ends(deliver.Failed, "wrong_key")
			wait()
		},
		"silence is a failure within ten seconds": func(t *testing.T, port int) {
			l := dial(t, port, "")
			wait := sipp(t, "silent", []string{"-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)}, "CODEC", "8", "NAME", "PCMA")
			listening(t, "udp", port)
			began := time.Now()
			out, err := l.place()
			if err != nil {
				t.Fatal(err)
			}
			l.ends(deliver.Failed, "no_key")
			both := 2 * (len(l.sound(out.Text)) + len(l.sound("To hear this again, press 1. To take charge, press 5.")))
			if took := l.times[0].Sub(began) - time.Duration(both/8)*time.Millisecond - 6*time.Second; took > 10*time.Second {
				t.Errorf("%v after the prompt was said twice and waited for once", took)
			}
			wait()
		},
		"a challenge, and a key by INFO": func(t *testing.T, port int) {
			l := dial(t, port, "")
			wait := func() {}
			l.ready = func(d string) {
				wait = sipp(t, "challenge", []string{"-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)}, "CODEC", "8", "NAME", "PCMA", "WAIT", "9000", "KEYS", d)
				listening(t, "udp", port)
			}
			if _, err := l.place(); err != nil {
				t.Fatal(err)
			}
			l.until("the answer", func() bool { return len(l.answers) == 1 })
			wait()
		},
		"nobody answers": func(t *testing.T, port int) {
			l := dial(t, port, "ring=3")
			wait := sipp(t, "rings", []string{"-p", fmt.Sprint(port)})
			listening(t, "udp", port)
			if _, err := l.place(); err != nil {
				t.Fatal(err)
			}
			rang := time.Now()
			l.ends(deliver.Failed, "no_answer")
			if took := l.times[0].Sub(rang); took > 5*time.Second {
				t.Errorf("reported after %v of ringing", took)
			}
			wait()
		},
	} {
		port := free()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, port)
		})
	}
}

var ports atomic.Int64

// free is a port that no other call of this test uses.
func free() int { return 5100 + int(ports.Add(30)) }

// answering is SIPp that takes a call and presses keys.
func answering(t *testing.T, port int, replace ...string) func() {
	t.Helper()
	wait := sipp(t, "answers", []string{"-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)}, append([]string{"CODEC", "8", "NAME", "PCMA"}, replace...)...)
	listening(t, "udp", port)
	return wait
}

func (l *line) sound(text string) []int16 {
	l.t.Helper()
	s, err := l.trunk.Say(l.t.Context(), "en", text)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// gone waits until the trunk knows nothing more of a call.
func (l *line) gone(out deliver.Outgoing) {
	l.t.Helper()
	for range 1000 {
		if l.trunk.find(string(out.Attempt)) == nil {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	l.t.Error("the call goes on")
}

func TestOA5RefusalsAreClassified(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	for name, c := range map[string]struct {
		status, reason string
		code           string // of the report; empty: Send itself fails
		refused        bool
	}{
		"busy":           {"486", "Busy Here", "busy", false},
		"busy anywhere":  {"600", "Busy Everywhere", "busy", false},
		"declined":       {"603", "Decline", "declined", false},
		"switched off":   {"480", "Temporarily Unavailable", "no_answer", false},
		"no such number": {"404", "Not Found", "", true},
		"out of order":   {"503", "Service Unavailable", "", false},
		"not allowed":    {"403", "Forbidden", "", false},
	} {
		port := free()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := dial(t, port, "")
			wait := sipp(t, "refuses", []string{"-p", fmt.Sprint(port)}, "STATUS", c.status, "REASON", c.reason)
			listening(t, "udp", port)
			_, err := l.place()
			if (err != nil) != (c.code == "") {
				t.Fatalf("%v", err)
			}
			if err != nil && (final(err) != c.refused || !strings.Contains(err.Error(), c.status)) {
				t.Errorf("final %t: %v", final(err), err)
			}
			if c.code != "" {
				l.ends(deliver.Failed, c.code)
			}
			wait()
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		l := dial(t, free(), "")
		if _, err := l.place(); err == nil || final(err) {
			t.Errorf("%v", err)
		}
	})
}

// final tells whether err was made by deliver.Refused.
func final(err error) bool {
	return fmt.Sprintf("%T", err) == fmt.Sprintf("%T", deliver.Refused("", ""))
}

func TestAWorkerChecksInByTelephone(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	for name, c := range map[string]struct {
		caller, keys string
		pin          string
		help         bool
	}{
		"with a PIN":        {"+358401234567", "1234#", "1234", false},
		"without a plus":    {"358401234567", "1234#", "1234", false},
		"in need":           {"+358401234567", "**", "", true},
		"from nobody":       {"anonymous", "1234#", "1234", false},
		"with a second try": {"+358401234567", "99#1234#", "1234", false},
	} {
		port := free()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := dial(t, port, fmt.Sprintf("listen=:%d", port+5))
			wait := sipp(t, "visits", []string{fmt.Sprintf("%s:%d", them, port+5), "-p", fmt.Sprint(port), "-mp", fmt.Sprint(port + 10000)}, "CALLER", c.caller, "KEYS", c.keys)
			from := ""
			if c.caller != "anonymous" {
				from = "+358401234567"
			}
			l.until("the check-in", func() bool {
				if len(l.visitors) == 0 {
					return false
				}
				v := l.visitors[len(l.visitors)-1]
				return v.From == from && v.PIN == c.pin && v.Help == c.help && (v.ID != "" || v.PIN == "" && !v.Help)
			})
			wait()
		})
	}
}

func TestCallsBeyondTheLinesComeBackLater(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := free()
	l := dial(t, port, "lines=1&ring=3")
	wait := sipp(t, "rings", []string{"-p", fmt.Sprint(port)})
	listening(t, "udp", port)
	if _, err := l.place(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.place(); err == nil || final(err) || !strings.Contains(err.Error(), "lines are busy") {
		t.Errorf("%v", err)
	}
	wait()
}

func TestTheTrunkIsToldWhereWeAre(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := free()
	wait := sipp(t, "registers", []string{"-p", fmt.Sprint(port)})
	listening(t, "udp", port)
	l := dial(t, port, "register=yes")
	for range 500 {
		if l.trunk.Health() == nil {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if err := l.trunk.Health(); err != nil {
		t.Error(err)
	}
	wait()
}
