package outage

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"muster/seal"
	"muster/store"
)

// Keys seal and sign snapshots, and seal journals. They are no use for anything
// else of the installation: whoever is to tell customers of an outage needs
// neither its master key nor its database.
type Keys struct {
	text   string // of seal
	seal   *seal.Keys
	sign   ed25519.PrivateKey // nil: these only open
	public ed25519.PublicKey
}

const keyName = "seal.outage.key"

// stored is what the installation keeps of them.
type stored struct {
	Seal string
	Seed []byte
}

// OpenKeys gives the installation's, which are made at the first opening and
// kept sealed in the database.
func OpenKeys(ctx context.Context, s *store.Store, master *seal.Keys) (*Keys, error) {
	sealed, err := s.Installation(ctx, keyName, func() ([]byte, error) {
		fresh := stored{Seal: seal.Generate(1), Seed: make([]byte, ed25519.SeedSize)}
		rand.Read(fresh.Seed)
		plain, err := json.Marshal(fresh)
		if err != nil {
			return nil, err
		}
		return master.Seal(keyName, plain)
	})
	if err != nil {
		return nil, err
	}
	plain, err := master.Open(keyName, sealed)
	if err != nil {
		return nil, fmt.Errorf("the key for our own outage cannot be unsealed: %w", err)
	}
	var kept stored
	if err := json.Unmarshal(plain, &kept); err != nil || len(kept.Seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the key for our own outage cannot be read: %w", err)
	}
	k := &Keys{text: kept.Seal, sign: ed25519.NewKeyFromSeed(kept.Seed)}
	k.public = k.sign.Public().(ed25519.PublicKey)
	k.seal, err = seal.Parse(kept.Seal)
	return k, err
}

// Text is what whoever sends keeps: it opens snapshots, and makes none.
func (k *Keys) Text() string {
	return "# Opens the snapshot for our own outage. Keep a copy apart from the snapshot, and from the database.\n" +
		"seal " + k.text + "\nsigned-by " + base64.StdEncoding.EncodeToString(k.public) + "\n"
}

// readKeys reads what Text gave.
func readKeys(text string) (*Keys, error) {
	k := &Keys{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch name {
		case "seal":
			k.text = value
			k.seal, err = seal.Parse(value)
		case "signed-by":
			k.public, err = base64.StdEncoding.DecodeString(value)
		}
		if err != nil {
			return nil, errors.New("this is no key for snapshots")
		}
	}
	if k.seal == nil || len(k.public) != ed25519.PublicKeySize {
		return nil, errors.New("this is no key for snapshots")
	}
	return k, nil
}

// Folder is where the snapshot, its key and the journals lie.
type Folder string

// Snapshot and Key are its files.
func (f Folder) Snapshot() string { return filepath.Join(string(f), "snapshot") }

// Key is where the key lies, unless it is kept elsewhere.
func (f Folder) Key() string { return filepath.Join(string(f), "key") }

// Journals are the journals in it, the oldest first.
func (f Folder) Journals() ([]string, error) {
	return filepath.Glob(filepath.Join(string(f), "*"+journalEnd))
}

// put writes a file whole or not at all, and so that it is there after the
// machine loses its power.
func (f Folder) put(path string, data []byte) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(string(f), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(string(f))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Put writes the snapshot, and the key if none is there. Another installation's
// key is never written over.
func (f Folder) Put(k *Keys, s Snapshot) error {
	switch there, err := os.ReadFile(f.Key()); {
	case errors.Is(err, fs.ErrNotExist):
		if err := f.put(f.Key(), []byte(k.Text())); err != nil {
			return err
		}
	case err != nil:
		return err
	case string(there) != k.Text():
		return fmt.Errorf("%s is the key of another installation", f.Key())
	}
	file, err := k.Seal(s)
	if err != nil {
		return err
	}
	return f.put(f.Snapshot(), file)
}

// Read opens the snapshot with a key file; empty: that in the folder.
func (f Folder) Read(keyFile string) (s Snapshot, k *Keys, err error) {
	if keyFile == "" {
		keyFile = f.Key()
	}
	if k, err = openKeyFile(keyFile); err != nil {
		return s, nil, err
	}
	info, err := os.Stat(f.Snapshot())
	if err != nil {
		return s, nil, err
	}
	if info.Size() > mostBytes {
		return s, nil, errChanged
	}
	file, err := os.ReadFile(f.Snapshot())
	if err != nil {
		return s, nil, err
	}
	s, err = k.Open(file)
	return s, k, err
}

// openKeyFile reads a key file. One that others than its owner may read is
// refused.
func openKeyFile(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 || !info.Mode().IsRegular() || info.Size() > 64<<10 {
		return nil, fmt.Errorf("key file %s may be used by others (mode %04o) or is none; set mode 0600", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return readKeys(string(text))
}
