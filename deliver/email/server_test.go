package email

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// server is a relay that does what a test wants. A recipient whose name is a
// number is answered with it.
type server struct {
	addr        string
	onMail      func() error
	onData      func(to string) error
	began       chan struct{} // a text was read, onData is about to run
	connections atomic.Int64
	signedIn    atomic.Pointer[string]
	stop        func()
	peer        *smtp.Server

	mu    sync.Mutex
	texts []string
	conns []*smtp.Conn
}

func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{began: make(chan struct{}, 1000)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.peer = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.connections.Add(1)
		s.mu.Lock()
		s.conns = append(s.conns, c)
		s.mu.Unlock()
		return &visit{server: s, conn: c}, nil
	}))
	s.peer.AllowInsecureAuth = true
	go s.peer.Serve(l)
	s.stop = func() { l.Close(); s.peer.Close() }
	t.Cleanup(s.stop)
	return s
}

func (s *server) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.texts...)
}

// hangUp ends all connections without a word.
func (s *server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Conn().Close()
	}
	s.conns = nil
}

func reply(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "as the test wants"}
}

type visit struct {
	server *server
	conn   *smtp.Conn
	to     string
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if pass == "wrong" {
			return reply(535)
		}
		both := user + ":" + pass
		v.server.signedIn.Store(&both)
		return nil
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error {
	if v.server.onMail != nil {
		return v.server.onMail()
	}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	name, _, _ := strings.Cut(to, "@")
	if code, err := strconv.Atoi(name); err == nil {
		return reply(code)
	}
	return nil
}

func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.server.began <- struct{}{}
	if v.server.onData != nil {
		if err := v.server.onData(v.to); errors.Is(err, errHangUp) {
			return v.conn.Conn().Close()
		} else if err != nil {
			return err
		}
	}
	v.server.mu.Lock()
	defer v.server.mu.Unlock()
	v.server.texts = append(v.server.texts, string(text))
	return nil
}

func (v *visit) Reset()      { v.to = "" }
func (*visit) Logout() error { return nil }

// recite runs a server that says the lines in turn: one when called, then one
// for each line it reads ("" says nothing and reads on). What it read is sent
// when the other side hangs up.
func recite(t testing.TB, lines ...string) (addr string, heard <-chan []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ch := make(chan []string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var read []string
		in := bufio.NewScanner(conn)
		for _, line := range lines {
			if line != "" {
				io.WriteString(conn, line+"\r\n")
			}
			if !in.Scan() {
				break
			}
			read = append(read, in.Text())
		}
		ch <- read
	}()
	return l.Addr().String(), ch
}
