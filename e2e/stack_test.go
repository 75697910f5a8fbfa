package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/mustertest"
)

// installation is a running Muster, with nothing faked around it but the
// people.
type installation struct {
	t      *testing.T
	binary string
	db     string
	url    string
	mail   *mustertest.PostfixServer
	texts  *mustertest.Twilio
	token  string // with which the API is asked
	first  *node
}

// build compiles the program as make build does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "muster")
	cmd := exec.Command("go", "build", "-o", binary, "../cmd/muster")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// install starts Muster on a fresh database and gives the provider its first
// staff member.
func install(t *testing.T, binary, db string) *installation {
	t.Helper()
	listen := freeAddress(t)
	in := &installation{
		t: t, binary: binary, db: db, url: "http://" + listen,
		mail: mustertest.Postfix(t), texts: mustertest.NewTwilio(),
	}
	t.Cleanup(in.texts.Close)
	said := in.muster("init", "--provider", "Northern Watch", "--email", "operations@good.test")
	token := apiToken.FindStringSubmatch(said)
	if token == nil {
		t.Fatalf("muster init printed no API token:\n%s", said)
	}
	in.token = token[1]
	in.first = in.serve(listen)
	return in
}

var apiToken = regexp.MustCompile(`(?m)^api token: (\S+)$`)

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// env is what the program finds in its environment: nothing of the machine's
// own settings.
func (in *installation) env() []string {
	return append(os.Environ(),
		"MUSTER_DB="+in.db, "MUSTER_URL="+in.url, "MUSTER_SMTP=smtp://"+in.mail.Addr, "MUSTER_TWILIO="+in.texts.Setting())
}

// muster runs a command to its end and returns what it printed.
func (in *installation) muster(args ...string) string {
	in.t.Helper()
	out, err := in.try(args...)
	if err != nil {
		in.t.Fatalf("muster %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (in *installation) try(args ...string) (string, error) {
	cmd := exec.Command(in.binary, args...)
	cmd.Env = in.env()
	cmd.Dir = in.t.TempDir() // it needs nothing beside its own binary
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return string(out), err
}

// node is one running muster serve.
type node struct {
	url   string
	cmd   *exec.Cmd
	log   *bytes.Buffer
	ended chan error
}

// serve starts a node and waits until it is ready. It is told to stop at the
// end of the test, unless it was killed before.
func (in *installation) serve(listen string) *node {
	in.t.Helper()
	n := &node{url: "http://" + listen, cmd: exec.Command(in.binary, "serve", "--listen", listen), log: &bytes.Buffer{}, ended: make(chan error, 1)}
	n.cmd.Env = in.env()
	n.cmd.Dir = in.t.TempDir()
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if err := n.cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	go func() { n.ended <- n.cmd.Wait() }()
	in.t.Cleanup(func() {
		err := n.cmd.Process.Signal(syscall.SIGTERM)
		if errors.Is(err, os.ErrProcessDone) {
			return // killed
		}
		if err := errors.Join(err, <-n.ended); err != nil {
			in.t.Errorf("muster serve should end well when told to: %v", err)
		}
		if in.t.Failed() {
			in.t.Logf("muster serve said:\n%s", n.log)
		}
	})
	tick, end := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for {
		if res, err := http.Get(n.url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return n
			}
		}
		select {
		case err := <-n.ended:
			in.t.Fatalf("muster serve ended: %v\n%s", err, n.log)
		case <-end:
			in.t.Fatal("muster serve is not ready after 30 s")
		case <-tick.C:
		}
	}
}

// kill ends the node as a power cut does.
func (n *node) kill() error {
	if err := n.cmd.Process.Kill(); err != nil {
		return err
	}
	<-n.ended
	return nil
}

// call asks the API, and wants it to go well.
func (in *installation) call(method, path string, body any) map[string]any {
	in.t.Helper()
	status, said, err := in.ask(in.url, method, path, fmt.Sprintf("%s-%d", in.t.Name(), time.Now().UnixNano()), body)
	if err != nil {
		in.t.Fatal(err)
	}
	if status >= 300 {
		in.t.Fatalf("%s %s: %d\n%s", method, path, status, said)
	}
	var out map[string]any
	if err := json.Unmarshal(said, &out); err != nil {
		in.t.Fatalf("%s %s: %v\n%s", method, path, err, said)
	}
	return out
}

// ask sends one request to a node; key makes it take effect at most once.
func (in *installation) ask(node, method, path, key string, body any) (status int, said []byte, err error) {
	var raw []byte
	if method == http.MethodPost {
		if raw, err = json.Marshal(body); err != nil {
			return 0, nil, err
		}
	}
	req, err := http.NewRequestWithContext(in.t.Context(), method, node+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+in.token)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	said, err = io.ReadAll(res.Body)
	return res.StatusCode, said, err
}

// signIn lets a person in through the front door, with a code that comes by
// mail.
func (in *installation) signIn(p page, address string) {
	in.t.Helper()
	p.visit(in.url + "/sign-in")
	p.fill("form[action='/sign-in'] input[name=email]", address)
	p.click("form[action='/sign-in'] button.btn-primary")
	p.see("form[action='/sign-in/code'] input[name=code]")
	code := in.mailed(address, sixDigits)
	p.fill("form[action='/sign-in/code'] input[name=code]", code)
	p.click("form[action='/sign-in/code'] button.btn-primary")
	p.gone("form[action='/sign-in/code']")
}

var sixDigits = regexp.MustCompile(`\b\d{3} ?\d{3}\b`)

// mailed waits for a mail in which the pattern is found, and returns what was
// found. Other mail to that address is put aside.
func (in *installation) mailed(address string, pattern *regexp.Regexp) string {
	in.t.Helper()
	for {
		m := in.mail.Wait(in.t, address)
		if found := pattern.FindString(m.Subject + "\n" + m.Text); found != "" {
			return found
		}
		in.t.Logf("put aside: %s", m.Subject)
	}
}
