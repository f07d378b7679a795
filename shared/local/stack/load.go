package stack

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"jewelrydisplay.app/shared/local/engine"
)

//go:embed expand.py
var expandScript string

// Options say what to load.
type Options struct {
	Template   string            // path of template.yaml
	Parameters map[string]string // values for the template's parameters; the others take their defaults
	Tools      engine.Tools      // Python runs SAM's translator
	Cache      string            // a folder for expanded templates; empty expands each time (about a second)
}

// Load reads the template, expands it with SAM's own translator and resolves it.
// It knows no more of CloudFormation than the template uses: whatever it does not
// know is an error that names it, never ignored.
func Load(ctx context.Context, o Options) (*Stack, error) {
	template, err := os.ReadFile(o.Template)
	if err != nil {
		return nil, err
	}
	doc, err := parse(template)
	if err != nil {
		return nil, err
	}
	parameters, err := parametersOf(doc, o.Parameters)
	if err != nil {
		return nil, err
	}
	localCode(doc)
	expanded, err := expand(ctx, o, doc, parameters)
	if err != nil {
		return nil, err
	}
	return resolve(expanded, parameters)
}

// localCode gives functions whose code is a local folder the address of an
// object: the translator, which runs after `sam package`, accepts no other.
func localCode(doc map[string]any) {
	set := func(properties any) {
		if p, ok := properties.(map[string]any); ok && p["CodeUri"] != nil {
			p["CodeUri"] = "s3://local/code"
		}
	}
	if globals, ok := doc["Globals"].(map[string]any); ok {
		set(globals["Function"])
	}
	resources, _ := doc["Resources"].(map[string]any)
	for _, resource := range resources {
		if r, ok := resource.(map[string]any); ok && r["Type"] == "AWS::Serverless::Function" {
			set(r["Properties"])
		}
	}
}

// expand runs SAM's translator, or takes what it answered to the same input before.
func expand(ctx context.Context, o Options, doc map[string]any, parameters map[string]string) (map[string]any, error) {
	if doc["Transform"] == nil {
		return doc, nil // plain CloudFormation
	}
	in, err := json.Marshal(map[string]any{"template": doc, "parameters": seenBy(doc, parameters)})
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	// The tool's own version is its folder's stamp, so a new translator is a new answer.
	stamp, err := os.ReadFile(filepath.Join(filepath.Dir(o.Tools.Python), "..", ".stamp"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	sum := sha256.New()
	for _, part := range [][]byte{in, []byte(expandScript), stamp} {
		fmt.Fprintf(sum, "%d:", len(part))
		sum.Write(part)
	}
	kept := filepath.Join(o.Cache, "template-"+hex.EncodeToString(sum.Sum(nil)[:12])+".json")
	if o.Cache != "" {
		if raw, err := os.ReadFile(kept); err == nil {
			var out map[string]any
			if json.Unmarshal(raw, &out) == nil {
				return out, nil
			}
		}
	}
	raw, err := translate(ctx, o.Tools.Python, in)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("template: the translator's answer: %w", err)
	}
	if o.Cache != "" {
		if err := keep(kept, raw); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// seenBy returns the parameters that the translator can see. It leaves variables
// of functions and conditions as they are, so that what is used only there, such
// as the endpoint's address with its changing port, makes no difference to it.
func seenBy(doc map[string]any, parameters map[string]string) map[string]string {
	raw, err := json.Marshal(without(doc, "Environment", "Conditions", "Parameters"))
	seen := map[string]string{}
	for name, value := range parameters {
		if err != nil || bytes.Contains(raw, []byte(`"`+name+`"`)) || bytes.Contains(raw, []byte("${"+name)) {
			seen[name] = value
		}
	}
	return seen
}

// without copies a tree and leaves out what lies under the given keys.
func without(tree any, keys ...string) any {
	switch tree := tree.(type) {
	case map[string]any:
		out := make(map[string]any, len(tree))
		for key, v := range tree {
			if !slices.Contains(keys, key) {
				out[key] = without(v, keys...)
			}
		}
		return out
	case []any:
		out := make([]any, len(tree))
		for i, v := range tree {
			out[i] = without(v, keys...)
		}
		return out
	}
	return tree
}

// keep writes the file whole or not at all.
func keep(path string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".template-*")
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

func translate(ctx context.Context, python string, in []byte) ([]byte, error) {
	if _, err := exec.LookPath(python); err != nil {
		return nil, fmt.Errorf("SAM's translator (%s) %w", python, engine.ErrMissing)
	}
	cmd := exec.CommandContext(ctx, python, "-c", expandScript)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		said := strings.TrimSpace(string(exit.Stderr))
		if exit.ExitCode() != 2 {
			lines := strings.Split(said, "\n")
			said = "the translator failed: " + lines[len(lines)-1]
		}
		return nil, fmt.Errorf("template: %s", said)
	case err != nil:
		return nil, fmt.Errorf("SAM's translator: %w", err)
	}
	return out, nil
}
