package keys

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// PersonKey encrypts one person's attributes: AES-256-GCM with a random nonce
// in front of each ciphertext (NIST SP 800-38D).
type PersonKey struct{ aead cipher.AEAD }

// newKey returns the cipher of a 32-byte key.
func newKey(key []byte) (PersonKey, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return PersonKey{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return PersonKey{aead}, err
}

// Encrypt seals a text to its place, which is the associated data.
func (p PersonKey) Encrypt(plaintext, associatedData []byte) ([]byte, error) {
	return p.aead.Seal(nil, nil, plaintext, associatedData), nil
}

// Decrypt opens a sealed text at its place.
func (p PersonKey) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	return p.aead.Open(nil, nil, ciphertext, associatedData)
}

// NewPersonKey makes a key of a person's own from 32 bytes of random and
// returns it with its wrap under the service key, which is what is stored.
func (r *Ring) NewPersonKey(random []byte) (PersonKey, []byte, error) {
	if len(random) != 32 {
		return PersonKey{}, nil, errors.New("keys: a person's key has 32 bytes")
	}
	k := r.Current()
	wrapper, err := newKey(k.Derive("wrap person key"))
	if err != nil {
		return PersonKey{}, nil, err
	}
	wrapped, err := wrapper.Encrypt(random, k.ID[:])
	if err != nil {
		return PersonKey{}, nil, err
	}
	own, err := newKey(random)
	return own, append(k.ID[:], wrapped...), err
}

// OpenPersonKey opens a stored wrap.
func (r *Ring) OpenPersonKey(ctx context.Context, wrapped []byte) (PersonKey, error) {
	plain, err := r.unwrap(ctx, wrapped)
	if err != nil {
		return PersonKey{}, err
	}
	return newKey(plain)
}

func (r *Ring) unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	if len(wrapped) <= IDSize {
		return nil, errors.New("keys: not a wrapped key")
	}
	id := [IDSize]byte(wrapped[:IDSize])
	k, err := r.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	wrapper, err := newKey(k.Derive("wrap person key"))
	if err != nil {
		return nil, err
	}
	plain, err := wrapper.Decrypt(wrapped[IDSize:], id[:])
	if err != nil {
		return nil, fmt.Errorf("keys: open person's key: %w", err)
	}
	return plain, nil
}
