package outage

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"muster/deliver"
	"muster/identity"
	"muster/lang"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/turn"
)

// topic is what is touched when there is something new about snapshots or runs.
const topic = "outage"

// Keeper keeps a folder's snapshot fresh, and takes in the journals that lie
// there.
type Keeper struct {
	Store  *store.Store
	Keys   *Keys
	Folder Folder
	Wide   int
	URL    string
	// Gather adds what other rooms know: who of the staff writes, the carriers,
	// what mail is signed with.
	Gather    func(context.Context, *Snapshot) error
	Aftermath deliver.Aftermath
	Log       *slog.Logger
}

// Run keeps it fresh until ctx ends. A trouble is tried again soon.
func (k Keeper) Run(ctx context.Context) {
	turn.Run(ctx, k.Store, nil, Every, k.Turn, func(err error) {
		k.Log.Error("nobody could be told of our own outage: the snapshot or a journal has trouble", "folder", k.Folder, "err", err)
	})
}

// Turn takes in what there is, and a snapshot.
func (k Keeper) Turn(ctx context.Context) error {
	adopted := k.AdoptAll(ctx)
	s, err := k.Take(ctx)
	if err == nil {
		err = k.Folder.Put(k.Keys, s)
	}
	return errors.Join(adopted, err, k.note(ctx, s, err))
}

// Take reads a snapshot of this instant.
func (k Keeper) Take(ctx context.Context) (s Snapshot, err error) {
	s = Snapshot{URL: k.URL, Wide: k.Wide, Sentences: map[lang.Tag]map[notice.Kind]map[notice.State]map[string]string{}}
	for _, tag := range lang.Supported() {
		s.Sentences[tag] = map[notice.Kind]map[notice.State]map[string]string{}
		for _, kind := range []notice.Kind{notice.Incident, notice.Maintenance} {
			s.Sentences[tag][kind] = notice.Sentences(tag, kind)
		}
	}
	err = k.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		s.Taken = tx.Now()
		if s.Customers, err = notice.Customers(tx); err != nil {
			return err
		}
		return tx.For(identity.Provider, func(tx *store.Tx) error {
			if s.Components, err = component.All(tx); err != nil {
				return err
			}
			s.Open, err = notice.Unfinished(tx)
			return err
		})
	})
	if err == nil && k.Gather != nil {
		err = k.Gather(ctx, &s)
	}
	return s, err
}

func (k Keeper) note(ctx context.Context, s Snapshot, failed error) error {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	place, trouble, people := host+":"+filepath.Clean(string(k.Folder)), "", 0
	if failed != nil {
		trouble, s.Taken = failed.Error(), time.Time{}
	}
	for _, c := range s.Customers {
		people += len(c.People)
	}
	return k.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		tx.Touch(topic)
		return tx.Write(noteSnapshot, place, s.Taken, len(s.Customers), people, trouble, tx.Now())
	})
}
