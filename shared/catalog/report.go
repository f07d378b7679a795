package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// reporter writes every rejection into the report object, which it begins with
// the first.
type reporter struct {
	objects Objects
	key     string
	out     ObjectWriter
}

func (r *reporter) write(ctx context.Context, rejection Rejection) error {
	if r.out == nil {
		out, err := r.objects.Create(ctx, r.key)
		if err != nil {
			return err
		}
		r.out = out
	}
	line, err := json.Marshal(rejection)
	if err != nil {
		return err
	}
	_, err = r.out.Write(append(line, '\n'))
	return err
}

// commit ends the report; the zero place when nothing was rejected.
func (r *reporter) commit() (ObjectPlace, error) {
	if r.out == nil {
		return ObjectPlace{}, nil
	}
	out := r.out
	r.out = nil
	return out.Commit()
}

func (r *reporter) abort() {
	if r.out != nil {
		r.out.Abort()
		r.out = nil
	}
}

// foreign counts the pictures that were left out because of where they lie. It
// remembers some of the hosts, to tell the operator what to decide about.
type foreign struct {
	pictures int
	hosts    map[string]bool
}

const hostsTold = 5

func (f *foreign) add(hosts []string) {
	f.pictures += len(hosts)
	for _, h := range hosts {
		if f.hosts == nil {
			f.hosts = map[string]bool{}
		}
		if len(f.hosts) < hostsTold {
			f.hosts[h] = true
		}
	}
}

func (f *foreign) warning() string {
	if f.pictures == 0 {
		return ""
	}
	hosts := make([]string, 0, len(f.hosts))
	for h := range f.hosts {
		hosts = append(hosts, h)
	}
	sort.Strings(hosts)
	return fmt.Sprintf("%d pictures were left out: IMAGE_HOSTS does not name where they lie (%s)", f.pictures, strings.Join(hosts, ", "))
}
