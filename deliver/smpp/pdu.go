package smpp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Commands that both sides may send; an answer has the highest bit set
// (SMPP 3.4 §5.1.2.1).
const (
	bindReceiver    uint32 = 0x01
	bindTransmitter uint32 = 0x02
	submitSM        uint32 = 0x04
	deliverSM       uint32 = 0x05
	unbind          uint32 = 0x06
	bindTransceiver uint32 = 0x09
	outbind         uint32 = 0x0b
	enquireLink     uint32 = 0x15
	alertNotice     uint32 = 0x102
	answer          uint32 = 0x80000000
	genericNack     uint32 = 0x80000000
)

const (
	headSize = 16
	// maxPDU bounds what is read, in octets: a long message's payload fits, and
	// a length that is only noise is found out.
	maxPDU = 16 << 10
)

// pdu is one protocol data unit.
type pdu struct {
	command, status, sequence uint32
	body                      []byte
}

var errLength = errors.New("smpp: a data unit with a length that cannot be")

// append adds the data unit as it travels.
func (p pdu) append(out []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(headSize+len(p.body)))
	out = binary.BigEndian.AppendUint32(out, p.command)
	out = binary.BigEndian.AppendUint32(out, p.status)
	out = binary.BigEndian.AppendUint32(out, p.sequence)
	return append(out, p.body...)
}

// read takes the next data unit. errLength means that the stream cannot be
// followed any further.
func read(r *bufio.Reader) (pdu, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return pdu{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	p := pdu{
		command: binary.BigEndian.Uint32(head[4:]), status: binary.BigEndian.Uint32(head[8:]),
		sequence: binary.BigEndian.Uint32(head[12:]),
	}
	if n < headSize || n > maxPDU {
		return p, errLength
	}
	p.body = make([]byte, n-headSize)
	_, err := io.ReadFull(r, p.body)
	return p, err
}

// bind is what a bind carries. Longer values than the protocol allows are not
// made: the setting is checked.
func bind(c config) []byte {
	b := appendText(nil, c.user, c.pass, c.kind)
	b = append(b, 0x34, 0, 0) // version 3.4; any kind of address
	return appendText(b, "")
}

// appendText adds texts as the protocol has them, with an octet 0 at the end.
func appendText(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = append(append(b, s...), 0)
	}
	return b
}

// address is a telephone number or a name, with its type and numbering plan
// (§5.2.5, §5.2.6).
type address struct {
	ton, npi byte
	digits   string
}

// Bits of esm_class (§5.2.12).
const (
	esmKind    byte = 0x3c
	esmReceipt byte = 0x04
	esmInterim byte = 0x20
	esmHeader  byte = 0x40 // the text begins with a user data header
)

// Optional parameters (§5.3.2).
const (
	tagReceipted uint16 = 0x001e
	tagSarRef    uint16 = 0x020c
	tagSarTotal  uint16 = 0x020e
	tagSarPart   uint16 = 0x020f
	tagNetwork   uint16 = 0x0423
	tagPayload   uint16 = 0x0424
	tagState     uint16 = 0x0427
)

type option struct {
	tag   uint16
	value []byte
}

// message is the body of submit_sm and of deliver_sm, which are alike.
type message struct {
	service      string
	source, dest address
	class        byte
	protocol     byte
	priority     byte
	schedule     string
	validity     string
	registered   byte
	replace      byte
	coding       byte
	prepared     byte
	text         []byte
	options      []option
}

// option is the value of an optional parameter, and whether it is there.
func (m message) option(tag uint16) ([]byte, bool) {
	for _, o := range m.options {
		if o.tag == tag {
			return o.value, true
		}
	}
	return nil, false
}

// bytes writes the body. A text of more than 254 octets must be an option.
func (m message) bytes() []byte {
	b := make([]byte, 0, 96+len(m.text))
	b = appendText(b, m.service)
	b = appendText(append(b, m.source.ton, m.source.npi), m.source.digits)
	b = appendText(append(b, m.dest.ton, m.dest.npi), m.dest.digits)
	b = append(b, m.class, m.protocol, m.priority)
	b = appendText(b, m.schedule, m.validity)
	b = append(b, m.registered, m.replace, m.coding, m.prepared, byte(len(m.text)))
	b = append(b, m.text...)
	for _, o := range m.options {
		b = binary.BigEndian.AppendUint16(b, o.tag)
		b = binary.BigEndian.AppendUint16(b, uint16(len(o.value)))
		b = append(b, o.value...)
	}
	return b
}

// cursor reads a body from its start; once something is missing, all that
// follows is empty and err says so.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) fail(what string) {
	if c.err == nil {
		c.err = fmt.Errorf("smpp: %s", what)
	}
	c.rest = nil
}

func (c *cursor) octet() byte {
	if len(c.rest) == 0 {
		c.fail("a body that ends too early")
		return 0
	}
	v := c.rest[0]
	c.rest = c.rest[1:]
	return v
}

// text reads up to the octet 0, which must be among the first most+1.
func (c *cursor) text(most int) string {
	for i, v := range c.rest[:min(len(c.rest), most+1)] {
		if v == 0 {
			s := string(c.rest[:i])
			c.rest = c.rest[i+1:]
			return s
		}
	}
	c.fail("a text without an end")
	return ""
}

func (c *cursor) octets(n int) []byte {
	if len(c.rest) < n {
		c.fail("a body that ends too early")
		return nil
	}
	v := c.rest[:n:n]
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) number() uint16 {
	if b := c.octets(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Longest values of §4.4.1. An address and a date are given some room more,
// since centres differ.
const (
	mostService = 5
	mostAddress = 64
	mostDate    = 16
	mostID      = 64
)

func (c *cursor) address() address {
	return address{ton: c.octet(), npi: c.octet(), digits: c.text(mostAddress)}
}

// parse reads the body of submit_sm or deliver_sm.
func parse(body []byte) (message, error) {
	c := &cursor{rest: body}
	m := message{service: c.text(mostService), source: c.address(), dest: c.address()}
	m.class, m.protocol, m.priority = c.octet(), c.octet(), c.octet()
	m.schedule, m.validity = c.text(mostDate), c.text(mostDate)
	m.registered, m.replace, m.coding, m.prepared = c.octet(), c.octet(), c.octet(), c.octet()
	m.text = c.octets(int(c.octet()))
	for c.err == nil && len(c.rest) > 0 {
		o := option{tag: c.number()}
		o.value = c.octets(int(c.number()))
		m.options = append(m.options, o)
	}
	return m, c.err
}

// messageID reads the body of submit_sm's answer. Some centres leave the
// octet 0 out, and some the whole body when they refuse.
func messageID(body []byte) string {
	for i, v := range body {
		if v == 0 {
			body = body[:i]
			break
		}
	}
	return string(body[:min(len(body), mostID)])
}
