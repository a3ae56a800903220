// Checks docker-compose.yml and Dockerfile with the parsers of Docker itself, where there is no Docker engine:
// compose-go, which `docker compose` loads files with, and BuildKit's Dockerfile frontend with its linter.
//
//	check compose FILE ENV-FILE     prints the services as JSON
//	check dockerfile FILE           prints the stages
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	var err error
	switch os.Args[1] {
	case "compose":
		err = checkCompose(os.Args[2], os.Args[3])
	case "dockerfile":
		err = checkDockerfile(os.Args[2])
	default:
		err = fmt.Errorf("there is no check %q", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func checkCompose(file, envFile string) error {
	options, err := cli.NewProjectOptions([]string{file},
		cli.WithEnvFiles(envFile), cli.WithDotEnv, cli.WithInterpolation(true), cli.WithResolvedPaths(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	type service struct {
		Image       string            `json:"image"`
		Build       map[string]string `json:"build"`
		DependsOn   map[string]string `json:"dependsOn"`
		HasHealth   bool              `json:"hasHealth"`
		Environment map[string]string `json:"environment"`
		Ports       []string          `json:"ports"`
	}
	services := map[string]service{}
	for name, from := range project.Services {
		to := service{Image: from.Image, HasHealth: from.HealthCheck != nil,
			Build: map[string]string{}, DependsOn: map[string]string{}, Environment: map[string]string{}}
		if from.Build != nil {
			for key, value := range from.Build.Args {
				to.Build[key] = *value
			}
		}
		for other, how := range from.DependsOn {
			to.DependsOn[other] = how.Condition
		}
		for key, value := range from.Environment {
			if value != nil {
				to.Environment[key] = *value
			}
		}
		for _, port := range from.Ports {
			to.Ports = append(to.Ports, fmt.Sprintf("%s:%s:%d", port.HostIP, port.Published, port.Target))
		}
		services[name] = to
	}
	return json.NewEncoder(os.Stdout).Encode(services)
}

func checkDockerfile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return err
	}
	warnings := 0
	rules := linter.New(&linter.Config{Warn: func(rule, _, _, message string, at []parser.Range) {
		warnings++
		fmt.Fprintf(os.Stderr, "%s, line %d: %s\n", rule, at[0].Start.Line, message)
	}})
	stages, _, err := instructions.Parse(parsed.AST, rules)
	if err != nil {
		return err
	}
	for _, stage := range stages {
		fmt.Printf("%s from %s: %d commands\n", stage.Name, stage.BaseName, len(stage.Commands))
	}
	if warnings > 0 {
		return fmt.Errorf("%d warnings", warnings)
	}
	return nil
}
