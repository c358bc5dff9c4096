// Package policy reads what an organisation allows and weighs with it what the analyzers found.
//
// It stands between the analyzers and the answer: hooks.Run collects an [analyzers.Outcome] of each check, [Decide]
// turns them into a [Verdict], and the verdict is recorded, reported and becomes the exit code. The package touches
// neither Git nor the clock; apart from [Load] it does no input or output, so that the same policy and the same outcomes
// give the same verdict on a developer's machine, on the server and on the command line.
//
// A policy is a YAML file over one of four presets, read strictly: an unknown key or a bad value is an [Error] with its
// place in the file. Several policies judge together as a [Stack], where a later one can only tighten:
//
//	server, err := policy.Load("/etc/refward/policy.yaml")
//	if err != nil {
//		return policy.ExitUsage, err
//	}
//	stack := policy.Stack{server}
//	if file != nil { // .refward.yaml at the stored tip of HEAD's branch
//		own, err := policy.Overlay(server, ".refward.yaml", file)
//		if err != nil {
//			return policy.ExitUsage, err
//		}
//		stack = append(stack, own)
//	}
//	verdict := policy.Decide(stack, policy.Input{Change: change, Outcomes: outcomes, Essential: policy.EssentialOf(list)})
//	return verdict.Exit, nil
//
// docs/policy.md is the administrator's reference of the file.
package policy
