package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile bounds a key file: 255 keys fit.
const maxFile = 32 << 10

// LoadOrCreate reads the master keys from the file at path, or makes the file
// with a first key if there is none. A file that others than its owner may
// read is refused, for its keys must be taken as known to them.
func LoadOrCreate(path string) (*Keys, error) {
	k, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("seal: make key file: %w", err)
	}
	return load(path)
}

func load(path string) (*Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("seal: %s is not a key file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("seal: key file %s may be used by others (mode %04o); make new keys and set mode 0600", path, mode)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	k, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w (in key file %s)", err, path)
	}
	return k, nil
}

// create writes beside the path and links, so that of two processes that
// start at once one wins and both then read the same whole key.
func create(path string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(Generate(1) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
