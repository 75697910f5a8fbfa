package smpp

import (
	"fmt"
	"strings"

	"muster/deliver/transcript"
)

// commands are the names of those that are written down.
var commands = map[uint32]string{
	bindReceiver: "bind_receiver", bindTransmitter: "bind_transmitter", bindTransceiver: "bind_transceiver", submitSM: "submit_sm",
}

// words are a message as it is written down: every field that is not empty.
func (m message) words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "submit_sm from %s to %s, data_coding %d, esm_class %#x, registered_delivery %d", m.source.words(), m.dest.words(), m.coding, m.class, m.registered)
	if m.priority != 0 {
		fmt.Fprintf(&b, ", priority_flag %d", m.priority)
	}
	if m.validity != "" {
		fmt.Fprintf(&b, ", validity_period %s", m.validity)
	}
	text := m.body()
	if m.class&esmHeader != 0 && len(text) > 0 && int(text[0]) < len(text) {
		fmt.Fprintf(&b, ", header % x", text[:text[0]+1])
		text = text[text[0]+1:]
	}
	for _, o := range m.options {
		if o.tag != tagPayload {
			fmt.Fprintf(&b, ", %#04x % x", o.tag, o.value)
		}
	}
	read, _ := decode(m.coding, text)
	return b.String() + "\n" + read
}

// recount writes down the latest bind, of which the link keeps the two sides.
func (l *link) recount(log *transcript.Log, why error) {
	if log == nil {
		return
	}
	l.mu.Lock()
	asked, answered := l.asked, l.answered
	l.mu.Unlock()
	if asked != "" {
		log.Said(asked)
	}
	if answered != "" {
		log.Heard(answered)
	}
	if why != nil {
		log.Note(why.Error())
	}
}

// bindWords are a bind as it is written down.
func (l *link) bindWords() string {
	return fmt.Sprintf("%s as %s to %s, password %s, system_type %q, interface_version 3.4", commands[l.command], l.config.user, l.config.address, transcript.Struck, l.config.kind)
}

func (a address) words() string { return fmt.Sprintf("%d/%d %s", a.ton, a.npi, a.digits) }

// recount writes down what came of a message.
func (p pdu) recount(log *transcript.Log, err error) {
	if err != nil {
		log.Note(strings.TrimPrefix(err.Error(), "smpp: "))
		return
	}
	log.Heard(p.answerWords(submitSM, messageID(p.body)))
}

// answerWords are an answer as it is written down; id is that of a message.
func (p pdu) answerWords(command uint32, id string) string {
	text := commands[command] + "_resp " + statusText(p.status)
	if id != "" {
		text += ", message_id " + id
	}
	return text
}
