package ledger

import (
	"crypto/sha256"
	"errors"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is the right edge of a Merkle log: the roots of the complete subtrees
// that its entries make up, largest first, one for each 1 in the binary form
// of size. It is all that appending needs.
type tree struct {
	size int64
	edge []tlog.Hash
}

// append adds a leaf and tells grown about each inner node that is complete
// now, by level (a node at level l covers 2^l leaves) and place in its level.
func (t *tree) append(leaf tlog.Hash, grown func(level int, n int64, h tlog.Hash)) {
	h := leaf
	for level := 1; level <= bits.TrailingZeros64(uint64(t.size)+1); level++ {
		last := len(t.edge) - 1
		h = tlog.NodeHash(t.edge[last], h)
		t.edge = t.edge[:last]
		if grown != nil {
			grown(level, t.size>>level, h)
		}
	}
	t.edge = append(t.edge, h)
	t.size++
}

// root is the log's root hash; that of an empty log is the hash of nothing
// (RFC 6962, section 2.1).
func (t *tree) root() tlog.Hash {
	if len(t.edge) == 0 {
		return sha256.Sum256(nil)
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.edge[i], h)
	}
	return h
}

// bytes is the edge as it is stored.
func (t *tree) bytes() []byte {
	b := make([]byte, 0, len(t.edge)*tlog.HashSize)
	for _, h := range t.edge {
		b = append(b, h[:]...)
	}
	return b
}

var errEdge = errors.New("ledger: the stored edge does not fit the stored size")

func treeOf(size int64, edge []byte) (*tree, error) {
	if size < 0 || len(edge) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return nil, errEdge
	}
	t := &tree{size: size, edge: make([]tlog.Hash, 0, len(edge)/tlog.HashSize+1)}
	for ; len(edge) > 0; edge = edge[tlog.HashSize:] {
		t.edge = append(t.edge, tlog.Hash(edge))
	}
	return t, nil
}

// Inner nodes are stored from keptLevel up: one row for 256 entries and as
// many again above. What lies lower is made anew from the at most 256 leaves
// under it, which costs a proof one more read and an append nothing.
const keptLevel = 8

// nodes reads the hashes of complete subtrees for proofs.
type nodes struct {
	kept   func(level int, n int64) (tlog.Hash, error) // level ≥ keptLevel
	leaves func(from, to int64) ([]tlog.Hash, error)   // hashes of entries from ≤ seq < to
	blocks map[int64][]tlog.Hash                       // leaves already read, by seq>>keptLevel
	size   int64
}

// ReadHashes implements tlog.HashReader.
func (r *nodes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		var err error
		if level >= keptLevel {
			out[i], err = r.kept(level, n)
		} else {
			out[i], err = r.below(level, n)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// below makes a node under keptLevel from its leaves.
func (r *nodes) below(level int, n int64) (tlog.Hash, error) {
	first := n << level
	block := first >> keptLevel
	leaves, ok := r.blocks[block]
	if !ok {
		var err error
		from := block << keptLevel
		if leaves, err = r.leaves(from, min(from+1<<keptLevel, r.size)); err != nil {
			return tlog.Hash{}, err
		}
		r.blocks[block] = leaves
	}
	at := first - block<<keptLevel
	if at+1<<level > int64(len(leaves)) {
		return tlog.Hash{}, errors.New("ledger: entries are missing from the store")
	}
	var t tree
	for _, h := range leaves[at : at+1<<level] {
		t.append(h, nil)
	}
	return t.root(), nil
}
