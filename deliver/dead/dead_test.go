package dead_test

import (
	"testing"

	"muster/deliver/dead"
)

// Each code is here with what it says, so that a line that is lost, or one too
// many, shows.
func TestCodesSayWhatIsDead(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]dead.Why{
		"5.1.0": dead.Alive, "5.1.1": dead.Unknown, "5.1.2": dead.Unknown, "5.1.3": dead.Unknown, "5.1.4": dead.Unknown,
		"5.1.6": dead.Gone, "5.1.10": dead.Unknown, "5.2.1": dead.Gone, "5.4.1": dead.Alive, "5.4.4": dead.Alive,
		"5.6.7": dead.Incapable, "5.7.17": dead.Gone, "5.7.18": dead.Gone,
		"": dead.Alive, "4.1.1": dead.Alive, "2.1.5": dead.Alive, "5.0.0": dead.Alive, "550": dead.Alive,
		"5.1.7": dead.Alive, "5.1.8": dead.Alive, // the sender's address
		"5.2.2": dead.Alive, "5.2.3": dead.Alive, "5.3.4": dead.Alive, // full, too long
		"5.7.1": dead.Alive, "5.7.26": dead.Alive, "5.4.6": dead.Alive, // policy, loops
	} {
		if got := dead.Mail(code); got != want {
			t.Errorf("mail %s: %q, want %q", code, got, want)
		}
	}
	for code, want := range map[int]dead.Why{
		21211: dead.Unknown, 21217: dead.Unknown, 13224: dead.Unknown, 30005: dead.Unknown,
		21265: dead.Incapable, 21614: dead.Incapable, 21635: dead.Incapable, 30006: dead.Incapable, 21610: dead.Unsubscribed,
		0: dead.Alive, 21408: dead.Alive, 21606: dead.Alive, 21612: dead.Alive, // regions and senders are ours
		30001: dead.Alive, 30002: dead.Alive, 30003: dead.Alive, 30004: dead.Alive, 30007: dead.Alive, 30008: dead.Alive, // off, blocked, filtered, anything
	} {
		if got := dead.Twilio(code); got != want {
			t.Errorf("Twilio %d: %q, want %q", code, got, want)
		}
	}
	for code, want := range map[int]dead.Why{
		404: dead.Unknown, 484: dead.Unknown, 604: dead.Unknown, 410: dead.Gone,
		0: dead.Alive, 403: dead.Alive, 408: dead.Alive, 480: dead.Alive, 486: dead.Alive, 487: dead.Alive, 500: dead.Alive, 503: dead.Alive, 600: dead.Alive, 603: dead.Alive, 607: dead.Alive,
	} {
		if got := dead.SIP(code); got != want {
			t.Errorf("SIP %d: %q, want %q", code, got, want)
		}
	}
	for code, want := range map[int]dead.Why{
		131021: dead.Incapable, 131026: dead.Incapable, 131030: dead.Incapable,
		0: dead.Alive, 131047: dead.Alive, 131049: dead.Alive, 131050: dead.Alive, 130472: dead.Alive, 132001: dead.Alive,
	} {
		if got := dead.WhatsApp(code); got != want {
			t.Errorf("WhatsApp %d: %q, want %q", code, got, want)
		}
	}
	for status := range uint32(0x100) {
		if got := dead.SMPP(status); (got == dead.Unknown) != (status == 0x0b) || got != dead.Unknown && got != dead.Alive {
			t.Errorf("SMPP %#x: %q", status, got)
		}
	}
	for _, c := range []struct {
		network byte
		code    uint16
		want    dead.Why
	}{{3, 1, dead.Unknown}, {3, 6, dead.Alive}, {3, 27, dead.Alive}, {1, 1, dead.Alive}, {0, 1, dead.Alive}} {
		if got := dead.GSM(c.network, c.code); got != c.want {
			t.Errorf("network %d, error %d: %q", c.network, c.code, got)
		}
	}
	for status := 100; status < 600; status++ {
		if got := dead.Push(status); (got == dead.Unlinked) != (status == 404 || status == 410) {
			t.Errorf("push %d: %q", status, got)
		}
	}
}
