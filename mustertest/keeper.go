package mustertest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// keep starts script under a shell of its own, in folder dir, as an ordinary
// user when the test runs as root. The shell's standard input is a pipe that
// nobody writes to: it reaches its end when this process is gone, by whatever
// way, so a script that waits for that with "read" can always clean up.
//
// What is returned ends the script when it is closed, too.
func keep(dir, script string, args ...string) (io.Closer, error) {
	stdin, hold, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Dir = dir
	cmd.Stdin = stdin
	// A group of its own, so that Ctrl-C at the terminal ends the tests and
	// leaves the shell alive to clean up after them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		uid, gid, err := ordinary()
		if err != nil {
			return nil, errors.Join(err, hold.Close())
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, errors.Join(err, hold.Close())
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, hold.Close())
	}
	go func() { _ = cmd.Wait() }()
	return hold, nil
}

// ordinary finds a user without privileges: PostgreSQL and Postfix refuse to
// do their work as root.
func ordinary() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return uid, gid, nil
		}
	}
	return 0, 0, fmt.Errorf("neither user postgres nor user nobody exists, and a database server does not run as root")
}
