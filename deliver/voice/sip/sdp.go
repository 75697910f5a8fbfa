package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Payload types that stand for the two laws (RFC 3551), and the one that we
// give to keys.
const (
	payloadULaw = 0
	payloadALaw = 8
	payloadKeys = 101
)

// session is what a session description (RFC 4566) says that matters here.
type session struct {
	to    netip.AddrPort // where RTP goes
	codec uint8          // payloadALaw or payloadULaw
	keys  uint8          // payload type of telephone events; 0: there are none
}

// write describes our side: where we hear, with the codecs named.
func (s session) write(codecs ...uint8) []byte {
	at, family := s.to.Addr(), "IP4"
	if at.Is6() && !at.Is4In6() {
		family = "IP6"
	}
	names := map[uint8]string{payloadALaw: "PCMA/8000", payloadULaw: "PCMU/8000", s.keys: "telephone-event/8000"}
	if s.keys != 0 {
		codecs = append(slices.Clone(codecs), s.keys)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=muster 1 1 IN %s %s\r\ns=muster\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP", family, at, family, at, s.to.Port())
	for _, c := range codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	for _, c := range codecs {
		fmt.Fprintf(&b, "\r\na=rtpmap:%d %s", c, names[c])
	}
	if s.keys != 0 {
		fmt.Fprintf(&b, "\r\na=fmtp:%d 0-15", s.keys)
	}
	b.WriteString("\r\na=ptime:20\r\na=sendrecv\r\n")
	return []byte(b.String())
}

var errSDP = errors.New("sip: the session description has no sound that we speak (G.711 over RTP)")

// read finds in a description where the other side hears, and in which of our
// codecs. Only the first stream of sound counts.
func read(sdp []byte) (session, error) {
	var s session
	var common, host string
	var formats []string
	audio := false
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimRight(line, "\r\n")
		kind, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		switch {
		case kind == "m" && audio:
			return s.finish(host, common, formats)
		case kind == "m":
			f := strings.Fields(value)
			if len(f) < 4 || f[0] != "audio" || f[2] != "RTP/AVP" {
				continue
			}
			port, err := strconv.ParseUint(f[1], 10, 16)
			if err != nil || port == 0 {
				return s, errSDP
			}
			audio, formats = true, f[3:]
			s.to = netip.AddrPortFrom(netip.Addr{}, uint16(port))
		case kind == "c":
			f := strings.Fields(value)
			if len(f) < 3 {
				return s, errSDP
			}
			if at, _, _ := strings.Cut(f[2], "/"); audio {
				host = at
			} else {
				common = at
			}
		case kind == "a" && audio:
			s.keysIn(value)
		}
	}
	if !audio {
		return s, errSDP
	}
	return s.finish(host, common, formats)
}

// keysIn takes from an attribute which payload type keys have.
func (s *session) keysIn(value string) {
	rest, ok := strings.CutPrefix(value, "rtpmap:")
	if !ok {
		return
	}
	pt, name, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(pt, 10, 7)
	if err == nil && n >= 96 && strings.EqualFold(strings.TrimSpace(name), "telephone-event/8000") {
		s.keys = uint8(n)
	}
}

func (s session) finish(host, common string, formats []string) (session, error) {
	if host == "" {
		host = common
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return s, errSDP
	}
	s.to = netip.AddrPortFrom(at.Unmap(), s.to.Port())
	for _, f := range formats {
		if f == strconv.Itoa(payloadALaw) || f == strconv.Itoa(payloadULaw) {
			n, _ := strconv.Atoi(f)
			s.codec = uint8(n)
			if s.keys != 0 && !slices.Contains(formats, strconv.Itoa(int(s.keys))) {
				s.keys = 0
			}
			return s, nil
		}
	}
	return s, errSDP
}
