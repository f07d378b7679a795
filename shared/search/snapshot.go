package search

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"

	"jewelrydisplay.app/shared/catalog"
)

// line is one line of a snapshot: a merchant or a product.
type line struct {
	Merchant *merchantLine `json:"merchant,omitempty"`
	Document *Document     `json:"product,omitempty"`
}

// merchantLine is a merchant as a snapshot writes it.
type merchantLine struct {
	ID       catalog.MerchantID `json:"id"`
	Name     catalog.Texts      `json:"name"`
	City     catalog.Texts      `json:"city"`
	Location *catalog.Location  `json:"location,omitempty"`
	Logo     string             `json:"logo,omitempty"`
}

// Write writes the snapshot as JSON lines in the order of ids, so that the
// same content is the same bytes. It returns the bytes' SHA-256 in hex.
func (s Snapshot) Write(w io.Writer) (digest string, err error) {
	merchants := append([]catalog.Merchant(nil), s.Merchants...)
	documents := append([]Document(nil), s.Documents...)
	sort.Slice(merchants, func(i, j int) bool { return merchants[i].ID < merchants[j].ID })
	sort.Slice(documents, func(i, j int) bool { return documents[i].ID < documents[j].ID })
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	encoder := json.NewEncoder(out)
	for _, m := range merchants {
		said := merchantLine(m)
		if err := encoder.Encode(line{Merchant: &said}); err != nil {
			return "", err
		}
	}
	for i := range documents {
		if err := encoder.Encode(line{Document: &documents[i]}); err != nil {
			return "", err
		}
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// ErrDamaged says that a snapshot is not what was published.
var ErrDamaged = errors.New("search: the snapshot's checksum is wrong")

// ReadSnapshot reads what Write wrote. ErrDamaged: its bytes do not have the
// digest.
func ReadSnapshot(r io.Reader, digest string) (Snapshot, error) {
	var s Snapshot
	sum := sha256.New()
	in := io.TeeReader(r, sum)
	decoder := json.NewDecoder(in)
	for {
		var l line
		err := decoder.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Snapshot{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if l.Merchant != nil {
			s.Merchants = append(s.Merchants, catalog.Merchant(*l.Merchant))
		}
		if l.Document != nil {
			s.Documents = append(s.Documents, *l.Document)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return Snapshot{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != digest {
		return Snapshot{}, ErrDamaged
	}
	return s, nil
}
