package searchs3_test

import (
	"errors"
	"io"
	"testing"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchs3"
	"jewelrydisplay.app/shared/search/searchtest"
)

func TestASnapshotIsLoadedAsItWasKept(t *testing.T) {
	cloud := awstest.Start(t)
	bucket := cloud.Bucket("snapshots")
	s, snapshot := searchs3.New(cloud.Config, bucket), searchtest.Small("钻石戒指", "珍珠项链")
	digest, err := snapshot.Write(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Put(t.Context(), 7, digest, snapshot)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := s.Load(t.Context(), catalog.Edition{Version: 7, Key: key, Digest: digest})
	if err != nil {
		t.Fatal(err)
	}
	var r search.Result
	if err := loaded.Search(t.Context(), search.Query{Text: "珍珠"}, &r); err != nil || r.Total != 1 || r.Hits[0].ID != "p1" {
		t.Errorf("found %+v, %v", r, err)
	}
	if _, err := s.Load(t.Context(), catalog.Edition{Version: 7, Key: key, Digest: "other"}); !errors.Is(err, search.ErrDamaged) {
		t.Errorf("another digest: %v", err)
	}
	cloud.Put(bucket, key, []byte("no snapshot at all"))
	if _, err := s.Load(t.Context(), catalog.Edition{Version: 7, Key: key, Digest: digest}); err == nil {
		t.Error("a damaged object was loaded")
	}
	for range 2 {
		if err := s.Drop(t.Context(), key); err != nil {
			t.Errorf("drop: %v", err)
		}
	}
	if _, err := s.Load(t.Context(), catalog.Edition{Version: 7, Key: key, Digest: digest}); err == nil {
		t.Error("a dropped snapshot was loaded")
	}
}
