package mustertest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// PostfixServer is a real Postfix of one test. It takes mail for good.test
// from this machine, with and without TLS, and passes it on by LMTP to an
// inbox in the test. There it knows everybody but gone@good.test (550), and
// later@good.test is to be tried later (450). It takes mail for dead@, full@
// and busy@good.test, and finds out only then that it cannot be delivered
// (5.1.1, 5.2.2, and 4.2.1 for ever): it reports that after a second or so.
type PostfixServer struct {
	Addr string // host:port where it takes mail
	inbox
}

const mainCF = `
compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = mail.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = good.test
virtual_mailbox_maps = regexp:%[1]s/users
virtual_transport = lmtp:inet:%[2]s
relay_domains = %[3]s
transport_maps = regexp:%[1]s/routes
delay_warning_time = 1s
minimal_backoff_time = 1s
queue_run_delay = 1s
smtpd_recipient_restrictions = check_recipient_access regexp:%[1]s/access, permit_mynetworks, reject
smtpd_tls_security_level = may
smtpd_tls_chain_files = %[1]s/tls.pem
smtpd_client_connection_count_limit = 0
smtputf8_enable = yes
`

// One line a service, none of them in a chroot.
const masterCF = `
%s inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
lmtp      unix - - n - - lmtp
smtp      unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
`

// keepPostfix starts it, says so, and stops it when standard input ends: at
// the latest when the test process does, however that may be.
const keepPostfix = `
postfix -c "$1" start >>"$1/start" 2>&1 && echo ready
read -r _
postfix -c "$1" stop >>"$1/start" 2>&1
`

// PostfixRoute is where mail for a further domain goes: lmtp:inet:HOST:PORT, or
// smtp:[HOST]:PORT.
type PostfixRoute struct{ Domain, Transport string }

// Postfix starts a Postfix for the test and stops it at the test's end. It
// must be installed, and the test must run as root, as Postfix itself does.
func Postfix(t testing.TB, routes ...PostfixRoute) *PostfixServer {
	t.Helper()
	if _, err := exec.LookPath("postfix"); err != nil {
		t.Fatal("Postfix is not installed (Debian: apt-get install postfix)")
	}
	if os.Geteuid() != 0 {
		t.Fatal("Postfix can only be started by root")
	}
	p := &PostfixServer{Addr: freePort(t)}
	lmtp := p.listen(t)
	dir := postfixHome(t, p.Addr, lmtp, routes)

	cmd := exec.Command("/bin/sh", "-c", keepPostfix, "sh", dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Postfix said:\n%s", log)
		}
	})
	started := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		started <- line
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case <-ctx.Done():
		t.Fatal("Postfix does not start")
	case line := <-started:
		if line != "ready\n" {
			said, _ := os.ReadFile(filepath.Join(dir, "start"))
			t.Fatalf("Postfix does not start: %s", said)
		}
	}
	return p
}

// postfixHome makes the folder with everything that Postfix needs. Its name
// is short, for sockets lie in it.
func postfixHome(t testing.TB, addr, lmtp string, routes []PostfixRoute) string {
	t.Helper()
	var domains, lines string
	for _, r := range routes {
		domains += " " + r.Domain
		lines += "/@" + regexp.QuoteMeta(r.Domain) + "$/ " + r.Transport + "\n"
	}
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, text := range map[string]string{
		"main.cf":   fmt.Sprintf(mainCF, dir, lmtp, domains),
		"master.cf": fmt.Sprintf(masterCF, addr),
		"users":     "!/^gone@/ here\n",
		"routes":    lines,
		"access":    "/^later@/ 450 4.2.0 Mailbox is busy\n",
		"tls.pem":   selfSigned(t),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{"queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// Postfix's own processes are not root.
	for name, mode := range map[string]os.FileMode{".": 0o755, "main.cf": 0o644, "master.cf": 0o644, "users": 0o644, "routes": 0o644, "access": 0o644} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("chown", "postfix", filepath.Join(dir, "data")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// selfSigned makes a key and a certificate for mail.test, as PEM.
func selfSigned(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, DNSNames: []string{"mail.test"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: cert})
	return b.String()
}
