package smpp

import (
	"fmt"

	"muster/deliver"
	"muster/deliver/dead"
)

// Statuses (§5.1.3).
const (
	okay           uint32 = 0x00
	badLength      uint32 = 0x02
	badCommand     uint32 = 0x03
	notBound       uint32 = 0x04
	badDestination uint32 = 0x0b
	queueFull      uint32 = 0x14
	throttled      uint32 = 0x58
	tryLater       uint32 = 0x64 // our own no to what is brought to us
)

var names = map[uint32]string{
	okay: "done", 0x01: "message too long", badLength: "length is wrong", badCommand: "command is unknown",
	notBound: "not bound for that", 0x05: "bound already", 0x06: "priority is wrong", 0x07: "registered delivery is wrong",
	0x08: "trouble in the centre", 0x0a: "sender's address is wrong", badDestination: "recipient's address is wrong",
	0x0d: "bind failed", 0x0e: "password is wrong", 0x0f: "system id is wrong", queueFull: "queue is full",
	0x15: "service type is wrong", 0x43: "message class is wrong", 0x45: "submitting failed",
	0x48: "sender's type of number is wrong", 0x49: "sender's numbering plan is wrong",
	0x50: "recipient's type of number is wrong", 0x51: "recipient's numbering plan is wrong",
	0x53: "system type is wrong", throttled: "too fast", 0x61: "scheduled time is wrong", 0x62: "validity period is wrong",
	tryLater: "trouble at the receiver, for now", 0x65: "trouble at the receiver, for good", 0x66: "refused by the receiver",
	0xc2: "length of a parameter is wrong", 0xc3: "a parameter is missing", 0xc4: "a parameter is wrong",
	0xfe: "delivery failed", 0xff: "unknown trouble",
}

func statusText(s uint32) string {
	if name, ok := names[s]; ok {
		return fmt.Sprintf("%#x, %s", s, name)
	}
	return fmt.Sprintf("%#x", s)
}

// busy tells whether the centre only wants it slower.
func busy(status uint32) bool { return status == throttled || status == queueFull }

// verdict makes the error of a refused message. Only a wrong number is final:
// all else is about the account, the centre or ourselves.
func verdict(status uint32) error {
	if status == badDestination {
		return deliver.Refused(fmt.Sprintf("%#x", status), "the message centre says: "+names[status], dead.SMPP(status))
	}
	return fmt.Errorf("smpp: the message centre refuses the message: %s", statusText(status))
}
