package scan_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"jewelrydisplay.app/shared/erasure/scan"
)

const (
	phone    = "+8613800138000"
	userID   = "mzxw6ytboi3dgnrvmfrggzdfmy"
	deviceID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
	token    = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad"
	nickname = "珠光Zoë"
)

func scanner(t testing.TB) *scan.Scanner {
	t.Helper()
	s, err := scan.New(
		scan.Identifier{Name: "phone", Value: phone}, scan.Identifier{Name: "user id", Value: userID},
		scan.Identifier{Name: "device id", Value: deviceID}, scan.Identifier{Name: "push token", Value: token},
		scan.Identifier{Name: "nickname", Value: nickname})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func zstandard(b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(bytes.Repeat(b, 50), nil)
}

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func utf16be(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return out
}

// escaped writes every character of s as JSON may: \uXXXX.
func escaped(s string) string {
	var out strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, `\u%04X`, u)
	}
	return out.String()
}

// percent writes every byte of s as a URL may.
func percent(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&out, "%%%02x", b)
	}
	return out.String()
}

// encodings are the ways in which a store might write a value.
func encodings(v string) map[string][]byte {
	m, s1, s2 := md5.Sum([]byte(v)), sha1.Sum([]byte(v)), sha256.Sum256([]byte(v))
	inJSON, _ := json.Marshal(map[string]string{"inner": `{"v":"` + escaped(v) + `"}`})
	return map[string][]byte{
		"raw": []byte(v), "upper": []byte(strings.ToUpper(v)), "hex": []byte(hex.EncodeToString([]byte(v))),
		"HEX":    []byte(strings.ToUpper(hex.EncodeToString([]byte(v)))),
		"base64": []byte(base64.StdEncoding.EncodeToString([]byte("xyzw" + v + "tail"))), "base64 1": []byte(base64.StdEncoding.EncodeToString([]byte("xyzwv" + v))),
		"base64 2": []byte(base64.RawURLEncoding.EncodeToString([]byte("xyzwvu" + v + "t"))),
		"query":    []byte(url.QueryEscape(v)), "path": []byte(url.PathEscape(v)), "percent": []byte(percent(v)), "percent twice": []byte(url.QueryEscape(percent(v))),
		"utf-16le": utf16le(v), "utf-16be": utf16be(v), "json": []byte(escaped(v)), "json in json": inJSON,
		"md5": []byte(hex.EncodeToString(m[:])), "sha1": []byte(hex.EncodeToString(s1[:])), "sha256": []byte(hex.EncodeToString(s2[:])),
		"sha256 binary": s2[:], "sha256 base64": []byte(base64.RawURLEncoding.EncodeToString(s2[:])),
		"gzip": gzipped([]byte("<" + v + ">")), "gzip in gzip": gzipped(gzipped([]byte(v))),
		"zstd":           zstandard([]byte("<" + v + ">")),
		"gzip in base64": []byte(`{"B":"` + base64.StdEncoding.EncodeToString(gzipped([]byte(v))) + `"}`),
	}
}

func TestEverySpellingOfEveryIdentifierIsFound(t *testing.T) {
	s := scanner(t)
	for name, value := range map[string]string{"phone": phone, "user id": userID, "device id": deviceID, "push token": token, "nickname": nickname} {
		for how, b := range encodings(value) {
			in := append(append([]byte("before\x00 7"), b...), "; after"...)
			if !holds(s.Bytes("store", in), name) {
				t.Errorf("%s as %s is not found", name, how)
			}
		}
	}
}

func TestOtherSpellings(t *testing.T) {
	s := scanner(t)
	device, _ := hex.DecodeString(strings.ReplaceAll(deviceID, "-", ""))
	pushed, _ := hex.DecodeString(token)
	national := sha256.Sum256([]byte("13800138000"))
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	_, _ = z.Write([]byte(phone))
	_ = z.Close()
	for _, c := range []struct {
		name string
		in   []byte
	}{
		{"phone", []byte("8613800138000")},
		{"phone", []byte("tel: 138 0013 8000")},
		{"phone", []byte("138-0013-8000")},
		{"phone", []byte("(+86) 138.0013.8000")},
		{"phone", []byte("138 0013 8000")},
		{"phone", []byte("１３８００１３８０００")},
		{"phone", []byte("00 86 13800138000")},
		{"phone", []byte("138****8000")},
		{"phone", []byte(hex.EncodeToString(national[:]))},
		{"phone", deflated.Bytes()},
		{"device id", []byte(strings.ReplaceAll(deviceID, "-", ""))},
		{"device id", []byte(strings.ToUpper(deviceID))},
		{"device id", device},
		{"push token", pushed},
		{"push token", []byte(base64.StdEncoding.EncodeToString(pushed))},
	} {
		if !holds(s.Bytes("store", c.in), c.name) {
			t.Errorf("%s is not found in %q", c.name, c.in)
		}
	}
}

func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	s := scanner(t)
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 4096).Draw(t, "bytes")
		if leaks := s.Bytes("noise", b); len(leaks) > 0 {
			t.Fatalf("found by accident: %v", leaks)
		}
	})
	quiet := `{"phone":"+8613900139000","device":"3f2504e0-4f89-41d3-9a0c-0305e82c3302","at":1700000000000,"m":"139****9000"}`
	if leaks := s.Bytes("other person", []byte(quiet)); len(leaks) > 0 {
		t.Errorf("another person was taken for this one: %v", leaks)
	}
}

// Identifiers that differ in one bit of their first or last character are told
// apart in every encoding.
func TestNeighboursAreToldApart(t *testing.T) {
	for _, pair := range [][2]string{{deviceID, deviceID[:35] + "0"}, {"abcdefgh1", "abcdefgh0"}, {"1abcdefgh", "0abcdefgh"}} {
		s, err := scan.New(scan.Identifier{Name: "one", Value: pair[0]})
		if err != nil {
			t.Fatal(err)
		}
		for how, b := range encodings(pair[1]) {
			if leaks := s.Bytes("store", b); len(leaks) > 0 {
				t.Errorf("%s as %s was taken for its neighbour: %v", pair[1], how, leaks)
			}
		}
	}
}

func TestLeakTellsNoValueAndShortValuesAreRefused(t *testing.T) {
	leaks, err := scanner(t).Reader("table Accounts", strings.NewReader("x"+phone+nickname))
	if err != nil || len(leaks) == 0 {
		t.Fatalf("%v, %v", leaks, err)
	}
	for _, l := range leaks {
		if text := l.String(); strings.Contains(text, "138") || strings.Contains(text, nickname) || !strings.Contains(text, "table Accounts") {
			t.Errorf("a leak reads %q", text)
		}
	}
	if _, err := scan.New(scan.Identifier{Name: "nickname", Value: "Bo"}); err == nil {
		t.Error("a value of two bytes was accepted")
	}
	if _, err := scan.New(scan.Identifier{Name: "phone"}); err == nil {
		t.Error("an absent value was accepted")
	}
}

func holds(leaks []scan.Leak, name string) bool {
	for _, l := range leaks {
		if l.Identifier == name {
			return true
		}
	}
	return false
}
