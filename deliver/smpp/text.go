package smpp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"muster/deliver"
	"muster/lang/gsm"
)

const (
	codingDefault byte = 0 // the centre's default, which is the 7-bit alphabet
	codingASCII   byte = 1
	codingLatin1  byte = 3
	codingUnicode byte = 8

	urgentPriority byte = 3 // the highest there is
	wantReceipt    byte = 1 // whatever the outcome (§5.2.17)

	// The centre keeps trying for so long at most: an alarm that arrives in the
	// afternoon of the next day only harms.
	maxValid = 10 * time.Hour
)

// messages are the parts in which a text goes out, each wanting its receipt;
// of their size the units are not counted.
func (c config) messages(out deliver.Outgoing) (all []message, size gsm.Size) {
	header := gsm.Header8
	if c.split == splitUDH16 {
		header = gsm.Header16
	}
	parts, unicode := gsm.Split(out.Text, header)
	size = gsm.Size{Parts: len(parts), Unicode: unicode}
	m := message{
		source: c.from, dest: address{1, 1, out.To[1:]},
		validity: period(out.Valid), registered: wantReceipt, coding: codingDefault,
	}
	if out.Urgent {
		m.priority = urgentPriority
	}
	encode := gsm.Encode
	if unicode {
		m.coding, encode = codingUnicode, gsm.EncodeUnicode
	}
	if len(parts) == 1 {
		m.text = encode(out.Text)
		return []message{m}, size
	}
	if c.split == splitPayload {
		m.options = []option{{tagPayload, encode(out.Text)}}
		return []message{m}, size
	}
	// A try that is repeated after a crash has the same reference, so that the
	// telephone that has it already shows it once.
	sum := sha256.Sum256([]byte(out.Attempt))
	ref := binary.BigEndian.Uint16(sum[:])
	for i, part := range parts {
		all = append(all, c.part(m, encode(part), ref, byte(len(parts)), byte(i+1)))
	}
	return all, size
}

// part makes of m the nth of several parts (TS 23.040 §9.2.3.24; SMPP 3.4
// §5.3.2.22).
func (c config) part(m message, text []byte, ref uint16, of, n byte) message {
	switch c.split {
	case splitSar:
		m.options = []option{
			{tagSarRef, binary.BigEndian.AppendUint16(nil, ref)}, {tagSarTotal, []byte{of}}, {tagSarPart, []byte{n}},
		}
		m.text = text
	case splitUDH16:
		m.class |= esmHeader
		m.text = append([]byte{6, 8, 4, byte(ref >> 8), byte(ref), of, n}, text...)
	default:
		m.class |= esmHeader
		m.text = append([]byte{5, 0, 3, byte(ref), of, n}, text...)
	}
	return m
}

// maxParts bounds a text: more would not be read on a telephone.
const maxParts = 10

// period is a validity as the protocol writes one that begins now (§7.1.1).
func period(d time.Duration) string {
	d = min(max(d, time.Second), maxValid)
	return fmt.Sprintf("000000%02d%02d%02d000R", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}
