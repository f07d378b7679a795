// Command routes writes the API's routes, as template.yaml names them, into the
// Go file that NotFound answers from. `go generate` runs it.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
)

// template is what of template.yaml says where a request goes.
type template struct {
	Resources map[string]struct {
		Properties struct {
			Events map[string]event `yaml:"Events"`
		} `yaml:"Properties"`
	} `yaml:"Resources"`
}

type event struct {
	Type       string `yaml:"Type"`
	Properties struct {
		Method string `yaml:"Method"`
		Path   string `yaml:"Path"`
	} `yaml:"Properties"`
}

func main() {
	in := flag.String("template", "template.yaml", "the template")
	out := flag.String("out", "routes.go", "the file to write")
	pkg := flag.String("package", "unrouted", "its package")
	flag.Parse()
	if err := run(*in, *out, *pkg); err != nil {
		fmt.Fprintln(os.Stderr, "routes:", err)
		os.Exit(1)
	}
}

func run(in, out, pkg string) error {
	source, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	methods, err := routesOf(source)
	if err != nil {
		return err
	}
	generated, err := goFile(pkg, methods)
	if err != nil {
		return err
	}
	return os.WriteFile(out, generated, 0o644)
}

// routesOf gives the methods of each path, sorted.
func routesOf(source []byte) (map[string][]string, error) {
	var t template
	if err := yaml.Unmarshal(source, &t); err != nil {
		return nil, err
	}
	methods := map[string][]string{}
	for _, resource := range t.Resources {
		for _, event := range resource.Properties.Events {
			if event.Type == "HttpApi" && event.Properties.Path != "" {
				methods[event.Properties.Path] = append(methods[event.Properties.Path], event.Properties.Method)
			}
		}
	}
	if len(methods) == 0 {
		return nil, errors.New("the template has no routes")
	}
	for _, list := range methods {
		slices.Sort(list)
	}
	return methods, nil
}

func goFile(pkg string, methods map[string][]string) ([]byte, error) {
	var paths []string
	for path := range methods {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated from template.yaml by shared/local/routes. DO NOT EDIT.\n\npackage %s\n\n", pkg)
	fmt.Fprintf(&b, "// routes are the paths that the API knows, each with its methods.\nvar routes = []route{\n")
	for _, path := range paths {
		fmt.Fprintf(&b, "{%q, %#v},\n", path, methods[path])
	}
	fmt.Fprintf(&b, "}\n")
	return format.Source(b.Bytes())
}
