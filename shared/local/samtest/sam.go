package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"jewelrydisplay.app/shared/local/hosts"
	"jewelrydisplay.app/shared/local/provision"
)

// sam is SAM CLI with what it is told each time.
type sam struct {
	tools    string
	work     string
	docker   *docker
	endpoint string // the AWS endpoint as a container sees it
	running  *sync.WaitGroup
}

func (s sam) command(ctx context.Context, args ...string) *exec.Cmd {
	return hosts.SAM(ctx, s.tools, s.docker.environment(), args...)
}

func (s sam) parameters() string {
	list := []string{"Architecture=" + hosts.Architecture(), "AwsEndpointUrl=" + s.endpoint}
	// What the local cloud makes beside the template has its names on this host too.
	for name, value := range provision.Parameters() {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func (s sam) built() string { return filepath.Join(s.work, "sam-build") }

// build is `sam build` into a folder of its own.
func (s sam) build(ctx context.Context) error {
	fmt.Fprintln(os.Stderr, "sam build")
	out, err := s.command(ctx, "build", "--template", "template.yaml", "--build-dir", s.built(),
		"--parameter-overrides", s.parameters()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("sam build: %s", hosts.LastLines(out, 10))
	}
	return nil
}

// invokeAll sends every case's event, two at a time, and prints what became of each.
func (s sam) invokeAll(ctx context.Context) error {
	var failed atomic.Int32
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, c := range cases() {
		group.Go(func() error {
			if each.Err() != nil {
				return each.Err()
			}
			if err := s.invoke(each, c); err != nil {
				failed.Add(1)
				fmt.Printf("FAIL %s %s: %v\n", c.function, c.event, err)
				return nil
			}
			fmt.Printf("ok   %s %s\n", c.function, c.event)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Printf("%d passed, %d failed\n", len(cases())-int(failed.Load()), failed.Load())
	if failed.Load() > 0 {
		return errors.New("an answer was not the expected one")
	}
	return nil
}

// invoke is `sam local invoke` of one function with one event.
func (s sam) invoke(ctx context.Context, c testCase) error {
	cmd := s.command(ctx, "local", "invoke", c.function, "--event", filepath.Join("events", c.event),
		"--template", filepath.Join(s.built(), "template.yaml"), "--parameter-overrides", s.parameters(),
		"--skip-pull-image", "--invoke-image", image)
	var answer, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &answer, &log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, hosts.LastLines(log.Bytes(), 5))
	}
	got := strings.TrimSpace(answer.String())
	for _, want := range c.wants {
		if !regexp.MustCompile(want).MatchString(got) {
			return fmt.Errorf("answered %.300s, which does not match %s; %s", got, want, hosts.LastLines(log.Bytes(), 3))
		}
	}
	return nil
}
