package searchs3_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchs3"
	"jewelrydisplay.app/shared/search/searchtest"
)

// fill writes a snapshot, and that the ids are no more.
func fill(s search.Snapshot, removed ...catalog.ProductID) func(search.Writer) error {
	return func(w search.Writer) error {
		for _, m := range s.Merchants {
			w.Merchant(m)
		}
		for _, id := range removed {
			w.Remove(id)
		}
		for _, d := range s.Documents {
			if err := w.Add(d); err != nil {
				return err
			}
		}
		return nil
	}
}

func total(t *testing.T, s search.Searcher, text string) int {
	t.Helper()
	var r search.Result
	if err := s.Search(t.Context(), search.Query{Text: text}, &r); err != nil {
		t.Fatal(err)
	}
	return r.Total
}

func write(t *testing.T, parts *searchs3.Parts, kind search.Kind, version int, fill func(search.Writer) error) catalog.Part {
	t.Helper()
	part, err := parts.Write(t.Context(), kind, version, catalog.Part{}, fill)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

func TestAnEditionIsLoadedAsItWasWritten(t *testing.T) {
	cloud := awstest.Start(t)
	bucket, folder := cloud.Bucket("snapshots"), t.TempDir()
	parts, editions := searchs3.NewParts(cloud.Config, bucket), searchs3.NewEditions(cloud.Config, bucket, folder)
	base := write(t, parts, search.Base, 1, fill(searchtest.Small("钻石戒指", "珍珠项链", "翡翠手镯")))
	if again := write(t, parts, search.Base, 1, fill(searchtest.Small("钻石戒指", "珍珠项链", "翡翠手镯"))); again != base {
		t.Errorf("written again as %v, want %v", again, base)
	}
	if held, err := parts.Write(t.Context(), search.Base, 2, base, fill(searchtest.Small("钻石戒指", "珍珠项链", "翡翠手镯"))); err != nil || held != base {
		t.Errorf("the same at a later version is %v, %v", held, err)
	}
	delta := write(t, parts, search.Delta, 2, fill(searchtest.Small("红宝石戒指"), "p1"))
	pins, err := parts.WritePins(t.Context(), 3, search.Pins{"戒指": {"p2"}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := editions.Load(t.Context(), catalog.Edition{Version: 1, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	second, err := editions.Load(t.Context(), catalog.Edition{Version: 3, Base: base, Deltas: []catalog.Part{delta}, Pins: pins})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][2]int{"钻石": {1, 0}, "红宝石": {0, 1}, "珍珠": {1, 0}, "翡翠": {1, 1}} {
		if got := [2]int{total(t, first, text), total(t, second, text)}; got != want {
			t.Errorf("%s: %v found, want %v", text, got, want)
		}
	}
	if got := fmt.Sprint(second.Pins.Of("戒指"), first.Pins.Of("戒指")); got != "[p2] []" {
		t.Errorf("pins %s", got)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	about, err := parts.Contents(t.Context(), delta)
	slices.Sort(about.Products)
	if err != nil || fmt.Sprint(about) != "{[p0 p1] [m]}" {
		t.Errorf("the delta is about %v, %v", about, err)
	}
	keys, err := parts.Keys(t.Context())
	if err != nil || len(keys) != 3 {
		t.Errorf("keys %v, %v", keys, err)
	}
	first.Release()
	second.Release()
}

// Whatever is damaged, missing or half there is refused; what was loaded before
// goes on answering, and an edition that is whole is loaded after it.
func TestADamagedPartIsRefused(t *testing.T) {
	cloud := awstest.Start(t)
	bucket, folder := cloud.Bucket("snapshots"), t.TempDir()
	parts, editions := searchs3.NewParts(cloud.Config, bucket), searchs3.NewEditions(cloud.Config, bucket, folder)
	good := catalog.Edition{Version: 1, Base: write(t, parts, search.Base, 1, fill(searchtest.Small("钻石戒指")))}
	loaded, err := editions.Load(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	part := write(t, parts, search.Delta, 2, fill(searchtest.Small("珍珠项链", "红宝石")))
	whole := cloud.Get(bucket, part.Key)
	flipped := slices.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, object := range map[string][]byte{
		"half": whole[:len(whole)/2], "nothing": {}, "no archive": []byte("no archive at all"), "a flipped bit": flipped,
		"another part": cloud.Get(bucket, good.Base.Key),
	} {
		cloud.Put(bucket, part.Key, object)
		if _, err := editions.Load(t.Context(), catalog.Edition{Version: 2, Base: good.Base, Deltas: []catalog.Part{part}}); !errors.Is(err, search.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := parts.Contents(t.Context(), part); err == nil {
			t.Errorf("%s: has contents", name)
		}
	}
	if err := parts.Drop(t.Context(), part.Key); err != nil {
		t.Fatal(err)
	}
	if err := parts.Drop(t.Context(), part.Key); err != nil {
		t.Errorf("dropped again: %v", err)
	}
	if _, err := editions.Load(t.Context(), catalog.Edition{Version: 2, Base: part}); err == nil {
		t.Error("a missing part was loaded")
	}
	if total(t, loaded, "钻石") != 1 {
		t.Error("the edition before answers no more")
	}
	loaded.Release()
	if loaded, err = editions.Load(t.Context(), good); err != nil || total(t, loaded, "钻石") != 1 {
		t.Errorf("a whole one afterwards: %v", err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
}

// Where no file can be made an edition is loaded into memory.
func TestAnEditionNeedsNoFile(t *testing.T) {
	cloud := awstest.Start(t)
	bucket := cloud.Bucket("snapshots")
	parts := searchs3.NewParts(cloud.Config, bucket)
	e := catalog.Edition{Version: 1, Base: write(t, parts, search.Base, 1, fill(searchtest.Small("钻石戒指")))}
	editions := searchs3.NewEditions(cloud.Config, bucket, filepath.Join(t.TempDir(), "nowhere"))
	loaded, err := editions.Load(t.Context(), e)
	if err != nil || total(t, loaded, "钻石") != 1 {
		t.Errorf("%v", err)
	}
}
