package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtp"

	"muster/deliver/voice"
)

// sender is a socket at an address of this machine.
func sender(t *testing.T, address string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Whoever sprays packets over our ports must neither hear an alarm nor press
// its digit, however early they come.
func TestSoundAndKeysAreOfTheOtherSideOnly(t *testing.T) {
	m, err := open("127.0.0.1", 29000, 29099, netip.MustParseAddr("127.0.0.4"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	named, stranger, trunk := sender(t, "127.0.0.2"), sender(t, "127.0.0.3"), sender(t, "127.0.0.4")
	at := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(m.port())}
	press := func(from *net.UDPConn, key byte, when uint32) {
		p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: payloadKeys, Timestamp: when}, Payload: []byte{key, 0x0a, 0, 0xa0}}
		raw, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := from.WriteToUDP(raw, at); err != nil {
			t.Fatal(err)
		}
	}
	pressed := func(want string) {
		t.Helper()
		select {
		case key := <-m.keys:
			if key != want {
				t.Errorf("key %s was heard, want %s", key, want)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("key %s was not heard", want)
		}
	}
	press(stranger, 7, 1) // before the call has even been answered
	elsewhere := named.LocalAddr().(*net.UDPAddr).AddrPort()
	m.start(session{to: netip.AddrPortFrom(elsewhere.Addr().Unmap(), 9), codec: payloadALaw, keys: payloadKeys})
	press(stranger, 7, 2)
	press(named, 5, 3) // from another port than it named
	pressed("5")
	press(stranger, 7, 4)
	press(named, 6, 5)
	pressed("6")

	m.move(session{to: netip.AddrPortFrom(elsewhere.Addr().Unmap(), 9), codec: payloadALaw, keys: payloadKeys})
	press(stranger, 7, 6)
	press(trunk, 8, 7) // behind an address translation the trunk names what we cannot reach
	pressed("8")

	buf := make([]byte, 2048)
	_ = trunk.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, _, err := trunk.ReadFromUDP(buf); err != nil {
		t.Errorf("the other side hears nothing: %v", err)
	}
	_ = stranger.SetReadDeadline(time.Now())
	if n, _, err := stranger.ReadFromUDP(buf); err == nil {
		t.Errorf("a stranger hears %d bytes", n)
	}
}

// What a caller calls themselves is not what the trunk asserts.
func TestTheCallersNumberIsTheOneThatTheTrunkAsserts(t *testing.T) {
	const from = `From: <sip:+358409999999@trunk.example>;tag=1`
	for name, c := range map[string]struct{ lines, want string }{
		"asserted":               {`P-Asserted-Identity: <sip:+358401111111@trunk.example>`, "+358401111111"},
		"bare":                   {`P-Asserted-Identity: sip:+358401111111@trunk.example`, "+358401111111"},
		"named like an address":  {`P-Asserted-Identity: "sip:+358402222222@x" <sip:+358401111111@trunk.example>`, "+358401111111"},
		"named like one in <>":   {`P-Asserted-Identity: "<sip:+358402222222@x>" <sip:+358401111111@trunk.example;user=phone>`, "+358401111111"},
		"by telephone number":    {`P-Asserted-Identity: "A" <tel:+358-40-111-1111;cpc=ordinary>`, "+358401111111"},
		"both":                   {`P-Asserted-Identity: "A" <sip:+358401111111@trunk.example>, <tel:+358401111111>`, "+358401111111"},
		"withheld":               {`P-Asserted-Identity: "Anonymous" <sip:anonymous@anonymous.invalid>`, ""},
		"nothing is asserted":    {`Subject: x`, "+358409999999"},
		"asserted is not a word": {`P-Asserted-Identity: x`, ""},
	} {
		msg, err := sip.ParseMessage([]byte(strings.ReplaceAll("INVITE sip:us@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\n"+from+"\nTo: <sip:us@h>\nCall-ID: 1\nCSeq: 1 INVITE\n"+c.lines+"\nContent-Length: 0\n\n", "\n", "\r\n")))
		if err != nil {
			t.Fatal(name, err)
		}
		if got := caller(msg.(*sip.Request)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A stranger gets no answer, over UDP or TCP, and takes up no room.
func TestStrangersAreNotSpokenTo(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			trunk, err := New("sip://127.0.0.2:5070?from=%2B358457000000&listen=127.0.0.1:0&transport="+transport,
				Config{Desk: voice.Desk{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer trunk.Close()
			ours := trunk.ua.ContactHDR.Address
			at := fmt.Sprintf("%s:%d", ours.Host, ours.Port)
			ask := func(from string) bool {
				d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}
				if transport == "tcp" {
					d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
				}
				conn, err := d.DialContext(t.Context(), transport, at)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				via := strings.ToUpper(transport) + " " + conn.LocalAddr().String()
				_, _ = fmt.Fprintf(conn, "OPTIONS sip:x@%s SIP/2.0\r\nVia: SIP/2.0/%s;branch=z9hG4bK%s\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@%s>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", at, via, from, at, from)
				wait := 500 * time.Millisecond
				if from == "127.0.0.2" {
					wait = 10 * time.Second
				}
				_ = conn.SetReadDeadline(time.Now().Add(wait))
				buf := make([]byte, 2048)
				n, _ := conn.Read(buf)
				return bytes.HasPrefix(buf[:n], []byte("SIP/2.0 200"))
			}
			if ask("127.0.0.3") {
				t.Error("a stranger is answered")
			}
			if !ask("127.0.0.2") {
				t.Error("the trunk is not answered")
			}
		})
	}
}
