package scan

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// encoded is the least length of an encoded form worth looking for: shorter
// ones occur by accident.
const encoded = 6

// add puts every spelling of the identifier among the patterns.
func (s *Scanner) add(id Identifier) {
	texts := spellings(id.Value)
	for _, t := range texts {
		s.text(id.Name, t)
	}
	for _, t := range texts {
		s.hashes(id.Name, t.bytes)
	}
	if digits := onlyDigits(id.Value); digits != "" {
		// The country code is 1 to 3 digits long: what follows it is the
		// number, however it is grouped or prefixed.
		tail := digits[min(3, len(digits)-shortest):]
		s.digits = append(s.digits, pattern{identifier: id.Name, spelling: "digits", bytes: []byte(tail)})
	}
}

// spellings are the forms of a value that are hashed and encoded: itself, and
// for numbers and binary values what others make of them.
func spellings(value string) []pattern {
	list := []pattern{{spelling: "text", bytes: []byte(value)}}
	if digits := onlyDigits(value); digits != "" && strings.HasPrefix(value, "+") {
		list = append(list,
			pattern{spelling: "digits without +", bytes: []byte(digits)},
			pattern{spelling: "digits after 00", bytes: []byte("00" + digits)})
		for cut := 1; cut <= 3 && len(digits)-cut >= 7; cut++ {
			list = append(list, pattern{spelling: fmt.Sprintf("digits without a country code of %d", cut), bytes: []byte(digits[cut:])})
			if masked := digits[cut:]; len(masked) == 11 {
				list = append(list, pattern{spelling: "masked digits", bytes: []byte(masked[:3] + "****" + masked[7:])})
			}
		}
	}
	compact := strings.ReplaceAll(value, "-", "")
	if compact != value && onlyDigits(value) == "" {
		list = append(list, pattern{spelling: "text without dashes", bytes: []byte(compact)})
	}
	if b, err := hex.DecodeString(compact); err == nil && len(b) >= 8 {
		list = append(list, pattern{spelling: "binary", bytes: b})
	}
	if b, err := lowerBase32.DecodeString(value); err == nil && len(b) >= 8 {
		list = append(list, pattern{spelling: "binary of base 32", bytes: b})
	}
	for _, other := range []string{strings.ToLower(value), strings.ToUpper(value)} {
		if other != value {
			list = append(list, pattern{spelling: "text in another case", bytes: []byte(other)})
		}
	}
	return list
}

// lowerBase32 is the alphabet in which our own ids are written.
var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// text puts one form and its encodings among the patterns.
func (s *Scanner) text(name string, t pattern) {
	s.folded = append(s.folded, pattern{identifier: name, spelling: t.spelling, bytes: fold(t.bytes)})
	s.folded = append(s.folded, pattern{identifier: name, spelling: "hex of " + t.spelling, bytes: []byte(hex.EncodeToString(t.bytes))})
	s.base64(name, t)
	units := utf16.Encode([]rune(string(t.bytes)))
	little, big := make([]byte, 2*len(units)), make([]byte, 2*len(units))
	for i, u := range units {
		binary.LittleEndian.PutUint16(little[2*i:], u)
		binary.BigEndian.PutUint16(big[2*i:], u)
	}
	s.folded = append(s.folded,
		pattern{identifier: name, spelling: "UTF-16LE of " + t.spelling, bytes: fold(little)},
		pattern{identifier: name, spelling: "UTF-16BE of " + t.spelling, bytes: fold(big)})
}

// base64 puts the characters among the patterns that a value gives wherever it
// stands in an encoded text, at each of the three offsets. Of the characters
// that it shares with its neighbours only its own bits count.
func (s *Scanner) base64(name string, t pattern) {
	for offset := range 3 {
		padded := append(make([]byte, offset), t.bytes...)
		bits := len(padded) * 8
		first, whole := (offset*8+5)/6, bits/6
		if whole-first < encoded {
			continue
		}
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := e.EncodeToString(padded)
			p := pattern{identifier: name, spelling: fmt.Sprintf("base64 at offset %d of %s", offset, t.spelling), bytes: []byte(text[first:whole])}
			if own := first*6 - offset*8; own > 0 {
				p.before = sharing(e, text[first-1], 1<<own-1)
			}
			if own := bits - whole*6; own > 0 {
				p.after = sharing(e, text[whole], 0b111111&^(1<<(6-own)-1))
			}
			s.exact = append(s.exact, p)
		}
	}
}

// sharing returns the characters of an encoding that agree with one of its
// characters in the bits of the mask.
func sharing(e *base64.Encoding, with byte, mask int) string {
	var alphabet [64]byte
	for v := range alphabet {
		alphabet[v] = e.EncodeToString([]byte{byte(v << 2)})[0]
	}
	value := bytes.IndexByte(alphabet[:], with)
	var same []byte
	for v, c := range alphabet {
		if (v^value)&mask == 0 {
			same = append(same, c)
		}
	}
	return string(same)
}

// hashes puts the plain hashes of a form among the patterns: who knows the
// value finds them again.
func (s *Scanner) hashes(name string, form []byte) {
	md, sh1, sh2 := md5.Sum(form), sha1.Sum(form), sha256.Sum256(form)
	for _, h := range []struct {
		name string
		sum  []byte
	}{{"MD5", md[:]}, {"SHA-1", sh1[:]}, {"SHA-256", sh2[:]}} {
		s.folded = append(s.folded, pattern{identifier: name, spelling: h.name + " in hex", bytes: []byte(hex.EncodeToString(h.sum))})
		s.exact = append(s.exact, pattern{identifier: name, spelling: h.name, bytes: h.sum})
		s.base64(name, pattern{spelling: h.name, bytes: h.sum})
	}
}

// onlyDigits returns the digits of a value that is a number: digits and what
// people put between them. Empty for any other.
func onlyDigits(value string) string {
	var digits strings.Builder
	for _, r := range value {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case !strings.ContainsRune("+-. ()", r):
			return ""
		}
	}
	if digits.Len() < 7 {
		return ""
	}
	return digits.String()
}
