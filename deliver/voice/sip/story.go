package sip

import (
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"

	"muster/deliver/transcript"
)

// telling are the header fields that say something to whoever looks into a
// call. What proves who we are is not among them.
var telling = []string{"From", "To", "Call-ID", "CSeq", "Contact", "Reason", "Warning", "Retry-After", "WWW-Authenticate", "Proxy-Authenticate", "Server", "User-Agent"}

// words are a message as it is written down.
func words(m sip.Message) string {
	var b strings.Builder
	switch m := m.(type) {
	case *sip.Request:
		b.WriteString(m.StartLine() + "\n")
	case *sip.Response:
		b.WriteString(m.StartLine() + "\n")
	}
	for _, name := range telling {
		for _, h := range m.GetHeaders(name) {
			fmt.Fprintf(&b, "%s: %s\n", h.Name(), h.Value())
		}
	}
	if body := m.Body(); len(body) > 0 {
		b.WriteString("\n" + string(body))
	}
	return b.String()
}

// heardOf writes down a response, and what the library says by itself after it.
func heardOf(log *transcript.Log, r *sip.Response, signs bool) {
	if log == nil {
		return
	}
	log.Heard(words(r))
	if signs && (r.StatusCode == sip.StatusUnauthorized || r.StatusCode == sip.StatusProxyAuthRequired) {
		log.Said("ACK\nINVITE\nAuthorization: Digest " + transcript.Struck)
	}
}

// spoken writes down what a turn says, and typed what came back.
func (l *leg) spoken(say []string) {
	for _, text := range say {
		l.log.Note("we say: " + text)
	}
}

func (l *leg) typed(keys string, here bool) {
	switch {
	case keys != "":
		l.log.Heard("(key " + keys + ")")
	case !here:
		l.log.Heard("(hung up)")
	}
}
