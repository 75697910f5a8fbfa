package bounce

import (
	"fmt"
	"strconv"
	"strings"

	"muster/deliver/dead"
)

// Status is an enhanced status code (RFC 3463), such as 5.1.1. The zero value
// means that there is none.
type Status struct{ Class, Subject, Detail int }

// ParseStatus reads the code at the beginning of a text, as replies to SMTP
// commands (RFC 2034) and the field Status have it.
func ParseStatus(text string) (Status, bool) {
	text = strings.TrimSpace(text)
	if end := strings.IndexAny(text, " \t\r\n;:,("); end >= 0 {
		text = text[:end]
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return Status{}, false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil || len(p) > 3 {
			return Status{}, false
		}
		n[i] = int(v)
	}
	if n[0] != 2 && n[0] != 4 && n[0] != 5 {
		return Status{}, false
	}
	return Status{n[0], n[1], n[2]}, true
}

func (s Status) String() string { return fmt.Sprintf("%d.%d.%d", s.Class, s.Subject, s.Detail) }

// Dead tells whether the address itself is at fault, for good. A mailbox that
// is full (5.2.2), a text that is refused or a sender that is not trusted
// (5.6, 5.7) say nothing about the address.
func (s Status) Dead() bool { return dead.Mail(s.String()) != dead.Alive }
