package main

import (
	"github.com/urfave/cli/v2"

	"github.com/refward/refward/internal/policy/schema"
)

func (p program) policySchemaCommand() *cli.Command {
	return &cli.Command{
		Name:  "schema",
		Usage: "print the JSON Schema of a policy",
		Description: `With it an editor completes and checks a policy. A file that "refward policy init" writes names it in its first line.

   refward policy schema > policy.schema.json`,
		Action: func(c *cli.Context) error {
			if err := atMost(c, 0); err != nil {
				return err
			}
			_, err := p.stdout.Write(schema.File())
			return err
		},
	}
}
