package policy

import (
	"embed"
	"fmt"

	"github.com/refward/refward/internal/policy/strict"
)

//go:embed presets/*.yaml
var presets embed.FS

// PresetNames lists the presets, from the mildest.
func PresetNames() []string { return []string{"observe", "starter", "standard", "strict"} }

// PresetFile returns a preset's commented file. Read as a policy it is the preset.
func PresetFile(name string) ([]byte, error) {
	data, err := presets.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		hint := strict.DidYouMean(name, PresetNames())
		return nil, &Error{File: "preset " + strict.Printable(name), Msg: "there is no such preset", Hint: hint}
	}
	return data, nil
}

// Preset returns the policy of a preset.
func Preset(name string) (*Policy, error) {
	data, err := PresetFile(name)
	if err != nil {
		return nil, err
	}
	source := "preset " + name
	doc, err := strict.Document(source, data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", source, err)
	}
	return decode(&Policy{}, source, doc, true)
}
