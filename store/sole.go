package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// sole holds a file beside the database for as long as this process serves it.
// The kernel lets go of it when the process ends, however it ends.
func sole(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("another server already serves %s; one file bears one server, more than one need PostgreSQL", path)
	}
	return nil, errors.Join(err, f.Close())
}
