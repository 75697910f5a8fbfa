package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"muster/deliver"
	"muster/deliver/voice"
	"muster/lang"
)

// Config is what a trunk stands on.
type Config struct {
	Desk voice.Desk
	Say  func(context.Context, lang.Tag, string) ([]int16, error) // sound of a text, 8,000 samples a second
	Now  func() time.Time
	Log  *slog.Logger
}

// Trunk is deliver's channel "voice" over a SIP trunk. Safe for use from many
// sides.
type Trunk struct {
	Config
	setting terms
	local   string // address that leads to the trunk
	seen    string // the same as the trunk sees it
	trusted []netip.Addr
	agent   *sipgo.UserAgent
	ua      *sipgo.DialogUA
	lines   chan struct{} // calls that we place
	visits  chan struct{} // calls that others place, who must not take our lines

	ctx     context.Context
	cancel  context.CancelFunc
	wg      sync.WaitGroup // calls
	serving sync.WaitGroup // the socket
	closed  io.Closer

	mu    sync.Mutex
	legs  map[string]*leg // by Call-ID
	state error           // of the registration
}

var _ deliver.Channel = (*Trunk)(nil)

// New makes a trunk of the value of MUSTER_SIP,
// sip://USER:PASS@HOST:PORT?from=+358…, and begins to listen. It must be
// closed.
func New(raw string, c Config) (*Trunk, error) {
	s, err := parse(raw)
	if err != nil {
		return nil, err
	}
	t := &Trunk{Config: c, setting: s, lines: make(chan struct{}, s.lines), visits: make(chan struct{}, max(1, s.lines/4)), legs: map[string]*leg{}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	if err := t.open(); err != nil {
		t.cancel()
		return nil, err
	}
	if s.register {
		t.state = errors.New("sip: not registered yet")
		t.wg.Go(t.register)
	}
	return t, nil
}

// open listens for SIP where the trunk can reach us.
func (t *Trunk) open() error {
	s := t.setting
	trunk := net.JoinHostPort(s.host, strconv.Itoa(s.port))
	probe, err := net.Dial("udp", trunk) // sends nothing, but tells which way leads there
	if err != nil {
		return fmt.Errorf("%s names a host that cannot be found", Key)
	}
	local, remote := probe.LocalAddr().(*net.UDPAddr), probe.RemoteAddr().(*net.UDPAddr)
	probe.Close()
	t.local = local.IP.String()
	all, _ := net.LookupIP(s.host) // one address is known already
	for _, ip := range append(all, remote.IP) {
		if at, ok := netip.AddrFromSlice(ip); ok {
			t.trusted = append(t.trusted, at.Unmap())
		}
	}
	port := "0"
	if s.listen != "" {
		host, p, _ := net.SplitHostPort(s.listen)
		if port = p; host != "" && host != "0.0.0.0" && host != "::" {
			t.local = host
		}
	}
	if t.seen = s.public; t.seen == "" {
		t.seen = t.local
	}
	quiet := slog.New(slog.DiscardHandler) // it logs whole messages, with numbers
	if t.agent, err = sipgo.NewUA(sipgo.WithUserAgent("Muster"), sipgo.WithUserAgentHostname(s.host),
		sipgo.WithUserAgenTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet))); err != nil {
		return err
	}
	server, err := sipgo.NewServer(t.agent, sipgo.WithServerLogger(quiet))
	if err != nil {
		return err
	}
	t.serve(server)
	at, err := t.listen(server, net.JoinHostPort(t.local, port))
	if err != nil {
		return errors.Join(fmt.Errorf("%s: cannot listen for calls: %w", Key, err), t.agent.Close())
	}
	_, bound, _ := net.SplitHostPort(at)
	number, _ := strconv.Atoi(bound)
	options := []sipgo.ClientOption{sipgo.WithClientHostname(t.seen), sipgo.WithClientPort(number), sipgo.WithClientNAT(), sipgo.WithClientLogger(quiet)}
	if s.transport == "udp" {
		options = append(options, sipgo.WithClientConnectionAddr(at))
	}
	client, err := sipgo.NewClient(t.agent, options...)
	if err != nil {
		return errors.Join(err, t.agent.Close())
	}
	contact := sip.Uri{Scheme: "sip", User: s.from, Host: t.seen, Port: number}
	if s.transport != "udp" {
		contact.UriParams = sip.NewParams()
		contact.UriParams.Add("transport", s.transport)
	}
	t.ua = &sipgo.DialogUA{Client: client, ContactHDR: sip.ContactHeader{Address: contact}}
	return nil
}

// listen opens the socket, and tells its address. Over TLS the trunk comes
// back on the connection that we opened.
func (t *Trunk) listen(server *sipgo.Server, at string) (string, error) {
	if t.setting.transport == "udp" {
		conn, err := net.ListenPacket("udp", at)
		if err != nil {
			return "", err
		}
		t.closed = conn
		socket := &readSocket{PacketConn: conn, read: make(chan struct{}), trusts: t.trusts}
		t.serving.Go(func() { _ = server.ServeUDP(socket) })
		<-socket.read
		return conn.LocalAddr().String(), nil
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return "", err
	}
	t.closed = l
	if t.setting.transport == "tcp" {
		t.serving.Go(func() { _ = server.ServeTCP(trustedOnly{l, t.trusts}) })
	}
	return l.Addr().String(), nil
}

// readSocket tells when it is first read from. Only then does the library know
// it by its address; a request before that would want to open it again.
//
// Requests of strangers are dropped unread: each would be remembered for half a
// minute. Answers may come from another machine of the trunk.
type readSocket struct {
	net.PacketConn
	once   sync.Once
	read   chan struct{}
	trusts func(source string) bool
}

func (s *readSocket) ReadFrom(p []byte) (int, net.Addr, error) {
	s.once.Do(func() { close(s.read) })
	for {
		n, from, err := s.PacketConn.ReadFrom(p)
		if err != nil || bytes.HasPrefix(p[:n], []byte("SIP/2.0 ")) || s.trusts(from.String()) {
			return n, from, err
		}
	}
}

// trustedOnly is a listener that hangs up on strangers: nothing else bounds how
// many connections they would hold open.
type trustedOnly struct {
	net.Listener
	trusts func(source string) bool
}

func (l trustedOnly) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || l.trusts(conn.RemoteAddr().String()) {
			return conn, err
		}
		_ = conn.Close()
	}
}

// Name is "voice".
func (*Trunk) Name() string { return voice.Name }

// Close ends the calls under way, and then the trunk. What a caller has asked
// for is done first: it may be help. A trunk that does not answer is not waited
// for.
func (t *Trunk) Close() {
	t.cancel()
	ended := make(chan struct{})
	go func() {
		t.wg.Wait()
		for range cap(t.visits) {
			t.visits <- struct{}{} // free once its caller is gone; the next one finds none
		}
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(closing):
	}
	t.agent.Close()
	t.closed.Close()
	t.serving.Wait()
}

// Health tells whether calls can be made, as far as is known without one.
func (t *Trunk) Health() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Busy tells whether calls are under way.
func (t *Trunk) Busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.legs) > 0
}

// to is the address of a number at the trunk.
func (t *Trunk) to(number string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: number, Host: t.setting.host, Port: t.setting.port, UriParams: sip.NewParams()}
	if t.setting.transport != "udp" {
		u.UriParams.Add("transport", t.setting.transport)
	}
	return u
}

// How long a registration holds, and when it is tried again after a failure.
const (
	registered = 5 * time.Minute
	again      = 15 * time.Second
)

// register keeps the trunk knowing where we are.
func (t *Trunk) register() {
	for {
		err := t.registerOnce()
		t.mu.Lock()
		changed := (err == nil) != (t.state == nil)
		t.state = err
		t.mu.Unlock()
		if changed && err != nil {
			t.Log.Error("the SIP trunk does not register us", "err", err)
		}
		pause := registered * 4 / 5
		if err != nil {
			pause = again
		}
		select {
		case <-time.After(pause):
		case <-t.ctx.Done():
			return
		}
	}
}

func (t *Trunk) registerOnce() error {
	ctx, cancel := context.WithTimeout(t.ctx, again)
	defer cancel()
	u := t.to("")
	req := sip.NewRequest(sip.REGISTER, u)
	us := sip.Uri{Scheme: "sip", User: t.setting.user, Host: t.setting.host}
	from := &sip.FromHeader{Address: us, Params: sip.NewParams()}
	from.Params.Add("tag", sip.GenerateTagN(16))
	expires := sip.ExpiresHeader(registered / time.Second)
	for _, h := range []sip.Header{from, &sip.ToHeader{Address: us, Params: sip.NewParams()}, sip.HeaderClone(&t.ua.ContactHDR), &expires} {
		req.AppendHeader(h)
	}
	req.SetTransport(sip.NetworkToUpper(t.setting.transport))
	res, err := t.ua.Client.Do(ctx, req)
	if err == nil && (res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired) {
		res, err = t.ua.Client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: t.setting.user, Password: t.setting.pass})
	}
	if err != nil {
		return fmt.Errorf("sip: the trunk does not answer: %w", err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("sip: the trunk does not register us: %d %s", res.StatusCode, res.Reason)
	}
	return nil
}
