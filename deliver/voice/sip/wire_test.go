package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The values are those of the tables of ITU-T G.711: the ends of segments and
// both signs of nothing.
func TestG711(t *testing.T) {
	for sample, want := range map[int16][2]byte{
		0: {0xd5, 0xff}, -1: {0x55, 0x7f}, 32767: {0xaa, 0x80}, -32768: {0x2a, 0x00},
		1000: {0xfa, 0xce}, -1000: {0x7a, 0x4e}, 8: {0xd5, 0xfe}, 256: {0xc5, 0xe7},
	} {
		if got := [2]byte{alaw(sample), ulaw(sample)}; got != want {
			t.Errorf("%d: %#x, want %#x", sample, got, want)
		}
	}
}

// What is encoded comes back as near as the laws allow: within a 32nd of the
// sample, or a few steps near nothing.
func TestG711IsNearTheSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Int16Range(-32000, 32000).Draw(t, "sample")
		for name, back := range map[string]int{"A": fromA(alaw(s)), "µ": fromU(ulaw(s))} {
			off := back - int(s)
			if off < 0 {
				off = -off
			}
			if limit := max(16, abs(int(s))/30+8); off > limit {
				t.Fatalf("%s-law makes %d of %d", name, back, s)
			}
		}
	})
}

func abs(n int) int { return max(n, -n) }

func fromA(b byte) int {
	b ^= 0x55
	segment, v := int(b>>4)&7, int(b&0x0f)<<4+8
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -v
	}
	return v
}

func fromU(b byte) int {
	b = ^b
	v := (int(b&0x0f)<<3+0x84)<<(int(b>>4)&7) - 0x84
	if b&0x80 != 0 {
		return -v
	}
	return v
}

func TestDescriptionsAreReadAsOthersWriteThem(t *testing.T) {
	for name, c := range map[string]struct {
		sdp  string
		want session
		bad  bool
	}{
		"ours":            {string(session{to: netip.MustParseAddrPort("192.0.2.1:20000"), keys: 101}.write(8, 0)), session{netip.MustParseAddrPort("192.0.2.1:20000"), 8, 101}, false},
		"own address":     {"v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\nc=IN IP4 192.0.2.9\n", session{netip.MustParseAddrPort("192.0.2.9:4000"), 0, 0}, false},
		"video first":     {"c=IN IP4 192.0.2.1\r\nm=video 6000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 4000 RTP/AVP 3 8 96\r\na=rtpmap:96 telephone-event/8000\r\n", session{netip.MustParseAddrPort("192.0.2.1:4000"), 8, 96}, false},
		"video after":     {"c=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\nm=video 6000 RTP/AVP 96\na=rtpmap:96 telephone-event/8000\n", session{netip.MustParseAddrPort("192.0.2.1:4000"), 0, 0}, false},
		"keys not taken":  {"c=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\na=rtpmap:101 telephone-event/8000\n", session{netip.MustParseAddrPort("192.0.2.1:4000"), 0, 0}, false},
		"IPv6":            {"c=IN IP6 2001:db8::1\nm=audio 4000 RTP/AVP 8\n", session{netip.MustParseAddrPort("[2001:db8::1]:4000"), 8, 0}, false},
		"a name":          {sdp: "c=IN IP4 media.example\nm=audio 4000 RTP/AVP 8\n", bad: true},
		"other codecs":    {sdp: "c=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 3 18\n", bad: true},
		"encrypted":       {sdp: "c=IN IP4 192.0.2.1\nm=audio 4000 RTP/SAVP 8\n", bad: true},
		"refused":         {sdp: "c=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 8\n", bad: true},
		"nothing":         {bad: true},
		"without address": {sdp: "m=audio 4000 RTP/AVP 8\n", bad: true},
	} {
		if got, err := read([]byte(c.sdp)); (err != nil) != c.bad || !c.bad && got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzDescription(f *testing.F) {
	f.Add(session{to: netip.MustParseAddrPort("192.0.2.1:20000"), keys: 101}.write(8, 0))
	f.Add([]byte("m=audio 1 RTP/AVP 8\nc=IN IP4 1.2.3.4"))
	f.Fuzz(func(t *testing.T, sdp []byte) {
		s, err := read(sdp)
		if err != nil {
			return
		}
		if again, err := read(s.write(s.codec)); err != nil || again != s {
			t.Errorf("%+v is read as %+v, %v", s, again, err)
		}
	})
}

func TestKeysAreReadFromEventsAndSignals(t *testing.T) {
	for payload, want := range map[string]string{
		"\x07\x0a\x00\xa0": "7", "\x0b\x8a\x03\x20": "#", "\x0a\x8a\x03\x20": "*", "\x10\x0a\x00\xa0": "", "\x07": "", "": "",
	} {
		if got, ok := event([]byte(payload)); got != want || ok != (want != "") {
			t.Errorf("%x: %q %t", payload, got, ok)
		}
	}
	for body, want := range map[string]string{
		"Signal=5\r\nDuration=160\r\n": "5", "Signal= # \n": "#", "7": "7", " * ": "*", "Signal=12": "", "hello": "", "": "", strings.Repeat("1", 300): "",
	} {
		if got, ok := signal([]byte(body)); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %t", body, got, ok)
		}
	}
}

func TestSettingIsCheckedByKeyAndRule(t *testing.T) {
	const good = "sip://muster:s3cret@trunk.example"
	for raw, rule := range map[string]string{
		"":                                   "must look like",
		"sips://trunk.example?from=+3584512": "must look like",
		"sip://?from=+358457000000":          "must look like",
		good:                                 "option from",
		good + "?from=0457000000":            "a number like",
		good + "?from=+358457000000&transport=sctp":           "udp, tcp or tls",
		good + "?from=+358457000000&rtp=9-8":                  "a range of ports",
		good + "?from=+358457000000&rtp=20000-20009":          "five ports for every two",
		good + "?from=+358457000000&lines=0":                  "how many people",
		good + "?from=+358457000000&ring=600":                 "how many seconds",
		good + "?from=+358457000000&listen=5060":              "HOST:PORT",
		good + "?from=+358457000000&public=host.example":      "an IP address",
		good + "?from=+358457000000&register=maybe":           "yes or no",
		good + "?from=+358457000000&x=y":                      "unknown option",
		"sip://trunk.example?from=+358457000000&register=yes": "USER:PASS",
	} {
		_, err := parse(raw)
		if err == nil || !strings.HasPrefix(err.Error(), Key+" ") || !strings.Contains(err.Error(), rule) ||
			strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	s, err := parse(good + "?from=%2B358457000000&transport=tls&lines=5&rtp=20001-20100&ring=30&listen=:5061&register=yes")
	if got := fmt.Sprintf("%s %s %s %d %s %s %d-%d %d %v %t", s.user, s.pass, s.host, s.port, s.transport, s.from, s.low, s.high, s.lines, s.ring, s.register); err != nil ||
		got != "muster s3cret trunk.example 5061 tls +358457000000 20002-20100 5 30s true" {
		t.Errorf("%s, %v", got, err)
	}
}
