package smpp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"muster/deliver"
	"muster/deliver/dead"
)

// receipt is what a message says about one that we sent, and whether it is
// that. The parameters count most; the text, which every centre writes in its
// own way, is for what they lack (appendix B).
func (c config) receipt(m message) (r deliver.Report, ok bool) {
	id, state := m.tlv(tagReceipted), ""
	if v, there := m.option(tagState); there && len(v) == 1 {
		state = states[v[0]]
	}
	kind := m.class & esmKind
	if kind != esmReceipt && kind != esmInterim && (id == "" || state == "") {
		return r, false
	}
	var said map[string]string
	if id == "" || stateOf(state) != deliver.Delivered {
		said = fields(m.body())
		id, state = orElse(id, said["id"]), orElse(state, said["stat"])
	}
	r.ProviderID, r.Or = c.name(id)
	r.State = stateOf(state)
	r.Detail = strings.ToValidUTF8(state, "")
	if r.State != deliver.Failed {
		return r, true
	}
	r.Code = strings.ToValidUTF8(said["err"], "")
	if v, there := m.option(tagNetwork); there && len(v) == 3 {
		said := binary.BigEndian.Uint16(v[1:])
		r.Code, r.Dead = strconv.Itoa(int(said)), dead.GSM(v[0], said)
	}
	if r.Code != "" {
		r.Detail = fmt.Sprintf("%s, error %s", r.Detail, r.Code)
	}
	return r, true
}

// states are the values of message_state (§5.2.28), in the words of the text.
var states = map[byte]string{
	1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}

// stateOf says in our words what the centre's state means. Others than these
// tell nothing about whether the message has arrived.
func stateOf(state string) deliver.State {
	switch strings.ToUpper(state) {
	case "DELIVRD":
		return deliver.Delivered
	case "EXPIRED", "DELETED", "UNDELIV", "REJECTD":
		return deliver.Failed
	}
	return ""
}

// tlv is an optional text, without the octet 0 at its end.
func (m message) tlv(tag uint16) string {
	v, _ := m.option(tag)
	if i := bytes.IndexByte(v, 0); i >= 0 {
		v = v[:i]
	}
	return string(v[:min(len(v), mostID)])
}

// body is a message's text, wherever it is.
func (m message) body() []byte {
	if v, ok := m.option(tagPayload); ok && len(m.text) == 0 {
		return v
	}
	return m.text
}

// quotation begins the field that repeats what the person wrote or read.
var quotation = regexp.MustCompile(`(?i)text:`)

// fields reads a receipt's text: names and values with a colon, up to the
// quotation.
func fields(text []byte) map[string]string {
	found := map[string]string{}
	s := strings.ToValidUTF8(string(text[:min(len(text), 512)]), "")
	if at := quotation.FindStringIndex(s); at != nil {
		s = s[:at[0]]
	}
	for _, word := range strings.Fields(s) {
		name, value, ok := strings.Cut(word, ":")
		if name = strings.ToLower(name); ok && value != "" && found[name] == "" {
			found[name] = value[:min(len(value), mostID)]
		}
	}
	return found
}

// name is what we call the message of that id, and what else that may be: a
// centre may write in receipts as a decimal what its answer had in hexadecimal
// digits, or the other way round. Ids of another account are never meant.
func (c config) name(id string) (name, or string) {
	id = canonical(id)
	if id == "" {
		return "", ""
	}
	other := ""
	switch c.ids {
	case idsHex, idsEither:
		other = rebase(id, 10, 16)
	case idsDecimal:
		other = rebase(id, 16, 10)
	}
	if c.ids == idsEither && other == "" {
		other = rebase(id, 16, 10)
	}
	switch {
	case other == "" || other == id:
		return c.account + "-" + id, ""
	case c.ids != idsEither:
		return c.account + "-" + other, ""
	}
	return c.account + "-" + id, c.account + "-" + other
}

// canonical writes alike what differs only in its zeros and capitals.
func canonical(id string) string {
	id = strings.ToLower(strings.TrimSpace(strings.ToValidUTF8(id, "")))
	if less := strings.TrimLeft(id, "0"); less != "" {
		return less
	}
	return id
}

func rebase(id string, from, to int) string {
	n, err := strconv.ParseUint(id, from, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(n, to)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
