package proxy

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"jewelrydisplay.app/shared/local/iam"
)

// objects keeps a copy of each object in a file of its own.
type objects struct{ dir string }

// kept is the first line of an object's file; its bytes follow.
type kept struct {
	Bucket string      `json:"bucket"`
	Key    string      `json:"key"`
	Header http.Header `json:"header"`
}

// path is the object's file. Keys hold any character and up to 1,024 bytes, file
// names do not.
func (o *objects) path(bucket, key string) string {
	sum := sha256.Sum256([]byte(bucket + "/" + key))
	return filepath.Join(o.dir, hex.EncodeToString(sum[:]))
}

// object passes a call to S3. After a change it copies what S3 now holds, so that
// chunked, multipart and copying uploads need no understanding here.
func (p *Proxy) object(w http.ResponseWriter, r *http.Request, body []byte) {
	bucket, keys := touched(r, body)
	if len(keys) == 0 || p.objects.dir == "" {
		p.moto.ServeHTTP(w, r)
		return
	}
	answer := &recorder{header: http.Header{}}
	p.moto.ServeHTTP(answer, r)
	if answer.ok() {
		for _, key := range keys {
			// The client may hang up, but what S3 did must be kept.
			if err := p.keepObject(context.WithoutCancel(r.Context()), bucket, key); err != nil {
				refuse(w, http.StatusInternalServerError, "InternalError", "the object cannot be kept")
				return
			}
		}
	}
	answer.copyTo(w)
}

// touched names the objects that a call changes.
func touched(r *http.Request, body []byte) (bucket string, keys []string) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	if key == "" {
		if r.Method == http.MethodPost && query.Has("delete") {
			return bucket, iam.DeletedKeys(body)
		}
		return bucket, nil
	}
	switch r.Method {
	case http.MethodPut:
		for _, aspect := range []string{"partNumber", "tagging", "acl", "retention", "legal-hold"} {
			if query.Has(aspect) {
				return bucket, nil
			}
		}
		return bucket, []string{key}
	case http.MethodDelete, http.MethodPost: // a POST with uploads only begins
		if query.Has("uploads") || query.Has("tagging") || r.Method == http.MethodDelete && query.Has("uploadId") {
			return bucket, nil
		}
		return bucket, []string{key}
	}
	return bucket, nil
}

// keepObject copies the object as S3 has it, or forgets it when S3 has it no more.
func (p *Proxy) keepObject(ctx context.Context, bucket, key string) error {
	path := p.objects.path(bucket, key)
	req, err := p.own(ctx, http.MethodGet, "s3", objectPath(bucket, key), nil)
	if err != nil {
		return err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("S3 answered %s", res.Status)
	}
	head := kept{Bucket: bucket, Key: key, Header: http.Header{}}
	for name, values := range res.Header {
		switch {
		case strings.HasPrefix(name, "X-Amz-Meta-"), name == "Content-Type", name == "Content-Encoding",
			name == "Content-Disposition", name == "Content-Language", name == "Cache-Control", name == "Expires":
			head.Header[name] = values
		}
	}
	line, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return writeWhole(path, func(f *os.File) error {
		if _, err := f.Write(append(line, '\n')); err != nil {
			return err
		}
		_, err := io.Copy(f, res.Body)
		return err
	})
}

func (p *Proxy) restoreObjects(ctx context.Context) error {
	if p.objects.dir == "" {
		return nil
	}
	files, err := os.ReadDir(p.objects.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), ".") {
			continue // cut short by a crash
		}
		if err := p.restoreObject(ctx, filepath.Join(p.objects.dir, file.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (p *Proxy) restoreObject(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	in := bufio.NewReader(f)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var head kept
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	req, err := p.own(ctx, http.MethodPut, "s3", objectPath(head.Bucket, head.Key), in)
	if err != nil {
		return err
	}
	for name, values := range head.Header {
		req.Header[name] = values
	}
	req.ContentLength = info.Size() - int64(len(line))
	if req.ContentLength == 0 {
		req.Body = http.NoBody
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	// A bucket that the template no longer has takes its objects with it.
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNotFound {
		return fmt.Errorf("%s/%s: S3 answered %s", head.Bucket, head.Key, res.Status)
	}
	return nil
}

func objectPath(bucket, key string) string {
	return (&url.URL{Path: "/" + bucket + "/" + key}).EscapedPath()
}

// own makes a request of the proxy's own to the engine, which reads the service
// from the signature's scope and verifies nothing else.
func (p *Proxy) own(ctx context.Context, method, service, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.motoURL.String()+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=local")
	return req, nil
}
