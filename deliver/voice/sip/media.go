package sip

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// frame is what one packet carries: 20 ms.
const (
	frame     = 160
	frameTime = 20 * time.Millisecond
)

// media is the sound of one call. It listens from the beginning, speaks once
// it was started, and sends silence when nothing is to be said, so that
// address translations on the way stay open.
type media struct {
	conn *net.UDPConn
	near []netip.Addr // where sound may come from beside the address that was named
	keys chan string  // pressed by the other side
	wg   sync.WaitGroup
	done chan struct{}

	mu    sync.Mutex
	peer  session
	heard bool // the other side's own address is known
	say   []int16
	said  chan struct{} // closed when say has been said; nil when nothing is
}

// open takes a free even port of the range.
func open(host string, low, high int, near ...netip.Addr) (*media, error) {
	n := (high - low + 1) / 2
	first := rand.IntN(n)
	for i := range n {
		port := low + 2*((first+i)%n)
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host), Port: port})
		if err == nil {
			return &media{conn: conn, near: near, keys: make(chan string, 32), done: make(chan struct{})}, nil
		}
	}
	return nil, fmt.Errorf("sip: no port for sound is free from %d to %d", low, high)
}

func (m *media) port() uint16 { return m.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// start begins to speak and to listen.
func (m *media) start(peer session) {
	m.mu.Lock()
	m.peer = peer
	m.mu.Unlock()
	m.wg.Go(m.hear)
	m.wg.Go(m.speak)
}

// move follows the other side to where it wants to hear from now on.
func (m *media) move(peer session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.peer, m.heard = peer, false
}

func (m *media) close() {
	close(m.done)
	m.conn.Close()
	m.wg.Wait()
}

// tell says something now, and no more what was being said. The channel is
// closed once it has been said.
func (m *media) tell(sound []int16) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.say, m.said = sound, make(chan struct{})
	return m.said
}

// hush stops what is being said.
func (m *media) hush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.say, m.said = nil, nil
}

// press takes a key that came another way.
func (m *media) press(key string) {
	select {
	case m.keys <- key:
	default: // whoever presses thirty keys at once means none of them
	}
}

// next is the frame that is due, and where it goes.
func (m *media) next() (sound []int16, peer session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sound, m.say = m.say[:min(frame, len(m.say))], m.say[min(frame, len(m.say)):]
	if len(m.say) == 0 && m.said != nil {
		close(m.said)
		m.said = nil
	}
	return sound, m.peer
}

func (m *media) speak() {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	p := rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: true, SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32(), SSRC: rand.Uint32()},
		Payload: make([]byte, frame),
	}
	for {
		select {
		case <-tick.C:
		case <-m.done:
			return
		}
		sound, peer := m.next()
		law := alaw
		if peer.codec == payloadULaw {
			law = ulaw
		}
		for i := range p.Payload {
			p.Payload[i] = law(0)
			if i < len(sound) {
				p.Payload[i] = law(sound[i])
			}
		}
		p.PayloadType = peer.codec
		if raw, err := p.Marshal(); err == nil {
			_, _ = m.conn.WriteToUDPAddrPort(raw, peer.to) // a packet that is lost is lost
		}
		p.Marker = false
		p.SequenceNumber++
		p.Timestamp += frame
	}
}

// hear listens for keys. Whatever comes first from the address that was named
// or from the trunk's own, from whichever port, shows where the other side
// really is (symmetric RTP); from then on only that is listened to. Our ports
// are few and known: anybody can send there, and would hear the alarm and press
// its digit.
func (m *media) hear() {
	buf := make([]byte, 2048)
	var from netip.AddrPort
	var last uint32
	pressed := false
	for {
		n, addr, err := m.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		var p rtp.Packet
		if err != nil || p.Unmarshal(buf[:n]) != nil || p.Version != 2 {
			continue
		}
		addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
		m.mu.Lock()
		if !m.heard && (addr.Addr() == m.peer.to.Addr() || slices.Contains(m.near, addr.Addr())) {
			m.heard, from = true, addr
			m.peer.to = addr
		}
		events := m.peer.keys
		m.mu.Unlock()
		if addr != from || events == 0 || p.PayloadType != events {
			continue
		}
		key, ok := event(p.Payload)
		if !ok || pressed && p.Timestamp == last {
			continue // the same key is told in every packet until it is let go
		}
		pressed, last = true, p.Timestamp
		m.press(key)
	}
}

// event reads a telephone event (RFC 4733 §2.3): which key it is.
func event(payload []byte) (key string, ok bool) {
	const names = "0123456789*#ABCD"
	if len(payload) < 4 || int(payload[0]) >= len(names) {
		return "", false
	}
	return names[payload[0]:][:1], true
}
