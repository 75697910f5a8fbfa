package inbound

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How many connections there may be at once: in all, which bounds the memory
// that mails under way take, and from one system. Whoever has one address of
// IPv6 has 2⁶⁴ of them.
const (
	maxVisits     = 64
	maxVisitsEach = 16
)

// queue is a listener that lets in so many at once.
type queue struct {
	net.Listener
	mu    sync.Mutex
	total int
	each  map[netip.Addr]int
}

func crowd(l net.Listener) *queue { return &queue{Listener: l, each: map[netip.Addr]int{}} }

// Accept gives the next connection that there is room for; the others are told
// to come again.
func (q *queue) Accept() (net.Conn, error) {
	for {
		conn, err := q.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := peer(conn)
		if !q.enter(from) {
			_, _ = io.WriteString(conn, "421 4.7.0 Too many connections, please come again\r\n")
			_ = conn.Close()
			continue
		}
		g := &guest{Conn: conn, leave: func() { q.left(from) }}
		g.over = time.AfterFunc(visitTime, func() { _ = g.Close() })
		return g, nil
	}
}

func (q *queue) enter(from netip.Addr) bool {
	from = system(from)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.total >= maxVisits || from.IsValid() && !from.IsLoopback() && q.each[from] >= maxVisitsEach {
		return false
	}
	q.total++
	q.each[from]++
	return true
}

func (q *queue) left(from netip.Addr) {
	from = system(from)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.total--
	if q.each[from]--; q.each[from] == 0 {
		delete(q.each, from)
	}
}

// system stands for all addresses that one system is sure to have.
func system(at netip.Addr) netip.Addr {
	if at.Is6() && !at.IsLoopback() {
		return netip.PrefixFrom(at.WithZone(""), 64).Masked().Addr()
	}
	return at
}

// guest is one connection, which ends at the latest when its time is over.
type guest struct {
	net.Conn
	over  *time.Timer
	once  sync.Once
	leave func()
}

// Close ends it.
func (g *guest) Close() error {
	g.once.Do(func() { g.over.Stop(); g.leave() })
	return g.Conn.Close()
}

// peer is the system at the other end; the zero value for a socket.
func peer(conn net.Conn) netip.Addr {
	if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return at.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
