package mustertest

import (
	"net"
	"os/exec"
	"testing"
	"time"
)

// SMTPSink runs Postfix's smtp-sink, which takes every mail and drops it, and
// gives its address. Options stand before its own.
func SMTPSink(t testing.TB, options ...string) string {
	t.Helper()
	program, err := exec.LookPath("smtp-sink")
	if err != nil {
		t.Fatal("smtp-sink is not installed (Debian: apt-get install postfix)")
	}
	addr := freePort(t)
	cmd := exec.Command(program, append(options, "-u", "nobody", addr, "500")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for until := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return addr
		}
		if time.Now().After(until) {
			t.Fatalf("smtp-sink does not start: %v", err)
		}
	}
}
