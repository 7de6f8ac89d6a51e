package provision

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed scripts
var scripts embed.FS

// configLine is where the settings go, as one JSON literal. encoding/json escapes <, >, & and the two line separators
// that JSON allows and JavaScript does not, so that no setting can end the literal, a line or a tag.
const configLine = "    var CFG = null;"

// includeMark is followed by the name of a file of scripts/parts, or by "delivery" and a kind.
const includeMark = "//= "

// deliveries says which parts send an event of one kind. What a kind needs to be described stands in a part of its own,
// so that a rule carries no other.
var deliveries = map[Delivery]func(kind string) []string{
	Direct: func(kind string) []string {
		return []string{"envelope", "describe_" + kind, "wire", "sign", "post", "direct"}
	},
	Queued: func(string) []string { return []string{"parm", "enqueue"} },
}

// render puts a script together: the file, the parts that it names, and the settings.
func render(file string, delivery Delivery, config any) (string, error) {
	source, err := scripts.ReadFile("scripts/" + file)
	if err != nil {
		return "", fmt.Errorf("provision: %w", err)
	}
	literal, err := json.MarshalIndent(config, "    ", "    ")
	if err != nil {
		return "", fmt.Errorf("provision: %s: %w", file, err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(source)) {
		line = strings.TrimRight(line, "\r\n")
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		name, isInclude := strings.CutPrefix(strings.TrimSpace(line), includeMark)
		switch {
		case line == configLine:
			fmt.Fprintf(&out, "    var CFG = %s;\n", literal)
		case isInclude:
			err = include(&out, indent, partsOf(name, delivery))
		default:
			out.WriteString(line + "\n")
		}
		if err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

func partsOf(name string, delivery Delivery) []string {
	if kind, ok := strings.CutPrefix(name, "delivery "); ok {
		return deliveries[delivery](kind)
	}
	return []string{name}
}

func include(out *strings.Builder, indent string, parts []string) error {
	for i, name := range parts {
		part, err := scripts.ReadFile("scripts/parts/" + name + ".js")
		if err != nil {
			return fmt.Errorf("provision: %w", err)
		}
		if i > 0 {
			out.WriteString("\n")
		}
		for line := range strings.Lines(string(part)) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" {
				line = indent + line
			}
			out.WriteString(line + "\n")
		}
	}
	return nil
}
