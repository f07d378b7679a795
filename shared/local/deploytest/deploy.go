package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jewelrydisplay.app/shared/local/hosts"
	"jewelrydisplay.app/shared/local/provision"
)

// stackName is the stack's, as in samconfig.toml.
const stackName = "jewelry-display"

// deployment is the stack in the hands of SAM CLI.
type deployment struct {
	tools, work string
	aws         string // address that SAM deploys to
	functions   string // address that the functions call
}

// deploy builds and deploys.
func (d deployment) deploy(ctx context.Context) error {
	// Here as on AWS the template's rules are held: outside China's Regions, serving
	// +86 numbers wants an exception to be named.
	parameters := []string{
		"Architecture=" + hosts.Architecture(), "AwsEndpointUrl=" + d.functions, "SmsMainland=explicit-authorisation",
		"Canary=false", // MiniStack has no CodeDeploy in its CloudFormation
	}
	for name, value := range provision.Parameters() {
		parameters = append(parameters, name+"="+value)
	}
	slices.Sort(parameters)
	built := filepath.Join(d.work, "built")
	overrides := append([]string{"--parameter-overrides"}, parameters...)
	err := d.sam(ctx, append([]string{"build", "--template", "template.yaml", "--build-dir", built}, overrides...)...)
	if err != nil {
		return err
	}
	return d.sam(ctx, append([]string{
		"deploy", "--template", filepath.Join(built, "template.yaml"), "--stack-name", stackName, "--resolve-s3",
		"--no-confirm-changeset", "--no-progressbar", "--capabilities", "CAPABILITY_IAM",
	}, overrides...)...)
}

// delete takes the stack away. What the template retains, stays.
func (d deployment) delete(ctx context.Context) error {
	return d.sam(ctx, "delete", "--stack-name", stackName, "--no-prompts", "--region", "us-east-1")
}

func (d deployment) sam(ctx context.Context, args ...string) error {
	fmt.Fprintln(os.Stderr, "sam", args[0])
	out, err := hosts.SAM(ctx, d.tools, []string{"AWS_ENDPOINT_URL=" + d.aws}, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("sam %s: %s", strings.Join(args[:1], " "), hosts.LastLines(out, 15))
	}
	return nil
}
