package picture

import (
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/seal"
	"muster/store"
)

const sealPurpose = "letin.desk.picture"

// Kept is a picture that was sent, without what is to be seen on it.
type Kept struct {
	ID         id.Picture
	Line       int // of the conversation, that it went with
	Kind       string
	Wide, High int
	Digest     string
	Made       time.Time
	Erased     time.Time // zero: it is still there
}

// Mark is what stands on every picture that somebody of the provider's sends
// now: by which leave they were inside the customer's last, if they ever were,
// their name, the time, and about what.
func Mark(tx *store.Tx, who actor.Actor, reference string) (string, error) {
	leave, err := store.One(tx, inside, store.Scalar[string], who.Staff)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	parts := []string{who.Name, tx.Now().UTC().Format("2006-01-02 15:04:05 UTC"), reference}
	if leave != "" {
		parts = append([]string{leave}, parts...)
	}
	return strings.Join(parts, " · "), nil
}

// Keep saves a picture with the line of a request that was said last, and the
// mail that it leaves with.
func (i Image) Keep(tx *store.Tx, keys *seal.Keys, request id.Request, with id.Message) (id.Picture, error) {
	sealed, err := keys.Seal(sealPurpose, i.Data)
	if err != nil {
		return "", err
	}
	which := id.New[id.Picture]()
	return which, tx.Write(add, which, request, with, i.Kind, i.Wide, i.High, i.Digest(), sealed, tx.Now())
}

// Of lists the pictures of a request, oldest first.
func Of(tx *store.Tx, request id.Request) ([]Kept, error) {
	return store.All(tx, ofRequest, scanKept, request)
}

// Read opens a picture; one that is erased, or of another request, is NotFound.
func Read(tx *store.Tx, keys *seal.Keys, request id.Request, which id.Picture) (Image, error) {
	l, err := store.One(tx, content, scanLocked, request, which)
	if err != nil {
		return Image{}, err
	}
	return l.open(keys)
}

// With opens the pictures that leave with a mail.
func With(tx *store.Tx, keys *seal.Keys, m id.Message) (all []Image, err error) {
	rows, err := store.All(tx, ofMessage, scanLocked, m)
	for _, l := range rows {
		i, err := l.open(keys)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, err
}

func (l locked) open(keys *seal.Keys) (i Image, err error) {
	i = l.Image
	if i.Data, err = keys.Open(sealPurpose, l.sealed); err == nil && i.Digest() != l.digest {
		err = fault.New(fault.Invalid, "bad_seal")
	}
	return i, err
}

// Erase removes what is to be seen on the pictures of a request, and says of
// how many. That they were sent stays.
func Erase(tx *store.Tx, request id.Request) (int64, error) { return tx.Exec(erase, request, tx.Now()) }
